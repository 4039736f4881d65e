// Rows put together by place, time or category, and what is reckoned of each group.
import { type Cell, type Column, compareCells, dayText, wallClock } from "./cells.ts";
import type { Selection, Table, Work } from "./query.ts";

export type Step = "" | "hour" | "day" | "month" | "year";
export type Reckoning = "count" | "sum" | "mean" | "min" | "max";

export interface By {
  column: string;
  /** For times: how much of one is a group. */
  step: Step;
}

export interface Measure {
  reckoning: Reckoning;
  /** Empty for a count of rows. */
  column: string;
}

export interface Groups {
  rows: { keys: Cell[]; value: number | null; count: number }[];
  /** More groups than are kept were there. */
  cut: boolean;
}

export const MOST_GROUPS = 20_000;
const LENGTHS: Record<Exclude<Step, "">, number> = { hour: 13, day: 10, month: 7, year: 4 };

interface Sums {
  keys: Cell[];
  count: number;
  values: number;
  sum: number;
  lost: number;
  min: number;
  max: number;
}

/** Returns the group of a cell: the cell, or as much of its time as the step says. */
export function bucket(cell: Cell, column: Column, step: Step): Cell {
  if (cell === null || step === "" || typeof cell !== "number") {
    return cell;
  }
  const text = column.kind === "date" ? dayText(cell) : wallClock(cell, column.zone);
  return step === "hour" ? `${text.slice(0, LENGTHS.hour).replace("T", " ")}:00` : text.slice(0, LENGTHS[step]);
}

/** Puts the rows of a selection into groups. */
export async function grouped(
  table: Table,
  selection: Selection,
  bys: By[],
  measure: Measure,
  work: Work = {},
): Promise<Groups> {
  const groups = new Map<string, Sums>();
  const columns = bys.map((by) => table.column(by.column) as Column);
  const names = [...new Set([...bys.map((by) => by.column), ...(measure.column ? [measure.column] : [])])];
  const steps = bys.map(() => new Map<Cell, Cell>());
  let cut = false;
  for await (const piece of table.pieces({ ...selection, order: null }, names, work)) {
    const cells = bys.map((by) => piece.get(by.column) ?? []);
    const values = measure.column ? (piece.get(measure.column) ?? []) : null;
    const count = cells[0]?.length ?? 0;
    for (let row = 0; row < count; row++) {
      const keys = bys.map((by, i) => {
        const cell = cells[i]?.[row] ?? null;
        const known = steps[i] as Map<Cell, Cell>;
        let found = known.get(cell);
        if (found === undefined) {
          found = bucket(cell, columns[i] as Column, by.step);
          known.set(cell, found);
        }
        return found;
      });
      const name = JSON.stringify(keys);
      let sums = groups.get(name);
      if (!sums) {
        if (groups.size >= MOST_GROUPS) {
          cut = true;
          continue;
        }
        sums = { keys, count: 0, values: 0, sum: 0, lost: 0, min: Infinity, max: -Infinity };
        groups.set(name, sums);
      }
      sums.count += 1;
      const value = values?.[row];
      if (typeof value === "number") {
        add(sums, value);
      }
    }
  }
  const rows = [...groups.values()].map((sums) => ({
    keys: sums.keys,
    count: sums.count,
    value: reckoned(sums, measure),
  }));
  rows.sort((a, b) => a.keys.map((key, i) => compareCells(key, b.keys[i] ?? null)).find((each) => each !== 0) ?? 0);
  return { rows, cut };
}

/** Adds without losing the small digits (Neumaier, https://doi.org/10.1002/zamm.19740540106). */
function add(sums: Sums, value: number): void {
  const sum = sums.sum + value;
  sums.lost += Math.abs(sums.sum) >= Math.abs(value) ? sums.sum - sum + value : value - sum + sums.sum;
  sums.sum = sum;
  sums.values += 1;
  sums.min = Math.min(sums.min, value);
  sums.max = Math.max(sums.max, value);
}

function reckoned(sums: Sums, measure: Measure): number | null {
  if (measure.reckoning === "count") {
    return measure.column ? sums.values : sums.count;
  }
  if (sums.values === 0) {
    return null;
  }
  const sum = sums.sum + sums.lost;
  const value = { sum, mean: sum / sums.values, min: sums.min, max: sums.max }[measure.reckoning];
  return Number(value.toPrecision(12));
}
