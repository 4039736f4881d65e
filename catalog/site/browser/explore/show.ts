// How cells, columns and conditions are shown to a reader.
import { seen, type Words } from "../common/words.ts";
import { type Cell, type Column, canonical, isQuantity, plain, rounded } from "./cells.ts";
import type { Filter } from "./filters.ts";
import type { Measure } from "./group.ts";

const LONGEST = 300;
const SHOWN_VALUES = 4;

/** Returns a cell as people read it: the meaning of a code, grouped digits, a time as a clock shows it. */
export function shown(cell: Cell, column: Column, words: Words): string {
  if (cell === null) {
    return words.say("explore.none");
  }
  if (typeof cell === "number") {
    return isQuantity(column)
      ? words.number(column.reckoned ? rounded(cell) : cell)
      : plain(cell, column).replace("T", " ");
  }
  if (typeof cell === "boolean") {
    return words.say(cell ? "explore.yes" : "explore.no");
  }
  const text = seen(column.labels[cell] ?? cell);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Returns the whole value, for one who points at it: the code behind a label too. */
export function whole(cell: Cell, column: Column): string {
  return seen(canonical(cell, column));
}

/** Returns the title of a column with its unit. */
export function titled(column: Column, words: Words): string {
  const title = seen(column.title);
  return column.unit ? words.say("explore.with_unit", { title, unit: column.unit }) : title;
}

/** Says a condition. */
export function condition(filter: Filter, column: Column, words: Words): string {
  const title = seen(column.title);
  if (filter.kind === "has") {
    return words.say("explore.cond_has", { title, text: seen(filter.text) });
  }
  if (filter.kind === "in") {
    const texts = filter.values.slice(0, SHOWN_VALUES).map((value) => shown(value, column, words));
    const values = listedOr(texts, words);
    return filter.values.length > SHOWN_VALUES
      ? words.say("explore.cond_in_many", { title, values, n: filter.values.length })
      : words.say("explore.cond_in", { title, values });
  }
  const unit = column.unit ? `\u00a0${column.unit}` : "";
  const text = (value: number | null) => (value === null ? "" : shown(value, column, words) + unit);
  const values = { title, low: text(filter.low), high: text(filter.high) };
  const form = filter.low === null ? "to" : filter.high === null ? "from" : "between";
  return words.say(`explore.cond_${form}`, values);
}

function listedOr(texts: string[], words: Words): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2
    ? last
    : words.say("explore.or", { first: texts.slice(0, -1).join(words.say("list.between")), last });
}

/** Says what is reckoned, with its unit: a mean of prices is a price, a count has none. */
export function measured(measure: Measure, column: Column | undefined, words: Words): string {
  if (!column) {
    return words.say("explore.reckon_rows");
  }
  const said = words.say(`explore.reckon_${measure.reckoning}`, { title: seen(column.title) });
  return column.unit && measure.reckoning !== "count"
    ? words.say("explore.with_unit", { title: said, unit: column.unit })
    : said;
}
