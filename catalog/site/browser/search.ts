// The page of the search. The address holds the query and the chosen facets, so a link and the back button bring them.
import { element, make, pageData, pageWords } from "./common/page.ts";
import { seen } from "./common/words.ts";
import { filtersPart } from "./search/filters.ts";
import { hitItem, type Scene } from "./search/hit.ts";
import { type Column, type Hit, Index, narrowed } from "./search/index.ts";

interface Config {
  head: string;
  facets: string[];
  dataset: string;
}

const PAUSE_MS = 300;
const WIDE = "(min-width: 48rem)";

const config = pageData<Config>("search");
const words = pageWords();
const input = element<HTMLInputElement>("q");
const count = element("search-count");
const found = element("search-found");
const all = element("search-all");
const index = Index.open(config.head);
index.catch(() => undefined); // it is said when one searches

let query = "";
let chosen = new Map<string, Set<string>>();
let latest = 0;
let filtersOpen = matchMedia(WIDE).matches;

function fromAddress(): void {
  const asked = new URLSearchParams(location.search);
  query = asked.get("q") ?? "";
  chosen = new Map();
  for (const facet of config.facets) {
    const codes = asked.getAll(facet);
    if (codes.length) {
      chosen.set(facet, new Set(codes));
    }
  }
}

function toAddress(asks = query): string {
  const asked = new URLSearchParams();
  if (asks) {
    asked.set("q", asks);
  }
  for (const [facet, codes] of chosen) {
    for (const code of codes) {
      asked.append(facet, code);
    }
  }
  const text = asked.toString();
  return text ? `?${text}` : location.pathname;
}

async function show(): Promise<void> {
  latest += 1;
  const mine = latest;
  const asks = query.trim() !== "" || chosen.size > 0;
  all.hidden = asks;
  found.hidden = !asks;
  if (!asks) {
    count.textContent = "";
    found.replaceChildren();
    return;
  }
  found.ariaBusy = "true";
  try {
    const opened = await index;
    const { hits, terms, some, missing } = await opened.find(query);
    const columns = await opened.columns();
    const left = narrowed(hits, columns, chosen);
    const scene = { words, terms: opened.terms, asked: terms, columns, dataset: config.dataset };
    const list = make("ol", { class: "hits" });
    const rest = await append(opened, scene, list, left, true);
    const meant = missing.length ? await opened.suggestions(query, missing) : [];
    if (mine !== latest) {
      return;
    }
    say(left.length, some);
    const others = meant.length ? [didYouMean(meant)] : [];
    const results = left.length ? [heading(), list, moreButton(opened, scene, list, rest)] : [nothing(columns)];
    const part = filters(columns, hits);
    keepFocus(() =>
      found.replaceChildren(...(part ? [part] : []), make("div", { class: "found" }, ...others, ...results)),
    );
  } catch (error) {
    if (mine === latest) {
      count.textContent = words.say("search.failed");
      found.replaceChildren();
    }
    throw error;
  } finally {
    if (mine === latest) {
      found.ariaBusy = "false";
    }
  }
}

function say(n: number, some: boolean): void {
  count.textContent = n
    ? words.say(some ? "search.found_some" : "search.found", { n })
    : words.say("search.nothing", { query: seen(query) });
}

function heading(): HTMLElement {
  return make("h2", { class: "unseen" }, words.say("search.results"));
}

/** Adds the next results to a list; returns those that are left. */
async function append(opened: Index, scene: Scene, list: HTMLElement, hits: Hit[], first: boolean): Promise<Hit[]> {
  const rows = await opened.rows(hits);
  rows.forEach((row, at) => {
    const hit = hits[at];
    if (hit && row) {
      list.append(hitItem(scene, hit, row, first && at === 0));
    }
  });
  return hits.slice(rows.length);
}

function moreButton(opened: Index, scene: Scene, list: HTMLElement, hits: Hit[]): HTMLElement | null {
  if (!hits.length) {
    return null;
  }
  let rest = hits;
  const button = make("button", { type: "button", class: "more", id: "search-more" }, words.say("search.more"));
  button.addEventListener("click", async () => {
    const before = list.children.length;
    rest = await append(opened, scene, list, rest, false);
    list.children[before]?.querySelector("a")?.focus();
    if (!rest.length) {
      button.remove();
    }
  });
  return button;
}

function filters(columns: readonly Column[], hits: readonly Hit[]): HTMLElement | null {
  const part = filtersPart({
    words,
    facets: config.facets,
    columns,
    hits,
    chosen,
    open: filtersOpen,
    choose: (facet, code, on) => {
      const codes = chosen.get(facet) ?? new Set();
      on ? codes.add(code) : codes.delete(code);
      codes.size ? chosen.set(facet, codes) : chosen.delete(facet);
      go();
    },
    clear: () => {
      chosen.clear();
      go();
    },
  });
  part?.addEventListener("toggle", () => {
    filtersOpen = part.open;
  });
  return part;
}

/** Queries that a reader may have meant, each as a link. */
function didYouMean(queries: readonly string[]): HTMLElement {
  const links = queries.flatMap((each) => [" ", make("a", { href: toAddress(each) }, make("bdi", {}, seen(each)))]);
  return make("p", { class: "search-meant" }, words.say("search.meant"), ...links);
}

/** What one may try when nothing was found: topics and counties. */
function nothing(columns: readonly Column[]): HTMLElement {
  const mine = words.language === "en" ? 2 : 1;
  const lists = ["topic", "place"].flatMap((facet) => {
    const column = columns.find((each) => each.facet === facet);
    const used = new Set(column?.sets.flat());
    const links = (column?.values ?? []).flatMap((value, at) => {
      const href = `?${new URLSearchParams({ [facet]: value[0] })}`;
      return used.has(at) ? [make("li", {}, make("a", { href }, make("bdi", {}, seen(value[mine]))))] : [];
    });
    return links.length
      ? [make("h2", {}, words.say(`search.facet.${facet}`)), make("ul", { class: "search-try" }, ...links)]
      : [];
  });
  return make("div", {}, make("p", {}, words.say("search.nothing_try")), ...lists);
}

/** Changes the page, and gives the focus back to what had it. */
function keepFocus(change: () => void): void {
  const id = document.activeElement?.id;
  change();
  if (id && document.activeElement?.id !== id) {
    document.getElementById(id)?.focus();
  }
}

function go(): void {
  const address = toAddress();
  if (address !== location.search) {
    history.pushState(null, "", address);
  }
  void show();
}

let pause: ReturnType<typeof setTimeout> | undefined;

input.addEventListener("input", (event) => {
  clearTimeout(pause);
  if ((event as InputEvent).isComposing) {
    return;
  }
  pause = setTimeout(typed, PAUSE_MS);
});
input.addEventListener("compositionend", () => {
  clearTimeout(pause);
  pause = setTimeout(typed, PAUSE_MS);
});

/** Shows what was typed, in the same entry of the history: each letter is no step back. */
function typed(): void {
  if (query !== input.value) {
    query = input.value;
    history.replaceState(null, "", toAddress());
    void show();
  }
}

input.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  query = input.value;
  go();
});

addEventListener("popstate", () => {
  fromAddress();
  input.value = query;
  void show();
});

fromAddress();
input.value = query;
void show();
