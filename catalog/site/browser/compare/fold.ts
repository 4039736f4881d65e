// The changes of releases one after the other, summed: what a row was before the first, and what it is after the last.
import { type Cell, type Column, compareCells } from "../explore/cells.ts";

export type Kind = "insert" | "update" | "delete";

/** A row that differs between two releases, with the columns that are compared. */
export interface Difference {
  kind: Kind;
  key: Cell[];
  /** Null where there was no such row. */
  before: Cell[] | null;
  after: Cell[] | null;
}

/** What changes files say, release by release. */
export class Fold {
  private readonly rows = new Map<string, { key: Cell[]; before: Cell[] | null; after: Cell[] | null }>();

  /** Takes one changed row; those of an earlier release come first. */
  add(kind: Kind, key: Cell[], before: Cell[], after: Cell[]): void {
    const name = JSON.stringify(key);
    const now = kind === "delete" ? null : after;
    const known = this.rows.get(name);
    if (known) {
      known.after = now;
    } else {
      this.rows.set(name, { key, before: kind === "insert" ? null : before, after: now });
    }
  }

  /** Returns the rows that differ, in order of the key; what came and went again, or is as it was, does not. */
  differences(key: Column[], backwards = false): Difference[] {
    const found: Difference[] = [];
    for (const row of this.rows.values()) {
      const [before, after] = backwards ? [row.after, row.before] : [row.before, row.after];
      const kind = kindOf(before, after);
      if (kind) {
        found.push({ kind, key: row.key, before, after });
      }
    }
    return found.sort((a, b) => inOrder(a.key, b.key, key));
  }
}

function kindOf(before: Cell[] | null, after: Cell[] | null): Kind | null {
  if (before === null || after === null) {
    return before === after ? null : before === null ? "insert" : "delete";
  }
  return before.some((cell, i) => cell !== after[i]) ? "update" : null;
}

function inOrder(a: Cell[], b: Cell[], columns: Column[]): number {
  for (let i = 0; i < columns.length; i++) {
    const order = compareCells(a[i] ?? null, b[i] ?? null);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

/** Counts differences by kind. */
export function counted(differences: Difference[]): Record<Kind, number> {
  const counts = { insert: 0, update: 0, delete: 0 };
  for (const { kind } of differences) {
    counts[kind] += 1;
  }
  return counts;
}
