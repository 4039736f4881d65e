// What a reader sees, as the fragment of the address: a link shows the same again, on exactly this release or the newest.
import { type Column, isQuantity, isTime, parsed, plain } from "./cells.ts";
import type { Filter } from "./filters.ts";
import type { By, Measure, Reckoning, Step } from "./group.ts";

export type TableName = "data" | "changes" | "quarantine";
export type ViewName = "rows" | "summary" | "map";

export interface State {
  /** Null for the newest. */
  release: number | null;
  table: TableName;
  view: ViewName;
  filters: Filter[];
  /** Empty for the first ones. */
  columns: string[];
  sort: { column: string; descending: boolean } | null;
  /** From 1. */
  page: number;
  by: By[];
  measure: Measure;
  /** What the map shows. */
  shown: string;
}

const TABLES: TableName[] = ["data", "changes", "quarantine"];
const VIEWS: ViewName[] = ["rows", "summary", "map"];
const STEPS: Step[] = ["hour", "day", "month", "year"];
const RECKONINGS: Reckoning[] = ["count", "sum", "mean", "min", "max"];

/** Returns the state of a page without a fragment. */
export function firstState(): State {
  return {
    release: null,
    table: "data",
    view: "rows",
    filters: [],
    columns: [],
    sort: null,
    page: 1,
    by: [],
    measure: { reckoning: "count", column: "" },
    shown: "",
  };
}

/** Returns which release and table a fragment names: what must be loaded before the rest can be read. */
export function place(fragment: string): Pick<State, "release" | "table"> {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const release = Number(said.get("release"));
  return {
    release: Number.isInteger(release) && release > 0 ? release : null,
    table: TABLES.find((name) => name === said.get("table")) ?? "data",
  };
}

/** Reads a fragment; what the table does not have is left out. */
export function read(fragment: string, columns: Column[]): State {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const find = (name: string | null) => columns.find((column) => column.name === name);
  const sort = said.get("sort");
  const sorted = find(sort?.replace(/^-/, "") ?? null);
  const page = Number(said.get("page"));
  const [reckoning = "", measured = ""] = (said.get("measure") ?? "").split(":");
  const quantity = columns.filter(isQuantity).find((column) => column.name === measured);
  return {
    ...place(fragment),
    view: VIEWS.find((name) => name === said.get("view")) ?? "rows",
    filters: columns.flatMap((column) => filtersOf(column, said)),
    columns: (said.get("columns") ?? "").split(",").filter((name) => find(name)),
    sort: sorted ? { column: sorted.name, descending: sort?.startsWith("-") ?? false } : null,
    page: Number.isInteger(page) && page > 0 ? page : 1,
    by: said
      .getAll("by")
      .flatMap((text) => byOf(text, find))
      .slice(0, 2),
    measure: {
      reckoning: (quantity && RECKONINGS.find((name) => name === reckoning)) || "count",
      column: quantity?.name ?? "",
    },
    shown: find(said.get("shown"))?.name ?? "",
  };
}

/** Returns the fragment of a state, without `#`; with `release` on that one, or on the newest with null. */
export function written(state: State, columns: Column[], release: number | null = state.release): string {
  const said = new URLSearchParams();
  const put = (name: string, value: string, usual = "") => {
    if (value !== usual) {
      said.append(name, value);
    }
  };
  put("release", release === null ? "" : String(release));
  put("table", state.table, "data");
  put("view", state.view, "rows");
  for (const filter of state.filters) {
    const column = columns.find((each) => each.name === filter.column);
    if (column) {
      writeFilter(filter, column, said);
    }
  }
  put("columns", state.columns.join(","));
  put("sort", state.sort ? `${state.sort.descending ? "-" : ""}${state.sort.column}` : "");
  put("page", String(state.page), "1");
  for (const by of state.by) {
    said.append("by", by.step ? `${by.column}:${by.step}` : by.column);
  }
  put("measure", state.measure.column ? `${state.measure.reckoning}:${state.measure.column}` : "");
  put("shown", state.shown);
  return said.toString();
}

function writeFilter(filter: Filter, column: Column, said: URLSearchParams): void {
  if (filter.kind === "in") {
    for (const value of filter.values) {
      said.append(value === null ? `none.${column.name}` : `is.${column.name}`, String(value ?? ""));
    }
  } else if (filter.kind === "has") {
    said.append(`has.${column.name}`, filter.text);
  } else {
    for (const [name, value] of [["from", filter.low] as const, ["to", filter.high] as const]) {
      if (value !== null) {
        said.append(`${name}.${column.name}`, plain(value, column));
      }
    }
  }
}

function filtersOf(column: Column, said: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  const name = column.name;
  const values: (string | boolean | null)[] = said
    .getAll(`is.${name}`)
    .map((text) => (column.kind === "boolean" ? text === "true" : text));
  if (said.has(`none.${name}`)) {
    values.push(null);
  }
  if (values.length > 0) {
    filters.push({ kind: "in", column: name, values });
  }
  const text = said.get(`has.${name}`);
  if (text && column.kind === "string") {
    filters.push({ kind: "has", column: name, text });
  }
  if (isTime(column) || isQuantity(column)) {
    const low = parsed(said.get(`from.${name}`) ?? "", column);
    const high = parsed(said.get(`to.${name}`) ?? "", column);
    if (low !== null || high !== null) {
      filters.push({ kind: "between", column: name, low, high });
    }
  }
  return filters;
}

function byOf(text: string, find: (name: string | null) => Column | undefined): By[] {
  const [name = "", step = ""] = text.split(":");
  const column = find(name);
  if (!column) {
    return [];
  }
  return [{ column: name, step: isTime(column) ? (STEPS.find((each) => each === step) ?? "day") : "" }];
}
