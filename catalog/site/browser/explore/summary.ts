// Groups of rows as a picture and a table: lines where there is time, bars where there is none.

import type { draw as Draw, Lines } from "../chart.ts";
import { make, pageData } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import { type Cell, type Column, isQuantity, isTime, rounded } from "./cells.ts";
import type { By, Groups, Reckoning, Step } from "./group.ts";
import type { Table } from "./query.ts";
import type { Declared } from "./release.ts";
import { measured, shown, titled } from "./show.ts";
import type { State } from "./state.ts";

const SHOWN_ROWS = 500;
const LONG = 40;
const SHOWN_BARS = 30;
const LINES = 5;
const STEP_SECONDS: Record<string, number> = { hour: 3600, day: 86_400 };
const MOST_STEPS = 20_000;
const RECKONINGS: Reckoning[] = ["mean", "sum", "min", "max", "count"];

/** Returns the groups of a table that no one chose yet: what is declared, else by its time or its first column. */
export function firstGroups(columns: Column[], views: Declared): Pick<State, "by" | "measure"> {
  const time = columns.find(isTime);
  const declared = columns.find((column) => column.name === views.measure && isQuantity(column));
  const by = time ?? columns[0];
  return {
    by: by ? [{ column: by.name, step: time ? "day" : "" }] : [],
    measure: declared
      ? { reckoning: views.together ?? "mean", column: declared.name }
      : { reckoning: "count", column: "" },
  };
}

/** Returns the fields that choose groups and what is reckoned. */
export function summaryFields(state: State, columns: Column[], words: Words, changed: (now: Partial<State>) => void) {
  const [first, second] = state.by;
  const by = [select(columns, first, false), select(columns, second, true)];
  const measure = make("select", {}, option("", words.say("explore.reckon_rows"), state.measure.column === ""));
  measure.append(
    ...columns
      .filter(isQuantity)
      .map((column) => option(column.name, titled(column, words), column.name === state.measure.column)),
  );
  const how = make("select", { disabled: state.measure.column === "" });
  how.append(
    ...RECKONINGS.map((name) => option(name, words.say(`explore.how_${name}`), name === state.measure.reckoning)),
  );

  function select(all: Column[], chosen: By | undefined, none: boolean) {
    const made = make("select", {}, none && option("", words.say("explore.by_none"), !chosen));
    for (const column of all) {
      if (!isTime(column)) {
        made.append(option(column.name, column.title, chosen?.column === column.name));
        continue;
      }
      for (const step of column.kind === "date" ? ["day", "month", "year"] : ["hour", "day", "month", "year"]) {
        const title = words.say("explore.by_step", { title: column.title, step: words.say(`explore.step_${step}`) });
        made.append(option(`${column.name}:${step}`, title, chosen?.column === column.name && chosen.step === step));
      }
    }
    return made;
  }
  const hear = () => {
    const bys = by.flatMap((each): By[] => {
      const [column = "", step = ""] = each.value.split(":");
      return column ? [{ column, step: step as Step }] : [];
    });
    changed({
      by: bys,
      measure: { column: measure.value, reckoning: measure.value ? (how.value as Reckoning) : "count" },
    });
  };
  for (const each of [...by, measure, how]) {
    each.addEventListener("change", hear);
  }
  const label = (key: string, of: HTMLElement) => make("label", {}, make("span", {}, words.say(key)), of);
  return make(
    "div",
    { class: "x-bar" },
    label("explore.by", by[0] as HTMLElement),
    label("explore.and_by", by[1] as HTMLElement),
    label("explore.reckon", measure),
    label("explore.how", how),
  );
}

function option(value: string, text: string, selected: boolean): HTMLOptionElement {
  const made = make("option", { value }, text);
  made.selected = selected;
  return made;
}

/** Returns the columns of a summary: what it is grouped by, what is reckoned, and how many rows each group has. */
export function summaryColumns(table: Table, state: State, words: Words): Column[] {
  const text = { kind: "string" as const, unit: "", zone: "", labels: {} };
  const bys = state.by.flatMap((by): Column[] => {
    const column = table.column(by.column);
    return column ? [isTime(column) ? { ...column, ...text } : { ...column }] : [];
  });
  const of = table.column(state.measure.column);
  const name = of ? `${of.name}_${state.measure.reckoning}` : "rows";
  const value: Column = {
    ...text,
    name,
    title: measured(state.measure, of, words),
    kind: "number",
    reckoned: state.measure.reckoning === "mean",
  };
  const count: Column = { ...text, name: "rows", title: words.say("explore.reckon_rows"), kind: "integer" };
  return of ? [...bys, value, count] : [...bys, { ...value, kind: "integer" }];
}

/** Returns a summary by column, as it is taken away. */
export function summaryCells(columns: Column[], groups: Groups): Map<string, Cell[]> {
  const keys = (groups.rows[0]?.keys ?? []).length;
  return new Map(
    columns.map((column, i) => [
      column.name,
      groups.rows.map((row) => (i < keys ? (row.keys[i] ?? null) : i === keys ? row.value : row.count)),
    ]),
  );
}

/** Puts the greatest group first, where groups have no order of their own. */
export function ordered(groups: Groups, table: Table, state: State): Groups {
  const first = table.column(state.by[0]?.column ?? "");
  if (!first || isTime(first)) {
    return groups;
  }
  const rows = [...groups.rows].sort(
    (a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY),
  );
  return { ...groups, rows };
}

