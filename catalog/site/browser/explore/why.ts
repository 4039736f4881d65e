// Why a cell is as it is: how it changed over the releases, and from which fetches that came, as far as public facts say.
import { element, make } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import type { Cell, Column } from "./cells.ts";
import { faultText } from "./faults.ts";
import type { Filter } from "./filters.ts";
import type { Selection, Table, Work } from "./query.ts";
import type { Release, Releases } from "./release.ts";
import { shown, titled } from "./show.ts";
import type { TableName } from "./state.ts";

/** How many releases are looked through before the reader is asked. */
const LOOKED_THROUGH = 30;
const BEFORE = "_before_";

export interface Event {
  n: number;
  created: string;
  kind: "insert" | "update" | "delete";
  before: Map<string, Cell>;
  after: Map<string, Cell>;
}

interface Listed {
  n: number;
  created: string;
  changes: Record<string, number>;
  changes_path: string | null;
}

interface Provenance {
  evidence: { k: number; fetched_at: string }[];
}

/** What was found, the newest first, and down to which release it was looked for. */
export interface Past {
  events: Event[];
  downTo: number;
}

/** Looks a row up in the changes files of a release and of those before it. */
export async function past(releases: Releases, key: Map<string, Cell>, from: number, work: Work): Promise<Past> {
  const list = (await releases.json("releases.json")) as { releases: Listed[] };
  const before = list.releases.filter(({ n }) => n <= from).reverse();
  const events: Event[] = [];
  for (const [done, listed] of before.slice(0, LOOKED_THROUGH).entries()) {
    work.progress?.(done, Math.min(before.length, LOOKED_THROUGH));
    if (listed.n === 1) {
      return { events, downTo: 1 }; // nothing later inserted it: it has been there from the beginning
    }
    if (listed.changes_path) {
      const event = await eventIn(releases, listed, key, work);
      if (event) {
        events.push(event);
      }
      if (event?.kind === "insert") {
        return { events, downTo: 1 };
      }
    }
  }
  return { events, downTo: before[LOOKED_THROUGH - 1]?.n ?? 1 };
}

async function eventIn(releases: Releases, listed: Listed, key: Map<string, Cell>, work: Work): Promise<Event | null> {
  const table = await releases.table(await releases.load(listed.n), "changes");
  if (!table) {
    return null;
  }
  const filters = [...key].flatMap(([column, cell]): Filter[] =>
    typeof cell === "number"
      ? [{ kind: "between", column, low: cell, high: cell }]
      : [{ kind: "in", column, values: [cell] }],
  );
  const found = await table.select(filters, { ...work, consent: true });
  if (found.total === 0) {
    return null;
  }
  const names = table.columns.map((column) => column.name);
  const [row = []] = await table.page(found, 0, 1, names, work);
  const cells = new Map(names.map((name, i) => [name, row[i] ?? null]));
  const take = (begin: string) =>
    new Map(
      names.flatMap((name) => (name.startsWith(begin) ? [[name.slice(begin.length), cells.get(name) ?? null]] : [])),
    );
  return {
    n: listed.n,
    created: listed.created,
    kind: cells.get("_change") as Event["kind"],
    before: take(BEFORE),
    after: new Map([...take("")].filter(([name]) => !name.startsWith("_"))),
  };
}

/** Says from which fetches a release was made; empty if its facts do not say. */
export async function fetches(releases: Releases, n: number, words: Words): Promise<string> {
  const release = await releases.load(n);
  const { evidence } = (await releases.json(release.provenance)) as Provenance;
  const [first, last] = [evidence[0], evidence.at(-1)];
  if (!first || !last) {
    return "";
  }
  return first.k === last.k
    ? words.say("explore.why_fetch", { k: String(first.k), time: words.stamp(first.fetched_at) })
    : words.say("explore.why_fetches", {
        from: String(first.k),
        to: String(last.k),
        first: words.stamp(first.fetched_at),
        last: words.stamp(last.fetched_at),
      });
}

/** Returns the row as a list of its columns. */
export function rowList(columns: Column[], row: Map<string, Cell>, marked: Column | null, words: Words): HTMLElement {
  const items = columns.map((column) => {
    const cell = row.get(column.name) ?? null;
    const text = make("bdi", {}, shown(cell, column, words));
    const code = typeof cell === "string" && column.labels[cell] ? make("code", {}, cell) : null;
    return make(
      "div",
      { class: column.name === marked?.name ? "marked" : undefined },
      make("dt", {}, titled(column, words)),
      make("dd", {}, text, code && " ", code),
    );
  });
  return make("dl", { class: "x-row" }, ...items);
}

/** Says what happened to a row, or with `marked` to one of its cells, one sentence a release. */
export function story(past: Past, columns: Column[], marked: Column | null, words: Words): HTMLElement {
  const told = past.events.flatMap((event) => {
    const values = { n: String(event.n), day: words.day(event.created) };
    if (event.kind !== "update") {
      return [make("li", {}, words.say(`explore.why_${event.kind}`, values))];
    }
    const moved = columns.filter(
      (column) => event.before.has(column.name) && event.before.get(column.name) !== event.after.get(column.name),
    );
    if (marked && !moved.some((column) => column.name === marked.name)) {
      return [];
    }
    const parts = (marked ? [marked] : moved).map((column) =>
      words.say("explore.why_moved", {
        title: column.title,
        before: shown(event.before.get(column.name) ?? null, column, words),
        after: shown(event.after.get(column.name) ?? null, column, words),
      }),
    );
    return [make("li", {}, words.say("explore.why_update", { ...values, moved: words.listed(parts) }))];
  });
  const last = past.events.at(-1);
  if (last?.kind !== "insert") {
    const key = past.downTo === 1 ? "explore.why_first" : "explore.why_since";
    told.push(make("li", {}, words.say(key, { n: String(past.downTo) })));
  }
  return make("ol", { class: "x-story" }, ...told);
}

/** What is asked about. */
export interface Asked {
  release: Release;
  of: TableName;
  table: Table;
  selection: Selection;
  at: number;
  marked: Column | null;
}

/** Opens the dialog that tells why a row, or a cell of it, is as it is. */
export async function explain(asked: Asked, releases: Releases, words: Words): Promise<void> {
  const { release, of, table, marked } = asked;
  const body = element("x-why-body");
  const status = make("p", { role: "status" }, words.say("explore.loading"));
  body.replaceChildren(status);
  element<HTMLDialogElement>("x-why").showModal();
  try {
    const names = table.columns.map(({ name }) => name);
    const [row = []] = await table.page(asked.selection, asked.at, asked.at + 1, names);
    const cells = new Map(names.map((name, i) => [name, row[i] ?? null]));
    body.replaceChildren(status, rowList(table.columns, cells, marked, words));
    if (of === "quarantine") {
      status.textContent = words.say("explore.why_out");
      return;
    }
    const key = new Map(table.key.map((name) => [name, cells.get(name) ?? null]));
    const found = await past(releases, key, release.n, {});
    const one = of === "data" && marked && !table.key.includes(marked.name) ? marked : null;
    const told = story(found, of === "data" ? table.columns : release.columns, one, words);
    const n = found.events[0]?.n ?? found.downTo;
    const from = await fetches(releases, n, words).catch(() => "");
    const heading = one ? words.say("explore.why_cell", { title: one.title }) : words.say("explore.why_row_title");
    status.replaceWith(make("h3", {}, heading), told, make("p", { class: "note" }, from));
  } catch (error) {
    status.textContent = faultText(error, release.n, words);
  }
}
