// Which rows a reader asks for, in which order, and what is in them. Nothing is read that is not needed.
import { type Cell, type Column, compareCells } from "./cells.ts";
import { type Filter, mayPass, type Partition, periodMayPass, tester } from "./filters.ts";
import { type Group, Parquet } from "./parquet.ts";
import { type Meter, RangeFile } from "./ranges.ts";

/** What is read without asking first, the rows that are sorted, and the cells that are taken away at once. */
export const LIMITS = {
  bytes: 24_000_000,
  sorted: 1_000_000,
  rows: 1_048_575,
  cells: 20_000_000,
  values: 1_500_000,
  files: 6,
};

export interface FileData {
  path: string;
  bytes: number;
  footer: number;
  rows: number;
  /** `all`, `2026` or `2026-07`; empty for what is no data. */
  partition: string;
}

/** Rows of one row group, or with `group` null all rows of a file that need not be opened to be counted. */
interface Part {
  file: number;
  group: number | null;
  /** Null for all. */
  rows: Uint32Array | null;
  count: number;
}

export interface Selection {
  total: number;
  parts: Part[];
  /** The places of the rows, by part and row, where they were sorted. */
  order: { part: Uint32Array; row: Uint32Array } | null;
}

export interface Work {
  signal?: AbortSignal;
  /** The reader agreed to read this much. */
  consent?: boolean;
  progress?: (done: number, of: number) => void;
}

/** More would be read, sorted or taken away than a browser should without asking, or at all. */
export class TooMuch extends Error {
  readonly of: "bytes" | "sorted" | "rows";
  readonly amount: number;

  constructor(of: "bytes" | "sorted" | "rows", amount: number) {
    super(`${of}: ${amount}`);
    this.of = of;
    this.amount = amount;
  }
}

/** A table of a release: its data, its changes or what it left out. */
export class Table {
  readonly columns: Column[];
  readonly key: string[];
  readonly files: FileData[];
  readonly rows: number;
  private readonly partition: Partition | null;
  private readonly opened = new Map<number, Promise<Parquet>>();
  private readonly sources: RangeFile[];

  constructor(
    base: string,
    files: FileData[],
    columns: Column[],
    key: string[],
    partition: Partition | null,
    meter: Meter,
  ) {
    // The newest period first: it is what most readers look for.
    this.files = [...files].sort((a, b) => (a.partition < b.partition ? 1 : -1));
    this.sources = this.files.map((file) => new RangeFile(base + file.path, file.bytes, meter));
    this.columns = columns;
    this.key = key;
    this.partition = partition;
    this.rows = files.reduce((sum, file) => sum + file.rows, 0);
  }

  /** Returns a column by its name. */
  column(name: string): Column | undefined {
    return this.columns.find((each) => each.name === name);
  }

  /** Finds the rows that pass all filters. */
  async select(filters: Filter[], work: Work = {}): Promise<Selection> {
    if (filters.length === 0) {
      const parts = this.files.map((file, i) => ({ file: i, group: null, rows: null, count: file.rows }));
      return { total: this.rows, parts, order: null };
    }
    const field = this.partition ? this.column(this.partition.field) : undefined;
    const files = this.files.flatMap((file, i) =>
      periodMayPass(filters, file.partition, this.partition, field) ? [i] : [],
    );
    const opened = await inTurn(files, (i) => this.open(i));
    const names = [...new Set(filters.map((filter) => filter.column))];
    const open = opened.flatMap((parquet, at) =>
      parquet.groups.flatMap((group, g) =>
        possible(group, filters) ? [{ parquet, group, g, file: files[at] ?? 0 }] : [],
      ),
    );
    const bytes = open.reduce((sum, { parquet, group }) => sum + parquet.size(group, names), 0);
    if (bytes > LIMITS.bytes && !work.consent) {
      throw new TooMuch("bytes", bytes);
    }
    const parts: Part[] = [];
    for (const [done, { parquet, group, g, file }] of open.entries()) {
      work.signal?.throwIfAborted();
      work.progress?.(done, open.length);
      const read = await parquet.columns(group, names, group.rows);
      const rows = this.passing(filters, read, group.rows);
      if (rows.length > 0) {
        parts.push({ file, group: g, rows: rows.length === group.rows ? null : rows, count: rows.length });
      }
    }
    return { total: parts.reduce((sum, part) => sum + part.count, 0), parts, order: null };
  }

  /** Sorts a selection by a column; rows that are equal stay as they were, and no value comes last. */
  async sort(selection: Selection, name: string, descending: boolean, work: Work = {}): Promise<Selection> {
    if (selection.total > LIMITS.sorted) {
      throw new TooMuch("sorted", selection.total);
    }
    this.afford(selection, [name], work);
    const { parts, cells, places } = await this.gathered(selection, [name], work);
    const values = cells.get(name) ?? [];
    const sign = descending ? -1 : 1;
    const order = Uint32Array.from(values.keys()).sort((a, b) => {
      const [x, y] = [values[a] ?? null, values[b] ?? null];
      return (x === null || y === null ? compareCells(x, y) : sign * compareCells(x, y)) || a - b;
    });
    return {
      total: selection.total,
      parts,
      order: { part: order.map((at) => places.part[at] ?? 0), row: order.map((at) => places.row[at] ?? 0) },
    };
  }

