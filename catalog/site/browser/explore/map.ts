// Places as points by longitude and latitude, no outline; how much by five shades, and the same as a table.
import { make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import { type Cell, type Column, isQuantity, rounded } from "./cells.ts";
import type { By, Groups, Measure } from "./group.ts";
import type { Table } from "./query.ts";
import type { Declared } from "./release.ts";
import { shown, titled } from "./show.ts";
import type { State } from "./state.ts";
import { summaryColumns, svg } from "./summary.ts";

const MOST_POINTS = 3_000;
const SHADES = 5;
const SIZE = 600;
const EDGE = 24;

export interface Places {
  longitude: Column;
  latitude: Column;
  /** What tells one place from another for people, if there is such a column. */
  name: Column | undefined;
}

/** Returns the columns that say where, as declared or by their usual names; null for a table without places. */
export function placesOf(columns: Column[], { position, name }: Declared): Places | null {
  const find = (wanted: string | null | undefined) => columns.find((column) => column.name === wanted);
  const longitude = find(position?.longitude ?? "longitude");
  const latitude = find(position?.latitude ?? "latitude");
  const texts = columns.filter((column) => column.kind === "string");
  const named = find(name) ?? texts.find((column) => column.name.endsWith("_name")) ?? texts[0];
  return longitude && latitude ? { longitude, latitude, name: named } : null;
}

/** Returns the quantities that a map may show. */
export function mapQuantities(columns: Column[], { longitude, latitude }: Places): Column[] {
  return columns.filter((column) => isQuantity(column) && column !== longitude && column !== latitude);
}

/** Returns the field that chooses what the map shows. */
export function mapFields(
  state: State,
  columns: Column[],
  places: Places,
  words: Words,
  changed: (now: Partial<State>) => void,
) {
  const select = make("select", {});
  for (const column of mapQuantities(columns, places)) {
    const option = make("option", { value: column.name }, titled(column, words));
    option.selected = column.name === state.shown;
    select.append(option);
  }
  select.addEventListener("change", () => changed({ shown: select.value }));
  return make("div", { class: "x-bar" }, make("label", {}, make("span", {}, words.say("explore.map_shows")), select));
}

/** Returns what a map is grouped by. */
export function placesBy({ longitude, latitude, name }: Places): By[] {
  return [longitude, latitude, ...(name ? [name] : [])].map((column) => ({ column: column.name, step: "" }));
}

/** Returns what a map shows of each place. */
export function mapMeasure(state: State): Measure {
  return { reckoning: state.shown ? "mean" : "count", column: state.shown };
}

/** Returns the columns of the table of a map: the name of the place, where it is, and how much. */
export function mapColumns(table: Table, places: Places, state: State, words: Words): Column[] {
  const all = summaryColumns(table, { ...state, by: placesBy(places), measure: mapMeasure(state) }, words);
  return places.name ? [all[2] as Column, all[0] as Column, all[1] as Column, ...all.slice(3)] : all;
}

/** Returns the table of a map by column. */
export function mapCells(columns: Column[], places: Places, groups: Groups): Map<string, Cell[]> {
  const keys = places.name ? [2, 0, 1] : [0, 1];
  return new Map(
    columns.map((column, i) => [
      column.name,
      groups.rows.map((row) => {
        const key = keys[i];
        return key !== undefined ? (row.keys[key] ?? null) : i === keys.length ? row.value : row.count;
      }),
    ]),
  );
}

/** Returns the map of groups by longitude, latitude and name. */
export function mapPicture(places: Places, groups: Groups, table: Table, state: State, words: Words): HTMLElement {
  const column = table.column(state.shown);
  const title = column
    ? words.say("explore.map_mean", { title: titled(column, words) })
    : words.say("explore.reckon_rows");
  const points = groups.rows.flatMap(({ keys, value }) => {
    const [x, y, name = null] = keys;
    return typeof x === "number" && typeof y === "number" ? [{ x, y, name, value }] : [];
  });
  const seen = points.slice(0, MOST_POINTS);
  const limits = quantiles(seen.flatMap(({ value }) => (value === null ? [] : [value])));
  const label = (name: Cell, value: number | null) =>
    `${places.name ? shown(name, places.name, words) : ""} ${value === null ? words.say("explore.none") : words.number(rounded(value))}`.trim();
  const project = projection(seen);
  const dots = [...seen]
    .sort((a, b) => (a.value ?? -Infinity) - (b.value ?? -Infinity))
    .map(({ x, y, name, value }) => {
      const [cx, cy] = project(x, y);
      const shade = value === null ? "none" : `s${1 + limits.filter((limit) => value > limit).length}`;
      return svg("circle", { cx, cy, r: 7, class: shade }, svg("title", {}, label(name, value)));
    });
  const height = project(Number.NaN, Number.NaN)[1];
  const alt = words.say("explore.map_alt", { title, n: seen.length });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${height}`, role: "img", class: "x-map" },
    svg("title", {}, alt),
    ...dots,
  );
  const legend = legendOf(
    seen.flatMap(({ value }) => (value === null ? [] : [value])),
    limits,
    words,
  );
  const note =
    points.length > seen.length ? words.say("explore.map_cut", { n: points.length, shown: seen.length }) : "";
  return make(
    "figure",
    {},
    make("figcaption", {}, title),
    legend,
    drawing as unknown as HTMLElement,
    make("p", { class: "note" }, words.say("explore.map_note"), note && ` ${note}`),
  );
}

/** The values that part the points into shades with about as many points each. */
function quantiles(values: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = Array.from(
    { length: SHADES - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / SHADES)] ?? 0,
  );
  return [...new Set(cuts)].filter((cut) => cut < (sorted.at(-1) ?? 0));
}

function legendOf(values: number[], limits: number[], words: Words): HTMLElement {
  const all = [Math.min(...values), ...limits, Math.max(...values)];
  const items =
    values.length === 0
      ? []
      : all.slice(0, -1).map((low, i) => {
          const sample = svg(
            "svg",
            { class: "x-shade", "aria-hidden": "true", focusable: "false" },
            svg("circle", { cx: 8, cy: 8, r: 7, class: `s${i + 1}` }),
          );
          const text = words.say("explore.map_range", {
            low: words.number(rounded(low)),
            high: words.number(rounded(all[i + 1] ?? low)),
          });
          return make("li", {}, sample as unknown as HTMLElement, text);
        });
  return make("ul", { class: "x-legend" }, ...items);
}

/** Degrees to the plane, so that lengths look alike in both directions; of NaN, the height of the plane. */
function projection(points: { x: number; y: number }[]): (x: number, y: number) => [number, number] {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (SIZE - 2 * EDGE) / Math.max((east - west) * narrow, (north - south) / 1.4, 0.01);
  const height = Math.round((north - south) * scale + 2 * EDGE) || SIZE;
  const left = (SIZE - (east - west) * narrow * scale) / 2;
  return (x, y) =>
    Number.isNaN(x) ? [0, height] : [round(left + (x - west) * narrow * scale), round(EDGE + (north - y) * scale)];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
