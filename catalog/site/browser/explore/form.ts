// The form above the result: which release, which table, which conditions, shown how.
import { element, make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import type { Column } from "./cells.ts";
import { asks, filterFields } from "./filterform.ts";
import { mapFields, type Places } from "./map.ts";
import type { Table } from "./query.ts";
import type { Release } from "./release.ts";
import { columnChoice } from "./rows.ts";
import { titled } from "./show.ts";
import type { State, TableName } from "./state.ts";
import { summaryFields } from "./summary.ts";

const TABLES: TableName[] = ["data", "changes", "quarantine"];

/** What the form shows. */
export interface Seen {
  state: State;
  release: Release;
  table: Table | null;
  places: Places | null;
  /** The columns of the rows. */
  visible: Column[];
}

/** What a reader does with it. */
export interface Wishes {
  change: (now: Partial<State>) => void;
  move: (release: number | null, table: TableName) => void;
  older: () => void;
}

/** The form of the page. */
export class Form {
  private readonly words: Words;
  private readonly wishes: Wishes;
  /** Columns with fields, also where they do not ask for anything yet. */
  private readonly open = new Set<string>();
  private seen: Seen | null = null;

  constructor(words: Words, wishes: Wishes) {
    this.words = words;
    this.wishes = wishes;
    element<HTMLSelectElement>("x-release").addEventListener("change", (event) => {
      const { value } = event.target as HTMLSelectElement;
      const table = this.seen?.state.table ?? "data";
      value === "older" ? wishes.older() : wishes.move(value === "" ? null : Number(value), table);
    });
    element<HTMLSelectElement>("x-table").addEventListener("change", (event) => {
      wishes.move(this.seen?.state.release ?? null, (event.target as HTMLSelectElement).value as TableName);
    });
    element<HTMLSelectElement>("x-add").addEventListener("change", (event) => {
      this.add((event.target as HTMLSelectElement).value);
    });
    for (const radio of this.views()) {
      radio.addEventListener("change", () => wishes.change({ view: radio.value as State["view"] }));
    }
  }

  /** Forgets fields that do not ask for anything: another table is shown. */
  reset(): void {
    this.open.clear();
  }

  /** Offers releases, the newest first; without `all` there are older ones. */
  offer(releases: [number, string][], all: boolean): void {
    const { words } = this;
    const select = element<HTMLSelectElement>("x-release");
    const newest = releases[0]?.[0] ?? 1;
    select.replaceChildren(make("option", { value: "" }, words.say("explore.newest", { n: String(newest) })));
    for (const [n, created] of releases) {
      const text = words.say("explore.n_of_day", { n: String(n), day: words.day(created) });
      select.append(make("option", { value: n }, text));
    }
    if (!all && releases.length < newest) {
      select.append(make("option", { value: "older" }, words.say("explore.older")));
    }
    if (this.seen) {
      this.choose(this.seen);
    }
  }

  /** Shows a state. */
  fill(seen: Seen): void {
    this.seen = seen;
    const { state, release, table } = seen;
    const { words } = this;
    this.choose(seen);
    const tables = TABLES.filter((name) => release.files[name].length > 0);
    element<HTMLSelectElement>("x-table").replaceChildren(
      ...tables.map((name) => {
        const rows = release.files[name].reduce((sum, file) => sum + file.rows, 0);
        const option = make("option", { value: name }, words.say(`explore.table_${name}`, { rows, n: rows }));
        option.selected = name === state.table;
        return option;
      }),
    );
    const columns = table?.columns ?? [];
    this.fillAdd(seen, columns);
    for (const radio of this.views()) {
      radio.checked = radio.value === state.view;
    }
    element("x-view-map").hidden = !seen.places;
    this.fillFilters(seen, columns);
    this.fillSettings(seen, columns);
    for (const link of document.querySelectorAll<HTMLAnchorElement>(".languages a")) {
      link.hash = location.hash;
    }
  }

  private views(): NodeListOf<HTMLInputElement> {
    return document.querySelectorAll<HTMLInputElement>("input[name=view]");
  }

  private choose({ state, release }: Seen): void {
    const select = element<HTMLSelectElement>("x-release");
    const value = state.release === null ? "" : String(state.release);
    if (![...select.options].some((option) => option.value === value)) {
      const text = this.words.say("explore.n_of_day", { n: value, day: this.words.day(release.created) });
      select.append(make("option", { value }, text));
    }
    select.value = value;
  }

  private fillAdd({ state }: Seen, columns: Column[]): void {
    const used = new Set([...this.open, ...state.filters.map((filter) => filter.column)]);
    const free = columns.filter((column) => !used.has(column.name));
    element<HTMLSelectElement>("x-add").replaceChildren(
      make("option", { value: "" }, this.words.say("explore.add_choose")),
      ...free.map((column) => make("option", { value: column.name }, titled(column, this.words))),
    );
  }

  private fillFilters(seen: Seen, columns: Column[]): void {
    const host = element("x-filters");
    const wanted = new Set([...seen.state.filters.map((filter) => filter.column), ...this.open]);
    const of = nameOf(seen);
    for (const made of [...host.children] as HTMLElement[]) {
      if (!wanted.has(made.dataset.column ?? "") || made.dataset.of !== of) {
        made.remove();
      }
    }
    for (const column of columns) {
      const there = [...host.children].some((made) => (made as HTMLElement).dataset.column === column.name);
      if (wanted.has(column.name) && !there && seen.table) {
        const filter = seen.state.filters.find((each) => each.column === column.name) ?? null;
        const fields = filterFields(seen.table, column, filter, this.words, (now) => this.set(column, now));
        fields.dataset.column = column.name;
        fields.dataset.of = of;
        this.open.add(column.name);
        host.append(fields);
      }
    }
  }

  private add(name: string): void {
    if (this.seen?.table?.column(name)) {
      this.open.add(name);
      this.fill(this.seen);
      const fields = [...element("x-filters").children] as HTMLElement[];
      const made = fields.find((each) => each.dataset.column === name);
      made?.querySelector<HTMLElement>("input, button")?.focus();
    }
  }

  private set(column: Column, now: State["filters"][number] | null): void {
    const others = (this.seen?.state.filters ?? []).filter((filter) => filter.column !== column.name);
    if (!now) {
      this.open.delete(column.name);
      element("x-add").focus();
    }
    this.wishes.change({ filters: now && asks(now) ? [...others, now] : others });
  }

  private fillSettings(seen: Seen, columns: Column[]): void {
    const { state } = seen;
    const { words } = this;
    const host = element("x-settings");
    const of = `${state.view} ${nameOf(seen)}`;
    if (host.dataset.of === of && state.view !== "summary") {
      return;
    }
    host.dataset.of = of;
    if (state.view === "summary") {
      const focused = [...host.querySelectorAll("select")].indexOf(document.activeElement as HTMLSelectElement);
      host.replaceChildren(summaryFields(state, columns, words, this.wishes.change));
      host.querySelectorAll("select")[focused]?.focus();
    } else if (state.view === "map" && seen.places) {
      host.replaceChildren(mapFields(state, columns, seen.places, words, this.wishes.change));
    } else {
      const choice = columnChoice(seen.visible, columns, words, (names) => {
        this.wishes.change({ columns: names, page: this.seen?.state.page ?? 1 });
      });
      host.replaceChildren(
        make("details", { class: "more" }, make("summary", {}, words.say("explore.columns")), choice),
      );
    }
  }
}

function nameOf({ release, state }: Seen): string {
  return `${release.n} ${state.table}`;
}