/** Returns the table of a summary. */
export function summaryTable(columns: Column[], cells: Map<string, Cell[]>, words: Words): HTMLElement {
  const all = columns.map((column) => cells.get(column.name) ?? []);
  const count = all[0]?.length ?? 0;
  const rows = Array.from({ length: Math.min(count, SHOWN_ROWS) }, (_, row) =>
    make(
      "tr",
      {},
      ...columns.map((column, i) => {
        const cell = all[i]?.[row] ?? null;
        const text = make("bdi", {}, shown(cell, column, words));
        return i === 0
          ? make("th", { scope: "row" }, text)
          : make("td", { class: cell === null ? "none" : isQuantity(column) ? "number" : undefined }, text);
      }),
    ),
  );
  const head = columns.map((column) =>
    make("th", { scope: "col", class: isQuantity(column) ? "number" : undefined }, column.title),
  );
  const caption = words.say(count > SHOWN_ROWS ? "explore.groups_caption_cut" : "explore.groups_caption", {
    n: count,
    shown: Math.min(count, SHOWN_ROWS),
  });
  const table = make(
    "table",
    { class: "x-table" },
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
  return make(
    "div",
    {
      class: rows.length > LONG ? "scroll x-long" : "scroll",
      role: "region",
      tabindex: 0,
      "aria-label": words.say("explore.groups_label"),
    },
    table,
  );
}

/** Returns the picture of a summary, and how to end it. */
export async function picture(
  table: Table,
  state: State,
  groups: Groups,
  words: Words,
): Promise<[HTMLElement, () => void]> {
  const first = table.column(state.by[0]?.column ?? "");
  const of = table.column(state.measure.column);
  const title = measured(state.measure, of, words);
  if (!first || !isTime(first)) {
    return [bars(groups, table, state, title, words), () => {}];
  }
  const lines = linesOf(table, state, groups, words);
  const target = make("div", {
    class: "x-chart",
    role: "img",
    "aria-label": words.say("explore.lines_alt", { title }),
  });
  const note = lines.left > 0 ? words.say("explore.lines_left", { n: lines.left, shown: LINES }) : "";
  const figure = make(
    "figure",
    {},
    make("figcaption", {}, title),
    target,
    note !== "" && make("p", { class: "note" }, note),
  );
  const { draw } = (await import(new URL(pageData<string>("chart"), location.href).href)) as { draw: typeof Draw };
  let end = () => {};
  requestAnimationFrame(() => {
    end = draw(target, {
      ...lines,
      unit: of && state.measure.reckoning !== "count" ? of.unit : "",
      number: (n) => words.number(rounded(n)),
      time: words.say("explore.time"),
    });
  });
  return [figure, () => end()];
}

function linesOf(
  table: Table,
  state: State,
  groups: Groups,
  words: Words,
): Pick<Lines, "times" | "series"> & { left: number } {
  const second = table.column(state.by[1]?.column ?? "");
  const step = STEP_SECONDS[state.by[0]?.step ?? ""];
  const seconds = (key: Cell) => {
    const text = String(key);
    return (
      Date.parse(
        text.length > 10 ? `${text.replace(" ", "T")}Z` : `${text.padEnd(7, "-01").padEnd(10, "-01")}T00:00Z`,
      ) / 1000
    );
  };
  const dated = groups.rows.filter((row) => row.keys[0] !== null);
  const times = new Set(dated.map((row) => seconds(row.keys[0] ?? "")));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  if (step && (to - from) / step < MOST_STEPS) {
    for (let at = from; at <= to; at += step) {
      times.add(at); // a time without rows is a gap
    }
  }
  const sorted = [...times].sort((a, b) => a - b);
  const place = new Map(sorted.map((time, i) => [time, i]));
  const series = new Map<string, { label: string; values: (number | null)[]; count: number }>();
  for (const row of dated) {
    const label = second
      ? shown(row.keys[1] ?? null, second, words)
      : measured(state.measure, table.column(state.measure.column), words);
    let one = series.get(label);
    if (!one) {
      one = { label, values: new Array(sorted.length).fill(null), count: 0 };
      series.set(label, one);
    }
    one.values[place.get(seconds(row.keys[0] ?? "")) ?? 0] = row.value;
    one.count += row.count;
  }
  const most = [...series.values()].sort((a, b) => b.count - a.count);
  return { times: sorted, series: most.slice(0, LINES), left: Math.max(0, most.length - LINES) };
}

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element of a picture. */
export function svg(
  tag: string,
  attributes: Record<string, string | number>,
  ...children: (Node | string)[]
): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

function bars(groups: Groups, table: Table, state: State, title: string, words: Words): HTMLElement {
  const columns = state.by.map((by) => table.column(by.column) as Column);
  const rows = groups.rows.filter((row) => row.value !== null).slice(0, SHOWN_BARS);
  const most = Math.max(...rows.map((row) => Math.abs(row.value ?? 0)), 0) || 1;
  const list = rows.map((row) => {
    const label = row.keys.map((key, i) => shown(key, columns[i] as Column, words)).join(" · ");
    const width = `${(100 * Math.abs(row.value ?? 0)) / most}%`;
    const bar = svg("svg", { class: "x-bar-line", "aria-hidden": "true", focusable: "false" });
    bar.append(svg("rect", { width, height: "100%", rx: 2 }));
    return make(
      "li",
      {},
      make("span", {}, make("bdi", {}, label)),
      bar,
      make("b", {}, words.number(rounded(row.value ?? 0))),
    );
  });
  const note =
    groups.rows.length > rows.length
      ? words.say("explore.bars_cut", { shown: rows.length, n: groups.rows.length })
      : "";
  return make(
    "figure",
    {},
    make("figcaption", {}, title),
    make("ol", { class: "x-bars" }, ...list),
    note !== "" && make("p", { class: "note" }, note),
  );
}
