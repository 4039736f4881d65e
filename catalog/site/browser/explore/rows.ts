// The rows, a page at a time, as a table whose headers sort.
import { make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import { type Cell, type Column, isQuantity, isTime } from "./cells.ts";
import type { Declared } from "./release.ts";
import { shown, titled, whole } from "./show.ts";
import type { State } from "./state.ts";

export const ROWS = 25;
export const FIRST_COLUMNS = 7;

/** Returns the columns that are shown: those that were chosen, or `first`. */
export function shownColumns(state: State, columns: Column[], first: Column[]): Column[] {
  const chosen = columns.filter((column) => state.columns.includes(column.name));
  return chosen.length > 0 ? chosen : first;
}

/** Returns the columns that are shown when no one chose any: the key, what is declared, and what stands first. */
export function firstColumns(columns: Column[], key: string[], { position, measure, name }: Declared): Column[] {
  const wanted = [...key, measure, name];
  const where = [position?.longitude, position?.latitude];
  const order = [
    ...columns.filter((column) => wanted.includes(column.name)),
    ...columns.filter((column) => !wanted.includes(column.name) && !where.includes(column.name)),
  ].slice(0, FIRST_COLUMNS);
  return columns.filter((column) => order.includes(column));
}

export interface Heard {
  sort: (column: Column) => void;
  why: (row: number, column: Column | null) => void;
}

/** Returns the table of a page of rows. */
export function rowsTable(
  columns: Column[],
  cells: Cell[][],
  first: number,
  sort: State["sort"],
  words: Words,
  heard: Heard,
): HTMLElement {
  const head = columns.map((column) => header(column, sort, words, heard));
  const body = cells.map((row, i) => rowOf(row, i, first + i + 1, columns, words, heard));
  const table = make(
    "table",
    { class: "x-table" },
    make("caption", {}, words.say("explore.rows_caption", { from: first + 1, to: first + cells.length })),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, words.say("explore.row")), ...head)),
    make("tbody", {}, ...body),
  );
  return make(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": words.say("explore.rows_label") },
    table,
  );
}

function header(column: Column, sort: State["sort"], words: Words, heard: Heard): HTMLElement {
  const sorted = sort?.column === column.name ? (sort.descending ? "descending" : "ascending") : "none";
  const button = make("button", { type: "button" }, titled(column, words));
  button.addEventListener("click", () => heard.sort(column));
  return make("th", { scope: "col", "aria-sort": sorted, class: isQuantity(column) ? "number" : undefined }, button);
}

function rowOf(row: Cell[], at: number, n: number, columns: Column[], words: Words, heard: Heard): HTMLElement {
  const why = make("button", { type: "button", class: "x-why" }, words.number(n));
  why.setAttribute("aria-label", words.say("explore.why_row", { n }));
  why.addEventListener("click", () => heard.why(at, null));
  const cells = columns.map((column, i) => {
    const cell = row[i] ?? null;
    const text = shown(cell, column, words);
    const made = make("td", {
      class: cell === null ? "none" : isQuantity(column) ? "number" : isTime(column) ? "time" : undefined,
      title: text === whole(cell, column) || cell === null ? undefined : whole(cell, column),
    });
    made.append(make("bdi", {}, text));
    made.addEventListener("click", () => heard.why(at, column));
    return made;
  });
  return make("tr", {}, make("th", { scope: "row" }, why), ...cells);
}

/** Returns the way to other pages of rows. */
export function pager(state: State, total: number, words: Words, go: (page: number) => void): HTMLElement {
  const last = Math.max(1, Math.ceil(total / ROWS));
  const button = (text: string, page: number, id: string) => {
    const made = make("button", { type: "button", id, disabled: page < 1 || page > last }, text);
    made.addEventListener("click", () => go(page));
    return made;
  };
  const where = make("span", {}, words.say("explore.page_of", { page: state.page, pages: last }));
  return make(
    "nav",
    { class: "x-pager", "aria-label": words.say("explore.pages") },
    button(words.say("explore.previous"), state.page - 1, "x-previous"),
    where,
    button(words.say("explore.next"), state.page + 1, "x-next"),
  );
}

/** Fills the choice of columns. */
export function columnChoice(visible: Column[], columns: Column[], words: Words, choose: (names: string[]) => void) {
  const boxes = columns.map((column) => {
    const input = make("input", { type: "checkbox", value: column.name });
    input.checked = visible.includes(column);
    return make("label", { class: "x-choice" }, input, make("span", {}, titled(column, words)));
  });
  const list = make("div", { class: "x-choices" }, ...boxes);
  list.addEventListener("change", () => {
    const names = [...list.querySelectorAll("input")].filter((box) => box.checked).map((box) => box.value);
    choose(names);
  });
  return list;
}
