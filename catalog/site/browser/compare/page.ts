// Two releases are chosen, their changes are summed, and the address of the page says which two they are.
import { element, make, pageData, pageWords } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import type { Cell, Column } from "../explore/cells.ts";
import { canonicalCsv, excelCsv } from "../explore/csv.ts";
import { ask, bodyOf, Meter, ReadError } from "../explore/ranges.ts";
import { counted, type Kind } from "./fold.ts";
import {
  BEFORE,
  between,
  CHANGE,
  type Compared,
  cost,
  fetched,
  Incomparable,
  type Listed,
  type Schema,
  summed,
} from "./read.ts";
import { type Beside, Shown } from "./shown.ts";

/** More changed rows than a browser holds at ease. */
const MOST_ROWS = 1_000_000;
const KINDS: Kind[] = ["update", "delete", "insert"];

interface Dataset {
  slug: string;
  schema: Schema;
  beside: Beside;
}

interface Field {
  name: string;
  type: Column["kind"];
  title: string;
  unit?: string;
}

class Page {
  private readonly words: Words = pageWords();
  private readonly dataset = pageData<Dataset>("dataset");
  private readonly meter = new Meter();
  private readonly from = element<HTMLSelectElement>("c-from");
  private readonly to = element<HTMLSelectElement>("c-to");
  private releases: Listed[] = [];
  private running = new AbortController();
  private compared: Compared | null = null;

