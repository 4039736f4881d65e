// Columns and the values in them: a date is its day since 1970, a time its milliseconds since 1970, null is no value.

export type Cell = string | number | boolean | null;
export type Kind = "string" | "integer" | "number" | "boolean" | "date" | "datetime";

export interface Column {
  name: string;
  title: string;
  kind: Kind;
  /** As people write it; empty for none. */
  unit: string;
  /** Of times. */
  zone: string;
  /** What codes mean, in the language of the page. */
  labels: Record<string, string>;
  /** Whether its numbers were reckoned, and are shown with fewer digits than they have. */
  reckoned?: boolean;
}

const DAY = 86_400_000;
const SHOWN_DIGITS = 4;
const offsets = new Map<string, number>();
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Returns whether values of a column can be reckoned with. */
export function isQuantity(column: Column): boolean {
  return column.kind === "integer" || column.kind === "number";
}

/** Returns whether a column holds times or days. */
export function isTime(column: Column): boolean {
  return column.kind === "date" || column.kind === "datetime";
}

/** Returns how far a zone is from UTC at a moment, in milliseconds. */
export function offset(moment: number, zone: string): number {
  const hour = Math.floor(moment / 3_600_000);
  const known = offsets.get(`${zone} ${hour}`);
  if (known !== undefined) {
    return known;
  }
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    clocks.set(zone, clock);
  }
  const name = clock.formatToParts(moment).find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = name.match(/([+-])(\d\d):?(\d\d)?:?(\d\d)?/) ?? [];
  const found = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  offsets.set(`${zone} ${hour}`, found);
  return found;
}

/** Returns what a clock in a zone shows: `2026-07-01T08:00:00`. */
export function wallClock(moment: number, zone: string): string {
  return new Date(moment + offset(moment, zone)).toISOString().slice(0, 19);
}

/** Returns the moment at which a clock in a zone shows this, to the second; NaN if it is no time. */
export function moment(wall: string, zone: string): number {
  const asUtc = Date.parse(`${wall.length === 10 ? `${wall}T00:00` : wall}Z`);
  const first = asUtc - offset(asUtc, zone);
  return Number.isNaN(asUtc) ? asUtc : asUtc - offset(first, zone);
}

/** Returns the day `2026-07-01` of a number of days since 1970. */
export function dayText(days: number): string {
  return new Date(days * DAY).toISOString().slice(0, 10);
}

/** Returns the number of days since 1970 of a day; NaN if it is none. */
export function dayNumber(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T00:00Z`) / DAY;
}

/** Returns a cell as the canonical CSV writes it, before quotes (docs/layout.md); null is an empty text. */
export function canonical(cell: Cell, column: Column): string {
  if (cell === null) {
    return "";
  }
  if (typeof cell === "number") {
    if (column.kind === "date") {
      return dayText(cell);
    }
    if (column.kind === "datetime") {
      const away = offset(cell, column.zone);
      const minutes = Math.abs(away) / 60_000;
      const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
      return `${wallClock(cell, column.zone)}${away < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
    }
    return String(cell === 0 ? 0 : cell);
  }
  return String(cell);
}

/** Returns the text of a value for an address or a field of a form; `parsed` reads it again. */
export function plain(cell: Cell, column: Column): string {
  if (typeof cell === "number" && column.kind === "datetime") {
    return wallClock(cell, column.zone).replace(/:00$/, "");
  }
  return canonical(cell, column);
}

/** Returns the value of a text of `plain`; null if it is none of this column. */
export function parsed(text: string, column: Column): number | null {
  const trimmed = text.trim();
  if (trimmed === "") {
    return null;
  }
  const value =
    column.kind === "date"
      ? dayNumber(trimmed)
      : column.kind === "datetime"
        ? moment(trimmed, column.zone)
        : Number(trimmed.replaceAll(",", ""));
  return Number.isFinite(value) ? value : null;
}

/** Compares texts by their characters, as UTF-8 bytes do, and not by the halves that JavaScript compares. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const surrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;
      return surrogate(x) === surrogate(y) ? x - y : surrogate(x) ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** Compares two cells of a column; no value comes last. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) {
    return a === b ? 0 : a === null ? 1 : -1;
  }
  if (typeof a === "string" && typeof b === "string") {
    return compareTexts(a, b);
  }
  return Number(a) - Number(b);
}

/** Returns a number that was reckoned with as many digits as people read: its whole part, and four digits in all. */
export function rounded(value: number): number {
  return Math.abs(value) >= 10 ** (SHOWN_DIGITS - 1) ? Math.round(value) : Number(value.toPrecision(SHOWN_DIGITS));
}