  /** Reads some rows of a selection, as many columns as are named. */
  async page(selection: Selection, start: number, end: number, names: string[], work: Work = {}): Promise<Cell[][]> {
    const until = Math.min(end, selection.total);
    if (selection.order) {
      return this.sortedPage(selection, start, until, names);
    }
    const rows: Cell[][] = [];
    let before = 0;
    for await (const part of this.split(selection, start, until, work)) {
      const from = Math.max(start - before, 0);
      const to = Math.min(until - before, part.count);
      if (from < to) {
        const places = Array.from({ length: to - from }, (_, i) => (part.rows ? (part.rows[from + i] ?? 0) : from + i));
        rows.push(...(await this.cellsAt(part, places, names)));
      }
      before += part.count;
    }
    return rows;
  }

  /** Gives the columns of a selection, a row group at a time. */
  async *pieces(selection: Selection, names: string[], work: Work = {}): AsyncGenerator<Map<string, Cell[]>> {
    this.afford(selection, names, work);
    let done = 0;
    for await (const part of this.split(selection, 0, selection.total, work)) {
      work.progress?.(done, selection.total);
      yield await this.cellsOf(part, names);
      done += part.count;
    }
  }

  /** Reads columns of all rows of a selection, in the order of the selection, or with `byKey` of the key. */
  async collect(selection: Selection, names: string[], byKey: boolean, work: Work = {}): Promise<Map<string, Cell[]>> {
    if (selection.total > LIMITS.rows || selection.total * names.length > LIMITS.cells) {
      throw new TooMuch("rows", selection.total);
    }
    const unsorted = { ...selection, order: null };
    const all = byKey && this.files.length > 1 ? [...new Set([...names, ...this.key])] : names;
    const { parts, cells, places } = await this.gathered(unsorted, all, work);
    if (byKey && this.files.length > 1) {
      return permuted(cells, this.keyOrder(cells, selection.total));
    }
    if (selection.order && !byKey) {
      const at = new Map(Array.from(places.part, (part, i) => [part * 2 ** 22 + (places.row[i] ?? 0), i]));
      const { part, row } = selection.order;
      return permuted(
        cells,
        Uint32Array.from(part, (p, i) => at.get(p * 2 ** 22 + (row[i] ?? 0)) ?? 0),
      );
    }
    return parts.length ? cells : new Map(names.map((name) => [name, []]));
  }

  /** Returns the different values of a column, and whether these are all; reads no more than a little. */
  async values(name: string, most: number): Promise<{ values: Cell[]; all: boolean }> {
    const found = new Set<Cell>();
    let bytes = 0;
    for (const i of this.files.keys()) {
      if (i >= LIMITS.files) {
        return { values: [...found].sort(compareCells).slice(0, most), all: false };
      }
      const parquet = await this.open(i);
      for (const group of parquet.groups) {
        bytes += parquet.size(group, [name]);
        if (bytes > LIMITS.values || found.size > most) {
          return { values: [...found].sort(compareCells).slice(0, most), all: false };
        }
        for (const cell of (await parquet.columns(group, [name], group.rows)).get(name) ?? []) {
          found.add(cell);
        }
      }
    }
    return { values: [...found].sort(compareCells).slice(0, most), all: found.size <= most };
  }

  /** Returns the least and the greatest value of a column in the files that are open, as their footers say. */
  async range(name: string): Promise<[Cell, Cell] | null> {
    let range: [Cell, Cell] | null = null;
    for (const opened of this.opened.values()) {
      for (const group of (await opened).groups) {
        const { low = null, high = null } = group.chunks.get(name) ?? {};
        if (low !== null && high !== null) {
          range = range
            ? [compareCells(low, range[0]) < 0 ? low : range[0], compareCells(high, range[1]) > 0 ? high : range[1]]
            : [low, high];
        }
      }
    }
    return range;
  }

  /** Asks first where columns of a selection are likely to be more than a reader expects; columns are taken as equal. */
  private afford(selection: Selection, names: string[], work: Work): void {
    const bytes = selection.parts.reduce((sum, part) => {
      const file = this.files[part.file] as FileData;
      return sum + (file.bytes * names.length * part.count) / (this.columns.length * Math.max(1, file.rows));
    }, 0);
    if (bytes > LIMITS.bytes && !work.consent) {
      throw new TooMuch("bytes", bytes);
    }
  }

