// The conditions, as fields of a form: what a column holds decides which fields.
import { make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import { type Cell, type Column, isQuantity, isTime, parsed, plain } from "./cells.ts";
import { type Filter, folded } from "./filters.ts";
import type { Table } from "./query.ts";
import { shown, titled } from "./show.ts";

const MOST_VALUES = 400;
const SEARCHED_FROM = 12;

type Changed = (filter: Filter | null) => void;

/** Returns the fields of a condition on a column; `changed` hears each change, and null when it is taken away. */
export function filterFields(table: Table, column: Column, filter: Filter | null, words: Words, changed: Changed) {
  const remove = make("button", { type: "button", class: "quiet" }, words.say("explore.remove"));
  remove.setAttribute("aria-label", words.say("explore.remove_of", { title: column.title }));
  remove.addEventListener("click", () => changed(null));
  const body = make("div", { class: "x-fields" });
  const fields = make("fieldset", { class: "x-filter" }, make("legend", {}, titled(column, words)), body, remove);
  if (isTime(column) || isQuantity(column)) {
    between(table, column, filter, words, changed, body);
  } else {
    void choices(table, column, filter, words, changed, body);
  }
  return fields;
}

function between(
  table: Table,
  column: Column,
  filter: Filter | null,
  words: Words,
  changed: Changed,
  body: HTMLElement,
) {
  const type = column.kind === "date" ? "date" : column.kind === "datetime" ? "datetime-local" : "text";
  const input = (name: "low" | "high") => {
    const value = filter?.kind === "between" ? filter[name] : null;
    const made = make("input", { type, value: value === null ? "" : plain(value, column) });
    if (type === "text") {
      made.inputMode = "decimal";
    }
    return made;
  };
  const [low, high] = [input("low"), input("high")];
  const hear = () => {
    for (const each of [low, high]) {
      const wrong = each.value.trim() !== "" && parsed(each.value, column) === null;
      each.setAttribute("aria-invalid", String(wrong));
    }
    changed({
      kind: "between",
      column: column.name,
      low: parsed(low.value, column),
      high: parsed(high.value, column),
    });
  };
  for (const each of [low, high]) {
    each.addEventListener("change", hear);
  }
  const label = (text: string, of: HTMLInputElement) => make("label", {}, make("span", {}, text), of);
  body.append(label(words.say("explore.from"), low), label(words.say("explore.to"), high));
  void table.range(column.name).then((range) => {
    if (range) {
      const [least, greatest] = range.map((cell) => shown(cell, column, words)) as [string, string];
      body.append(make("p", { class: "note" }, words.say("explore.range", { low: least, high: greatest })));
    }
  });
}

async function choices(
  table: Table,
  column: Column,
  filter: Filter | null,
  words: Words,
  changed: Changed,
  body: HTMLElement,
): Promise<void> {
  if (filter?.kind === "has") {
    searchField(column, filter, words, changed, body, []);
    return;
  }
  body.append(make("p", { class: "note" }, words.say("explore.loading")));
  const chosen = new Set<Cell>(filter?.kind === "in" ? filter.values : []);
  const labelled = Object.keys(column.labels);
  const found =
    labelled.length > 0
      ? { values: [...labelled, null], all: true } // declared: nothing need be read
      : await table.values(column.name, MOST_VALUES).catch(() => ({ values: [] as Cell[], all: false }));
  body.replaceChildren();
  if (!found.all && chosen.size === 0) {
    searchField(column, filter, words, changed, body, found.values);
    return;
  }
  const values = [...new Set([...chosen, ...found.values])];
  const boxes = values.map((value) => box(value, column, chosen.has(value), words));
  const list = make("div", { class: "x-choices" }, ...boxes);
  list.addEventListener("change", () => {
    const now = values.filter((_, i) => boxes[i]?.querySelector("input")?.checked) as (string | boolean | null)[];
    changed({ kind: "in", column: column.name, values: now });
  });
  if (values.length > SEARCHED_FROM) {
    const search = make("input", { type: "search", autocomplete: "off" });
    search.addEventListener("input", () => {
      const text = folded(search.value);
      for (const each of boxes) {
        each.hidden = !folded(each.textContent ?? "").includes(text);
      }
    });
    body.append(make("label", {}, make("span", {}, words.say("explore.find_value")), search));
  }
  body.append(list);
}

function box(value: Cell, column: Column, checked: boolean, words: Words): HTMLElement {
  const input = make("input", { type: "checkbox" });
  input.checked = checked;
  const code = typeof value === "string" && column.labels[value] ? make("code", {}, value) : null;
  return make("label", { class: "x-choice" }, input, make("span", {}, shown(value, column, words), code && " ", code));
}

function searchField(
  column: Column,
  filter: Filter | null,
  words: Words,
  changed: Changed,
  body: HTMLElement,
  known: Cell[],
): void {
  const input = make("input", { type: "search", autocomplete: "off" });
  input.value = filter?.kind === "has" ? filter.text : "";
  if (known.length > 0) {
    const id = `x-known-${column.name}`;
    input.setAttribute("list", id);
    body.append(
      make("datalist", { id }, ...known.map((value) => make("option", { value: shown(value, column, words) }))),
    );
  }
  input.addEventListener("change", () => changed({ kind: "has", column: column.name, text: input.value.trim() }));
  body.append(make("label", {}, make("span", {}, words.say("explore.has")), input));
}

/** Returns whether a condition asks for anything. */
export function asks(filter: Filter): boolean {
  if (filter.kind === "in") {
    return filter.values.length > 0;
  }
  return filter.kind === "has" ? filter.text !== "" : filter.low !== null || filter.high !== null;
}
