// What a reader asks of the rows, and which pieces of a file cannot have an answer.
import { type Cell, type Column, compareCells, dayNumber, isTime, moment } from "./cells.ts";

export type Filter =
  /** One of these values; `null` is no value. */
  | { kind: "in"; column: string; values: (string | boolean | null)[] }
  /** Between these, both included. */
  | { kind: "between"; column: string; low: number | null; high: number | null }
  /** The text, or what it means, holds this; width and case do not matter, and 台 is 臺. */
  | { kind: "has"; column: string; text: string };

export interface Bounds {
  low: Cell | undefined;
  high: Cell | undefined;
  nulls: number | undefined;
}

export interface Partition {
  field: string;
  grain: string;
}

/** Returns a text as it is compared when one looks for it. */
export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll("台", "臺");
}

/** Returns whether a cell passes a filter, as a function that is made once. */
export function tester(filter: Filter, column: Column): (cell: Cell) => boolean {
  if (filter.kind === "in") {
    const wanted = new Set<Cell>(filter.values);
    return (cell) => wanted.has(cell);
  }
  if (filter.kind === "has") {
    const text = folded(filter.text);
    const known = new Map<Cell, boolean>();
    return (cell) => {
      let found = known.get(cell);
      if (found === undefined) {
        const value = String(cell ?? "");
        found = folded(`${value}\n${column.labels[value] ?? ""}`).includes(text);
        known.set(cell, found);
      }
      return found;
    };
  }
  const low = filter.low ?? Number.NEGATIVE_INFINITY;
  const high = filter.high ?? Number.POSITIVE_INFINITY;
  return (cell) => typeof cell === "number" && cell >= low && cell <= high;
}

/** Returns whether a piece with these bounds may have a cell that passes. */
export function mayPass(filter: Filter, { low, high, nulls }: Bounds): boolean {
  if (low === undefined || high === undefined || low === null || high === null) {
    return true;
  }
  if (filter.kind === "between") {
    const { low: from, high: to } = filter;
    return (from === null || compareCells(high, from) >= 0) && (to === null || compareCells(low, to) <= 0);
  }
  if (filter.kind === "in") {
    return filter.values.some((value) =>
      value === null ? nulls !== 0 : compareCells(value, low) >= 0 && compareCells(value, high) <= 0,
    );
  }
  return true;
}

/** Returns whether the file of a period may have rows that pass: known without opening it. */
export function periodMayPass(
  filters: Filter[],
  period: string,
  partition: Partition | null,
  column?: Column,
): boolean {
  const bounds = partition && column && isTime(column) ? periodBounds(period, column) : null;
  return !bounds || filters.every((filter) => filter.column !== partition?.field || mayPass(filter, bounds));
}

/** Returns the first and the last value that a period `2026` or `2026-07` can have. */
export function periodBounds(period: string, column: Column): Bounds | null {
  const [, year, month] = period.match(/^(\d{4})(?:-(\d\d))?$/) ?? [];
  if (!year) {
    return null;
  }
  const next = month ? new Date(Date.UTC(Number(year), Number(month))) : new Date(Date.UTC(Number(year) + 1, 0));
  const first = `${year}-${month ?? "01"}-01`;
  const after = next.toISOString().slice(0, 10);
  return column.kind === "date"
    ? { low: dayNumber(first), high: dayNumber(after) - 1, nulls: 0 }
    : { low: moment(first, column.zone), high: moment(after, column.zone) - 1, nulls: 0 };
}
