// The page: it keeps the state, asks for what the state needs, and shows it.
import { element, make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import type { Cell, Column } from "./cells.ts";
import { faultText, isAbort } from "./faults.ts";
import { asks } from "./filterform.ts";
import { Form } from "./form.ts";
import { type Groups, grouped } from "./group.ts";
import { mapCells, mapColumns, mapMeasure, mapPicture, mapQuantities, type Places, placesBy, placesOf } from "./map.ts";
import { type Selection, type Table, TooMuch, type Work } from "./query.ts";
import { type Meter, ReadError } from "./ranges.ts";
import type { Release, Releases } from "./release.ts";
import { FIRST_COLUMNS, firstColumns, pager, ROWS, rowsTable, shownColumns } from "./rows.ts";
import { condition } from "./show.ts";
import { firstState, place, read, type State, type TableName, written } from "./state.ts";
import { firstGroups, ordered, picture, summaryCells, summaryColumns, summaryTable } from "./summary.ts";
import { listenToTakers, type Taken } from "./take.ts";
import { explain } from "./why.ts";

/** The page of one dataset. */
export class App {
  private readonly releases: Releases;
  private readonly words: Words;
  private readonly meter: Meter;
  private readonly form: Form;
  private state: State = firstState();
  private release: Release;
  private table: Table | null = null;
  private selection: Selection | null = null;
  private groups: Groups | null = null;
  private work = new AbortController();
  /** The release that was asked for last; null for the newest. */
  private wanted: number | null = null;
  /** The fragment whose cost the reader agreed to. */
  private consent = "";
  private endPicture = () => {};

  constructor(releases: Releases, words: Words, meter: Meter) {
    this.releases = releases;
    this.words = words;
    this.meter = meter;
    this.release = releases.dataset.release;
    this.form = new Form(words, {
      change: (now) => this.change(now),
      move: (release, table) => void this.guarded(() => this.move(release, table)),
      older: () => void this.guarded(async () => this.form.offer(await releases.all(), true)),
    });
  }

  /** Shows what the address says, now and when it changes. */
  async start(): Promise<void> {
    const { dataset } = this.releases;
    this.form.offer(dataset.releases, false);
    listenToTakers(
      {
        dataset,
        release: () => this.release,
        table: () => this.state.table,
        taken: (byKey) => this.taken(byKey),
        guarded: (task) => this.guarded(task),
      },
      this.words,
    );
    await this.fromAddress();
    this.reveal();
    addEventListener("hashchange", () => void this.fromAddress());
  }

  /** Puts the tool in the place of what stands there without script: once it is filled, so that nothing jumps. */
  private reveal(): void {
    element("x-without").hidden = true;
    element("x").hidden = false;
  }

  private async fromAddress(): Promise<void> {
    const where = place(location.hash);
    await this.guarded(async () => {
      await this.load(where.release, where.table);
      const { table } = this.state;
      this.state = { ...read(location.hash, this.table?.columns ?? []), table };
      this.form.reset();
      await this.show();
    });
  }

  private async load(n: number | null, name: TableName): Promise<void> {
    this.wanted = n;
    this.release = await this.releases.load(n);
    const table = await this.releases.table(this.release, name);
    this.state = { ...this.state, release: n, table: table ? name : "data" };
    this.table = table ?? (await this.releases.table(this.release, "data"));
  }

  /** Goes to another release or table, with as much of the view as that has. */
  private async move(n: number | null, name: TableName): Promise<void> {
    const fragment = written({ ...this.state, page: 1 }, this.table?.columns ?? []);
    await this.load(n, name);
    const { release, table } = this.state;
    this.state = { ...read(fragment, this.table?.columns ?? []), release, table };
    this.form.reset();
    await this.show();
  }

  /** Changes the state, and shows what follows from it. */
  private change(now: Partial<State>): void {
    this.state = { ...this.state, page: 1, ...now };
    void this.guarded(() => this.show());
  }

  private async show(): Promise<void> {
    const { table, words } = this;
    this.work.abort();
    this.work = new AbortController();
    const { signal } = this.work;
    this.complete(table?.columns ?? []);
    this.writeAddress();
    this.fillForm();
    const said = element("x-said");
    said.textContent = words.say(table ? "explore.loading" : "explore.no_data");
    this.reveal();
    if (!table) {
      this.put();
      return;
    }
    const work: Work = {
      signal,
      consent: this.consent === location.hash,
      progress: (done, of) => {
        said.textContent = words.say("explore.reading", { part: Math.floor((100 * done) / Math.max(1, of)) });
      },
    };
    this.selection = await table.select(this.state.filters.filter(asks), work);
    signal.throwIfAborted();
    await this.showView(table, work);
    said.textContent = this.said();
    const cost = { size: words.size(this.meter.bytes), n: this.meter.requests };
    element("x-cost").textContent = words.say("explore.cost", cost);
  }

  private get places(): Places | null {
    return this.table && placesOf(this.table.columns, this.releases.dataset.views);
  }

  private visible(table: Table): Column[] {
    const { views } = this.releases.dataset;
    const first = this.state.table === "data" ? firstColumns(table.columns, table.key, views) : table.columns;
    return shownColumns(this.state, table.columns, first.slice(0, FIRST_COLUMNS));
  }

  private fillForm(): void {
    const { state, release, table, places } = this;
    this.form.fill({ state, release, table, places, visible: table ? this.visible(table) : [] });
  }

  /** What a view needs and nobody chose yet. */
  private complete(columns: Column[]): void {
    const { state } = this;
    if (state.view === "summary" && state.by.length === 0) {
      this.state = { ...state, ...firstGroups(columns, this.releases.dataset.views) };
    } else if (state.view === "map" && !this.places) {
      this.state = { ...state, view: "rows" };
    } else if (state.view === "map" && this.places && !state.shown) {
      const quantities = mapQuantities(columns, this.places).map(({ name }) => name);
      const declared = this.releases.dataset.views.measure ?? "";
      this.state = { ...state, shown: quantities.includes(declared) ? declared : (quantities[0] ?? "") };
    }
  }

  private async showView(table: Table, work: Work): Promise<void> {
    const views = { rows: this.showRows, summary: this.showSummary, map: this.showMap };
    await views[this.state.view].call(this, table, work);
  }

  private async showRows(table: Table, work: Work): Promise<void> {
    const { state, words } = this;
    let selection = this.selection as Selection;
    if (state.sort) {
      selection = await table.sort(selection, state.sort.column, state.sort.descending, work);
    }
    state.page = Math.min(state.page, Math.max(1, Math.ceil(selection.total / ROWS)));
    const first = (state.page - 1) * ROWS;
    const columns = this.visible(table);
    const names = columns.map(({ name }) => name);
    const rows = await table.page(selection, first, first + ROWS, names, work);
    work.signal?.throwIfAborted();
    this.selection = selection;
    const heard = {
      sort: (column: Column) => this.sortBy(column),
      why: (row: number, marked: Column | null) => {
        const asked = { release: this.release, of: state.table, table, selection, at: first + row, marked };
        void explain(asked, this.releases, words);
      },
    };
    const shown = rows.length
      ? rowsTable(columns, rows, first, state.sort, words, heard)
      : make("p", {}, words.say("explore.nothing"));
    const turn = (page: number) => {
      this.change({ page });
      element("x-result-title").scrollIntoView();
    };
    const hint = make("p", { class: "note" }, words.say("explore.rows_hint"));
    this.put(...(rows.length ? [hint] : []), shown, pager(state, selection.total, words, turn));
  }

  private async showSummary(table: Table, work: Work): Promise<void> {
    const { state, words } = this;
    const found = await grouped(table, this.selection as Selection, state.by, state.measure, work);
    const groups = ordered(found, table, state);
    const columns = summaryColumns(table, state, words);
    const [drawn, end] = await picture(table, state, groups, words);
    work.signal?.throwIfAborted();
    this.groups = groups;
    const cut = words.say("explore.groups_cut", { n: groups.rows.length });
    const note = groups.cut ? [make("p", { class: "note" }, cut)] : [];
    this.put(drawn, ...note, summaryTable(columns, summaryCells(columns, groups), words));
    this.endPicture = end;
  }

  private async showMap(table: Table, work: Work): Promise<void> {
    const { state, words } = this;
    const places = this.places as Places;
    const found = await grouped(table, this.selection as Selection, placesBy(places), mapMeasure(state), work);
    work.signal?.throwIfAborted();
    const rows = [...found.rows].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
    this.groups = { ...found, rows };
    const columns = mapColumns(table, places, state, words);
    const cells = mapCells(columns, places, this.groups);
    this.put(mapPicture(places, this.groups, table, state, words), summaryTable(columns, cells, words));
  }

  private put(...shown: HTMLElement[]): void {
    this.endPicture();
    this.endPicture = () => {};
    element("x-fault").hidden = true;
    const result = element("x-result");
    result.replaceChildren(...shown);
    result.classList.remove("waiting");
  }

  private sortBy(column: Column): void {
    const { sort } = this.state;
    const again = sort?.column === column.name;
    this.change({ sort: again && sort.descending ? null : { column: column.name, descending: again } });
  }

  /** What is shown, as a sentence. */
  private said(): string {
    const { state, words, table, release } = this;
    const said = { n: String(release.n), day: words.day(release.created), rows: this.selection?.total ?? 0 };
    const what = words.say(`explore.of_${state.table}`, said);
    const conditions = state.filters.filter(asks).flatMap((filter) => {
      const column = table?.column(filter.column);
      return column ? [condition(filter, column, words)] : [];
    });
    return conditions.length > 0
      ? words.say("explore.said_some", { ...said, what, conditions: words.listed(conditions) })
      : words.say("explore.said_all", { ...said, what });
  }

  private writeAddress(): void {
    const fragment = written(this.state, this.table?.columns ?? []);
    if (location.hash !== (fragment && `#${fragment}`)) {
      history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
    }
    element("x-link-exact").textContent = this.link(this.release.n);
    element("x-link-newest").textContent = this.link(null);
    element("x-cited").hidden = true;
    element("x-taken").textContent = "";
    element("x-copied").textContent = "";
  }

  private link(release: number | null): string {
    const fragment = written(this.state, this.table?.columns ?? [], release);
    return `${location.href.split("#")[0]}${fragment ? `#${fragment}` : ""}`;
  }

  private async taken(byKey: boolean): Promise<Taken> {
    const { table, state, words, groups } = this;
    const selection = this.selection as Selection;
    const common = { said: this.said(), link: this.link(this.release.n) };
    const { places } = this;
    if (!table || !selection) {
      return { columns: [], cells: new Map<string, Cell[]>(), rows: 0, ...common };
    }
    if (groups && state.view === "map" && places) {
      const columns = mapColumns(table, places, state, words);
      return { columns, cells: mapCells(columns, places, groups), rows: groups.rows.length, ...common };
    }
    if (groups && state.view === "summary") {
      const columns = summaryColumns(table, state, words);
      return { columns, cells: summaryCells(columns, groups), rows: groups.rows.length, ...common };
    }
    const columns = state.columns.length > 0 ? this.visible(table) : table.columns;
    const names = columns.map(({ name }) => name);
    const cells = await table.collect(selection, names, byKey, { signal: this.work.signal, consent: true });
    return { columns, cells, rows: selection.total, ...common };
  }

  private async guarded(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!isAbort(error)) {
        this.fault(error, task);
      }
    }
  }

  private fault(error: unknown, task: () => Promise<unknown>): void {
    const { words } = this;
    const box = element("x-fault");
    const much = error instanceof TooMuch;
    if (!much) {
      this.put(); // what stood there is not what was asked for
    }
    const again = make("button", { type: "button" }, words.say(much ? "explore.read_anyway" : "explore.again"));
    again.addEventListener("click", () => {
      this.consent = location.hash;
      box.hidden = true;
      void this.guarded(task);
    });
    const n = this.wanted ?? this.releases.dataset.release.n;
    const mayGoOn = !much || error.of === "bytes";
    box.replaceChildren(make("p", {}, faultText(error, n, words)), ...(mayGoOn ? [make("p", {}, again)] : []));
    box.hidden = false;
    element("x-said").textContent = "";
    this.fillForm();
    if (!much && !(error instanceof ReadError)) {
      console.error(error);
    }
  }
}
