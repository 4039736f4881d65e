// The facets: how many results are of each value, and which values a reader chose.
import { make } from "../common/page.ts";
import { seen, type Words } from "../common/words.ts";
import { type Chosen, type Column, counted, type Hit, narrowed } from "./index.ts";

/** What a reader may narrow, and what happens then. */
export interface Filters {
  words: Words;
  /** In the order in which they stand. */
  facets: readonly string[];
  columns: readonly Column[];
  hits: readonly Hit[];
  chosen: Chosen;
  open: boolean;
  choose(facet: string, code: string, on: boolean): void;
  clear(): void;
}

/** Returns the facets that part the results; null where none does. */
export function filtersPart(filters: Filters): HTMLDetailsElement | null {
  const { words, facets, columns, chosen } = filters;
  const parts = facets.flatMap((facet) => {
    const column = columns.find((each) => each.facet === facet);
    return column ? (fieldset(filters, column) ?? []) : [];
  });
  if (!parts.length && !chosen.size) {
    return null;
  }
  const details = make("details", { class: "filters", id: "filters", open: filters.open });
  details.append(make("summary", { id: "filters-summary" }, words.say("search.filters")), ...parts);
  if (chosen.size) {
    const clear = make("button", { type: "button", id: "filters-clear" }, words.say("search.clear"));
    clear.addEventListener("click", () => filters.clear());
    details.append(clear);
  }
  return details;
}

function fieldset(filters: Filters, column: Column): HTMLFieldSetElement | null {
  const { words, hits, columns, chosen } = filters;
  const codes = chosen.get(column.facet) ?? new Set();
  const counts = counted(hits, columns, chosen, column);
  const shown = column.values.map((value, at) => ({ value, at, count: counts[at] ?? 0 }));
  const kept = shown.filter(({ value, count }) => count > 0 || codes.has(value[0]));
  const total = narrowed(hits, columns, chosen, column.facet).length;
  if (!codes.size && kept.every(({ count }) => count === total)) {
    return null; // it would narrow nothing
  }
  if (column.facet === "agency") {
    kept.sort((a, b) => b.count - a.count || a.at - b.at);
  }
  const mine = words.language === "en" ? 2 : 1;
  const choices = kept.map(({ value, at, count }) => {
    const id = `filter-${column.facet}-${at}`;
    const box = make("input", { type: "checkbox", id, checked: codes.has(value[0]) });
    box.addEventListener("change", () => filters.choose(column.facet, value[0], box.checked));
    const name = make("bdi", {}, seen(value[mine]));
    return make("li", {}, box, make("label", { for: id }, name, " ", make("small", {}, words.number(count))));
  });
  return make(
    "fieldset",
    {},
    make("legend", {}, words.say(`search.facet.${column.facet}`)),
    make("ul", {}, ...choices),
  );
}