  async start(): Promise<void> {
    element("c-without").hidden = true;
    element("c").hidden = false;
    element("c-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    element("c-csv").addEventListener("click", () => this.take(canonicalCsv));
    element("c-csv-bom").addEventListener("click", () => this.take(excelCsv));
    await this.guarded(async () => {
      this.say("comparepage.reading_list");
      const list = (await this.json("releases.json")) as { releases: Listed[] };
      this.releases = list.releases.filter(({ withdrawn }) => withdrawn === undefined);
      this.offer();
      await this.run();
    });
  }

  private offer(): void {
    const asked = new URLSearchParams(location.search);
    const numbers = this.releases.map(({ n }) => n);
    const newest = numbers.at(-1) ?? 1;
    for (const [select, name, usual] of [
      [this.from, "from", numbers.at(-2) ?? newest],
      [this.to, "to", newest],
    ] as [HTMLSelectElement, string, number][]) {
      select.append(
        ...this.releases
          .map(({ n, created }) => {
            const day = this.words.stamp(created).slice(0, 10);
            return make("option", { value: n }, this.words.say("comparepage.option", { n, day }));
          })
          .reverse(),
      );
      const wanted = Number(asked.get(name) ?? usual);
      select.value = String(numbers.includes(wanted) ? wanted : usual);
    }
  }

  private async run(): Promise<void> {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    this.clear();
    history.replaceState(null, "", `?from=${from}&to=${to}`);
    await this.guarded(async () => {
      const some = between(this.releases, from, to);
      if (cost(some) > MOST_ROWS) {
        this.fault("comparepage.too_many", { n: cost(some) });
        return;
      }
      const files = await fetched(
        some,
        this.meter,
        (n) => this.say("comparepage.reading", { n, of: some.length }),
        signal,
      );
      const [before, after] = await this.schemas(Math.min(from, to), Math.max(from, to));
      const compared = await summed(files, before, after, from > to);
      if (!signal.aborted) {
        this.show(compared, from, to);
      }
    });
  }

  /** The columns of two releases: those of the page, unless columns changed since. */
  private async schemas(first: number, last: number): Promise<[Schema, Schema]> {
    if (!this.releases.some(({ n, kind }) => n > first && kind === "schema")) {
      return [this.dataset.schema, this.dataset.schema];
    }
    return [await this.schema(first), await this.schema(last)];
  }

  private async schema(n: number): Promise<Schema> {
    const document = (await this.json(`datapackage-${n}.json`)) as { minsheng: { schema: { path: string } } };
    const read = (await this.json(document.minsheng.schema.path)) as { fields: Field[]; primaryKey: string[] };
    const known = new Map(this.dataset.schema.columns.map((column) => [column.name, column]));
    const columns = read.fields.map(({ name, type, title, unit }): Column => {
      const column = known.get(name) ?? { title, zone: "Asia/Taipei", labels: {}, unit: unit ?? "" };
      return { ...column, name, kind: type };
    });
    return { key: read.primaryKey, columns };
  }

  private show(compared: Compared, from: number, to: number): void {
    this.compared = compared;
    const counts = counted(compared.differences);
    const rows = this.releases.find(({ n }) => n === from)?.rows ?? 0;
    const said = compared.differences.length > 0 ? "comparepage.differ" : "comparepage.equal";
    this.say(said, { from: String(from), to: String(to), ...counts, n: compared.differences.length });
    const figures = { ...counts, unchanged: rows - counts.update - counts.delete };
    for (const [name, count] of Object.entries(figures)) {
      element(`c-${name}`).textContent = this.words.number(count);
    }
    element("c-figures").hidden = false;
    element("c-take").hidden = compared.differences.length === 0;
    const shown = new Shown(this.words, compared, this.dataset.beside);
    for (const kind of KINDS) {
      const some = compared.differences.filter((each) => each.kind === kind);
      if (some.length > 0) {
        const title = this.words.say(`comparepage.${kind}`);
        element("c-result").append(
          make("h2", {}, title),
          shown.table(some, this.words.say("comparepage.caption", { title, n: some.length })),
        );
      }
    }
  }

  private take(csv: (columns: Column[], cells: Map<string, Cell[]>) => Generator<Uint8Array>): void {
    if (!this.compared) {
      return;
    }
    const { key, columns, differences } = this.compared;
    const kind: Column = { name: CHANGE, title: CHANGE, kind: "string", unit: "", zone: "", labels: {} };
    const all = [kind, ...key, ...columns.flatMap((each) => [each, { ...each, name: BEFORE + each.name }])];
    const cells = new Map<string, Cell[]>([[CHANGE, differences.map((each) => each.kind)]]);
    key.forEach(({ name }, i) => {
      cells.set(
        name,
        differences.map((each) => each.key[i] ?? null),
      );
    });
    columns.forEach(({ name }, i) => {
      cells.set(
        name,
        differences.map(({ after }) => after?.[i] ?? null),
      );
      cells.set(
        BEFORE + name,
        differences.map(({ before }) => before?.[i] ?? null),
      );
    });
    const body = new Blob([...csv(all, cells)] as BlobPart[], { type: "text/csv" });
    const url = URL.createObjectURL(body);
    make("a", { href: url, download: `${this.dataset.slug}_${this.from.value}-${this.to.value}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  private async json(path: string): Promise<unknown> {
    const body = await bodyOf(await ask(path, this.meter), path, this.meter);
    try {
      return JSON.parse(new TextDecoder().decode(body));
    } catch {
      throw new ReadError("damaged", path);
    }
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") {
        return; // another comparison was asked for
      }
      if (error instanceof Incomparable) {
        this.fault("comparepage.incomparable");
      } else if (error instanceof ReadError) {
        this.fault(`comparepage.fault_${error.fault}`, { file: error.file });
      } else {
        throw error;
      }
    }
  }

  private clear(): void {
    this.compared = null;
    element("c-result").replaceChildren();
    for (const id of ["c-fault", "c-figures", "c-take"]) {
      element(id).hidden = true;
    }
  }

  private say(key: string, values: Record<string, string | number> = {}): void {
    element("c-said").textContent = this.words.say(key, values);
  }

  private fault(key: string, values: Record<string, string | number> = {}): void {
    element("c-said").textContent = "";
    const place = element("c-fault");
    place.hidden = false;
    place.textContent = this.words.say(key, values);
  }
}

/** Begins. */
export function start(): void {
  void new Page().start();
}
