// A result: title, who, why it matches, the newest figure. Everything in it is text from agencies and stewards, and
// becomes text nodes.
import { make } from "../common/page.ts";
import { seen, type Words } from "../common/words.ts";
import type { Both, Column, Hit, Row } from "./index.ts";
import type { Terms } from "./terms.ts";

const MOST_CHARACTERS = 300;
const MOST_REASONS = 3;
const SVG = "http://www.w3.org/2000/svg";

/** What results are shown with. */
export interface Scene {
  words: Words;
  terms: Terms;
  /** The words of the query. */
  asked: ReadonlySet<string>;
  columns: readonly Column[];
  /** Where the page of a dataset is, with SLUG for its name. */
  dataset: string;
}

/** Returns a result; the first is larger. */
export function hitItem(scene: Scene, hit: Hit, row: Row, first: boolean): HTMLLIElement {
  const mine = language(scene);
  const by = ["agency", "topic"].flatMap((facet) => names(scene, facet, hit).map((both) => both[mine]));
  return make(
    "li",
    { class: first && row.newest ? "hit first" : "hit" },
    make("h3", {}, make("a", { href: address(scene, row) }, marked(scene, row.title[mine]))),
    make("p", { class: "by" }, ...by.flatMap((name, at) => [at ? " · " : null, marked(scene, name)])),
    row.newest ? newest(scene, row, first) : null,
    make("p", { class: "note" }, marked(scene, row.says[mine])),
    reasons(scene, hit, row),
    make("p", { class: "note" }, facts(scene, row)),
  );
}

function language(scene: Scene): 0 | 1 {
  return scene.words.language === "en" ? 1 : 0;
}

function address(scene: Scene, row: Row): string {
  return scene.dataset.replace("SLUG", encodeURIComponent(row.slug));
}

function facts(scene: Scene, row: Row): string {
  const { words } = scene;
  const [first, last] = row.period ?? ["", ""];
  const period = first === last ? first : words.say("search.period", { first, last });
  return [period, words.say("search.rows", { n: row.rows })].filter(Boolean).join(" · ");
}

/** What of a dataset a facet names. */
function names(scene: Scene, facet: string, hit: Hit): Both[] {
  const column = scene.columns.find((each) => each.facet === facet);
  const set = column?.sets[column.of[hit.number] ?? -1] ?? [];
  return set.flatMap((place) => {
    const value = column?.values[place];
    return value ? [[value[1], value[2]] as Both] : [];
  });
}

/** Says in which words the dataset matches, where the reader would not see it otherwise. */
function reasons(scene: Scene, hit: Hit, row: Row): HTMLElement | null {
  const fits = (texts: readonly string[]) => texts.some((text) => scene.terms.marks(text, scene.asked).length > 0);
  const of = (part: string, all: readonly (readonly string[])[]) =>
    all
      .filter(fits)
      .slice(0, MOST_REASONS)
      .map((texts) => reason(scene, part, texts));
  const mine = language(scene);
  const values = row.values.map((value) => value[1 + mine]);
  const places = names(scene, "place", hit).filter((place) => !values.includes(place[mine]));
  const told = [
    ...(fits([row.title[mine]]) ? [] : of("title", [row.title])),
    ...of("value", row.values),
    ...of("field", row.fields),
    ...of("keyword", row.keywords),
    ...of("place", places),
  ];
  return told.length ? make("ul", { class: "reasons" }, ...told) : null;
}

/** A reason: the name in the reader's language, and beside it what else has the word: a code, the other language. */
function reason(scene: Scene, part: string, texts: readonly string[]): HTMLLIElement {
  const [other, own] = language(scene) ? [texts.at(-2), texts.at(-1)] : [texts.at(-1), texts.at(-2)];
  const code = texts.length > 2 ? texts[0] : undefined;
  const fits = (text: string | undefined) => text !== undefined && scene.terms.marks(text, scene.asked).length > 0;
  const beside = fits(own) ? [] : [other, code].filter((text) => text !== own && fits(text));
  const shown = [own ?? "", ...beside.map((text) => text ?? "")];
  return make(
    "li",
    {},
    make("span", { class: "part" }, scene.words.say(`search.in.${part}`)),
    " ",
    ...shown.flatMap((text, at) => [at ? " · " : null, marked(scene, text)]),
  );
}

/** A text with the words of the query marked. */
function marked(scene: Scene, whole: string): HTMLElement {
  const text = whole.length > MOST_CHARACTERS ? `${whole.slice(0, MOST_CHARACTERS)}…` : whole;
  const parts: (Node | string)[] = [];
  let done = 0;
  for (const [from, to] of scene.terms.marks(text, scene.asked)) {
    parts.push(seen(text.slice(done, from)), make("mark", {}, seen(text.slice(from, to))));
    done = to;
  }
  return make("bdi", {}, ...parts, seen(text.slice(done)));
}

function newest(scene: Scene, row: Row, first: boolean): HTMLElement {
  const { parts, of, at } = row.newest?.[language(scene)] ?? { parts: [], of: "", at: "" };
  return make(
    "div",
    { class: "newest" },
    make(
      "p",
      { class: "figure" },
      ...parts.flatMap(([figure, counted]) => [seen(figure), make("small", {}, seen(counted)), " "]),
    ),
    first ? course(scene, row) : null,
    make("p", { class: "note" }, seen(of || scene.words.say("search.newest")), " · ", seen(at)),
  );
}

/** The course of the newest figures as a line; where there is no value, there is a gap. */
function course(scene: Scene, row: Row): SVGElement | null {
  const values = row.spark ?? [];
  const known = values.filter((value) => value !== null);
  if (known.length < 2) {
    return null;
  }
  const [low, high] = [Math.min(...known), Math.max(...known)];
  let path = "";
  let pen = "M";
  values.forEach((value, at) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = high === low ? 50 : 100 - ((value - low) / (high - low)) * 100;
    path += `${pen}${((at / (values.length - 1)) * 1000).toFixed(0)} ${y.toFixed(1)}`;
    pen = "L";
  });
  const title = draw("title", {});
  title.textContent = seen(scene.words.say("search.course", { title: row.title[language(scene)] }));
  const line = draw("path", { d: path, class: "search-line" });
  const svg = draw("svg", {
    class: "search-course",
    viewBox: "0 -5 1000 110",
    preserveAspectRatio: "none",
    role: "img",
  });
  svg.append(title, line);
  return svg;
}

function draw(tag: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  return made;
}