  private passing(filters: Filter[], read: Map<string, Cell[]>, count: number): Uint32Array {
    const tests = filters.flatMap((filter) => {
      const column = this.column(filter.column);
      return column ? [{ test: tester(filter, column), cells: read.get(filter.column) ?? [] }] : [];
    });
    const rows = new Uint32Array(count);
    let found = 0;
    for (let row = 0; row < count; row++) {
      if (tests.every(({ test, cells }) => test(cells[row] ?? null))) {
        rows[found++] = row;
      }
    }
    return rows.slice(0, found);
  }

  private async sortedPage(selection: Selection, start: number, end: number, names: string[]) {
    const order = selection.order as { part: Uint32Array; row: Uint32Array };
    const rows: Cell[][] = new Array(end - start);
    const wanted = new Map<number, { at: number; row: number }[]>();
    for (let at = start; at < end; at++) {
      const part = order.part[at] ?? 0;
      wanted.set(part, [...(wanted.get(part) ?? []), { at, row: order.row[at] ?? 0 }]);
    }
    for (const [index, places] of wanted) {
      const part = selection.parts[index] as Part;
      const cells = await this.cellsAt(
        part,
        places.map(({ row }) => row),
        names,
      );
      places.forEach(({ at }, i) => {
        rows[at - start] = cells[i] ?? [];
      });
    }
    return rows;
  }

  private async gathered(selection: Selection, names: string[], work: Work) {
    const parts: Part[] = [];
    const cells = new Map<string, Cell[]>(names.map((name) => [name, []]));
    const places = { part: new Uint32Array(selection.total), row: new Uint32Array(selection.total) };
    let done = 0;
    for await (const part of this.split(selection, 0, selection.total, work)) {
      work.progress?.(done, selection.total);
      const read = await this.cellsOf(part, names);
      for (const [name, column] of read) {
        const all = cells.get(name) as Cell[];
        for (const cell of column) {
          all.push(cell);
        }
      }
      for (let i = 0; i < part.count; i++) {
        places.part[done + i] = parts.length;
        places.row[done + i] = part.rows ? (part.rows[i] ?? 0) : i;
      }
      done += part.count;
      parts.push(part);
    }
    return { parts, cells, places };
  }

  /** Gives the parts between two rows of a selection by row group; files that lie outside are not opened. */
  private async *split(selection: Selection, start: number, end: number, work: Work): AsyncGenerator<Part> {
    let before = 0;
    for (const part of selection.parts) {
      work.signal?.throwIfAborted();
      const outside = before >= end || before + part.count <= start;
      if (part.group !== null || outside) {
        yield part;
      } else {
        const parquet = await this.open(part.file);
        for (const [group, { rows }] of parquet.groups.entries()) {
          yield { file: part.file, group, rows: null, count: rows };
        }
      }
      before += part.count;
    }
  }

  private async cellsAt(part: Part, places: number[], names: string[]): Promise<Cell[][]> {
    const { parquet, group } = await this.groupOf(part);
    const last = places.reduce((most, place) => Math.max(most, place), 0);
    const read = await parquet.columns(group, names, last + 1);
    return places.map((place) => names.map((name) => read.get(name)?.[place] ?? null));
  }

  private async cellsOf(part: Part, names: string[]): Promise<Map<string, Cell[]>> {
    const { parquet, group } = await this.groupOf(part);
    const read = await parquet.columns(group, names, group.rows);
    const { rows } = part;
    return rows ? permuted(read, rows) : read;
  }

  private async groupOf(part: Part): Promise<{ parquet: Parquet; group: Group }> {
    const parquet = await this.open(part.file);
    return { parquet, group: parquet.groups[part.group ?? 0] as Group };
  }

  private keyOrder(cells: Map<string, Cell[]>, total: number): Uint32Array {
    const keys = this.key.map((name) => cells.get(name) ?? []);
    return Uint32Array.from({ length: total }, (_, i) => i).sort((a, b) => {
      for (const key of keys) {
        const compared = compareCells(key[a] ?? null, key[b] ?? null);
        if (compared !== 0) {
          return compared;
        }
      }
      return a - b;
    });
  }

  private open(index: number): Promise<Parquet> {
    let opened = this.opened.get(index);
    if (!opened) {
      const file = this.files[index] as FileData;
      opened = Parquet.open(this.sources[index] as RangeFile, file.footer);
      this.opened.set(index, opened);
      opened.catch(() => this.opened.delete(index)); // to be tried again
    }
    return opened;
  }
}

function possible(group: Group, filters: Filter[]): boolean {
  return filters.every((filter) => {
    const chunk = group.chunks.get(filter.column);
    return !chunk || mayPass(filter, chunk);
  });
}

function permuted(cells: Map<string, Cell[]>, order: Uint32Array): Map<string, Cell[]> {
  return new Map([...cells].map(([name, column]) => [name, Array.from(order, (at) => column[at] ?? null)]));
}

/** Does a task for each, four at a time. */
async function inTurn<T, R>(of: T[], task: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(of.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < of.length; at = next++) {
      results[at] = await task(of[at] as T);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return results;
}
