// The rows that a reader takes away, as CSV: canonical, as docs/layout.md defines it, or for Excel.
import { Sha256 } from "../common/sha256.ts";
import { type Cell, type Column, canonical } from "./cells.ts";

const ROWS_AT_ONCE = 5_000;

/** Quotes a cell where it needs it (RFC 4180). */
export function quoted(text: string): string {
  return /[,"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Gives the canonical CSV of columns, a piece at a time: who hashes all of it gets its fingerprint. */
export function* canonicalCsv(columns: Column[], cells: Map<string, Cell[]>): Generator<Uint8Array> {
  yield* lines(
    columns.map((column) => column.name),
    columns,
    cells,
    (cell, column) => quoted(canonical(cell, column)),
  );
}

/** Gives a CSV that Excel opens with the right characters: with BOM and CRLF; no text of it is taken for a formula. */
export function* excelCsv(columns: Column[], cells: Map<string, Cell[]>): Generator<Uint8Array> {
  yield new Uint8Array([0xef, 0xbb, 0xbf]);
  yield* lines(
    columns.map((column) => quoted(column.name)),
    columns,
    cells,
    (cell, column) => quoted(harmless(cell, column)),
    "\r\n",
  );
}

function harmless(cell: Cell, column: Column): string {
  const text = canonical(cell, column);
  return typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** Returns the SHA-256 of the canonical CSV of columns, in hex. */
export function fingerprint(columns: Column[], cells: Map<string, Cell[]>): string {
  const digest = new Sha256();
  for (const piece of canonicalCsv(columns, cells)) {
    digest.update(piece);
  }
  return digest.hex();
}

function* lines(
  header: string[],
  columns: Column[],
  cells: Map<string, Cell[]>,
  text: (cell: Cell, column: Column) => string,
  end = "\n",
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const all = columns.map((column) => cells.get(column.name) ?? []);
  const count = all[0]?.length ?? 0;
  yield encoder.encode(header.join(",") + end);
  for (let start = 0; start < count; start += ROWS_AT_ONCE) {
    const rows: string[] = [];
    for (let row = start; row < Math.min(start + ROWS_AT_ONCE, count); row++) {
      rows.push(columns.map((column, i) => text(all[i]?.[row] ?? null, column)).join(",") + end);
    }
    yield encoder.encode(rows.join(""));
  }
}
