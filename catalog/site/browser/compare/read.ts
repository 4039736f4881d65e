// Compares two releases by the changes files between them: nothing of the tables themselves is read.
import { sha256 } from "../common/sha256.ts";
import type { Cell, Column } from "../explore/cells.ts";
import { Parquet } from "../explore/parquet.ts";
import { ask, bodyOf, type Meter, RangeFile, ReadError, type Span } from "../explore/ranges.ts";
import { type Difference, Fold, type Kind } from "./fold.ts";

export const CHANGE = "_change";
export const BEFORE = "_before_";
const FILES_AT_ONCE = 4;
const END_BYTES = 8;

/** A release as releases.json lists it. */
export interface Listed {
  n: number;
  created: string;
  kind: string;
  rows: number;
  changes: Record<Kind, number>;
  path: string;
  changes_path: string | null;
  /** The number of the notice, of a release that is withdrawn. */
  withdrawn?: number;
}

/** The columns of a release. */
export interface Schema {
  key: string[];
  columns: Column[];
}

/** Two releases cannot be compared by their changes files. */
export class Incomparable extends Error {}

/** A file of which all bytes are here. */
class Held extends RangeFile {
  private readonly body: Uint8Array;

  constructor(url: string, body: Uint8Array, meter: Meter) {
    super(url, body.length, meter);
    this.body = body;
  }

  override async read(spans: Span[]): Promise<Uint8Array[]> {
    return spans.map(([start, end]) => this.body.subarray(start, end));
  }
}

export interface Compared {
  key: Column[];
  /** That both releases have, without the key. */
  columns: Column[];
  differences: Difference[];
}

/** Returns the releases whose changes lead from one release to another, the oldest first. */
export function between(releases: Listed[], from: number, to: number): Listed[] {
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  return releases.filter(({ n }) => n > first && n <= last).sort((a, b) => a.n - b.n);
}

/** Returns how many changed rows have to be read. */
export function cost(releases: Listed[]): number {
  return releases.reduce((sum, { changes }) => sum + changes.insert + changes.update + changes.delete, 0);
}

/** Reads a changes file, whose name proves its bytes. */
export async function opened(path: string, body: Uint8Array, meter: Meter): Promise<Parquet> {
  const named = path.match(/\.([0-9a-f]{16})\.parquet$/)?.[1];
  if (body.length < END_BYTES || (named && !sha256(body).startsWith(named))) {
    throw new ReadError("damaged", path);
  }
  const footer = new DataView(body.buffer, body.byteOffset + body.length - END_BYTES, 4).getUint32(0, true);
  if (footer + END_BYTES > body.length) {
    throw new ReadError("damaged", path);
  }
  return Parquet.open(new Held(path, body, meter), footer + END_BYTES);
}

/** Sums changes files, the oldest first, over the columns that both releases and all files have. */
export async function summed(files: Parquet[], before: Schema, after: Schema, backwards: boolean): Promise<Compared> {
  const key = ofKey(before, after);
  const old = new Map(before.columns.map((column) => [column.name, column]));
  const columns = after.columns.filter(({ name }) => old.has(name) && !after.key.includes(name));
  if (columns.some(({ name, kind }) => old.get(name)?.kind !== kind)) {
    throw new Incomparable();
  }
  const fold = new Fold();
  for (const file of files) {
    const names = new Set(file.names);
    const all = [...key.map(({ name }) => name), ...columns.flatMap(({ name }) => [name, BEFORE + name])];
    if (all.some((name) => !names.has(name)) || key.some(({ name }) => names.has(BEFORE + name))) {
      throw new Incomparable();
    }
    await addFile(fold, file, key, columns);
  }
  return { key, columns, differences: fold.differences(key, backwards) };
}

function ofKey(before: Schema, after: Schema): Column[] {
  const same = before.key.length === after.key.length && before.key.every((name) => after.key.includes(name));
  const key = after.key.flatMap((name) => after.columns.find((column) => column.name === name) ?? []);
  const old = new Map(before.columns.map(({ name, kind }) => [name, kind]));
  if (!same || key.some(({ name, kind }) => old.get(name) !== kind)) {
    throw new Incomparable();
  }
  return key;
}

async function addFile(fold: Fold, file: Parquet, key: Column[], columns: Column[]): Promise<void> {
  const names = columns.map(({ name }) => name);
  const keys = key.map(({ name }) => name);
  const befores = names.map((name) => BEFORE + name);
  for (const group of file.groups) {
    const cells = await file.columns(group, [CHANGE, ...keys, ...names, ...befores]);
    const row = (some: string[], i: number) => some.map((name): Cell => cells.get(name)?.[i] ?? null);
    const kinds = cells.get(CHANGE) ?? [];
    for (let i = 0; i < group.rows; i++) {
      fold.add(kinds[i] as Kind, row(keys, i), row(befores, i), row(names, i));
    }
  }
}

/** Fetches the changes files of releases, a few at once. */
export async function fetched(
  releases: Listed[],
  meter: Meter,
  done: (count: number) => void,
  signal: AbortSignal,
): Promise<Parquet[]> {
  const paths = releases.flatMap(({ changes_path }) => changes_path ?? []);
  const files = new Array<Parquet>(paths.length);
  let next = 0;
  let count = 0;
  const work = async () => {
    while (next < paths.length) {
      const i = next++;
      const path = paths[i] as string;
      const body = await bodyOf(await ask(path, meter, { signal }), path, meter);
      files[i] = await opened(path, body, meter);
      done(++count);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  return files;
}
