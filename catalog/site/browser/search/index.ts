// The index of the search, as catalog/site/search/index.py writes it: files that are read as a query needs them.
import { begunWith, likely, type Vocabulary } from "./meant.ts";
import { shard, type Tables, Terms } from "./terms.ts";

/** Requests of a query: shards of its words first, what is left for rows of results. */
const REQUESTS = 6;
/** Files of rows that a query may read however many words it has. */
const LEAST_FOR_ROWS = 2;
const SHOWN = 10;
const MOST_TERMS = 12;
/** Misspelt words of a query for which others are looked for. */
const MOST_MISSING = 2;
/** What a word is worth in each part of a dataset, as PARTS orders them. */
const WORTH = [12, 6, 6, 4, 5, 5, 6, 1];
/** A table that explains codes has every name that there is; who searches a name wants what is said of it. */
const WORTH_OF_REFERENCE = 0.5;

interface Head extends Tables {
  datasets: number;
  shards: number;
  word_shards: number;
  block: number;
}

/** In Chinese and in English. */
export type Both = [string, string];

export interface Row {
  slug: string;
  title: Both;
  says: Both;
  keywords: Both[];
  /** Name and title of each column. */
  fields: [string, string, string][];
  /** Codes and names of places and categories. */
  values: [string, string, string][];
  release: number;
  rows: number;
  created: string;
  period?: [string, string];
  spark?: (number | null)[];
  newest?: [Newest, Newest];
}

export interface Newest {
  /** Figures, and what each counts or is measured in. */
  parts: [string, string][];
  /** What is measured. */
  of: string;
  at: string;
}

/** A facet: its values, the sets of values that occur, and of each dataset which set; -1 is no dataset. */
export interface Column {
  facet: string;
  values: [string, string, string][];
  sets: number[][];
  of: number[];
}

/** A dataset that was found, and the parts of it in which a word stands, a bit each. */
export interface Hit {
  number: number;
  score: number;
  parts: number;
}

export interface Found {
  hits: Hit[];
  terms: Set<string>;
  /** Whether the hits have but some of the words. */
  some: boolean;
  /** Words of the query that no dataset has. */
  missing: string[];
}

/** By its number, the parts of each dataset that has a word. */
type Posting = ReadonlyMap<number, number>;

export type Chosen = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the files of an index, each once. */
export class Index {
  readonly #base: string;
  readonly #head: Head;
  readonly #read = new Map<string, Promise<unknown>>();
  readonly terms: Terms;
  #asked = 0;

  private constructor(base: string, head: Head) {
    this.#base = base;
    this.#head = head;
    this.terms = new Terms(head);
  }

  /** Opens the index whose head is at an address. */
  static async open(address: string): Promise<Index> {
    return new Index(address.slice(0, address.lastIndexOf("/") + 1), (await read(address)) as Head);
  }

  /** Returns the facets of all datasets. */
  columns(): Promise<Column[]> {
    return this.#file("columns.json.gz");
  }

  /** Returns the datasets that have the words of a query, the best first; all where it has no word. */
  async find(query: string): Promise<Found> {
    this.#asked = 0;
    const terms = this.terms.asked(query).slice(0, MOST_TERMS);
    const [columns, postings] = await Promise.all([this.columns(), this.#postings(terms)]);
    if (!terms.length) {
      const numbers = columns[0]?.of.flatMap((set, number) => (set < 0 || query.trim() ? [] : [number])) ?? [];
      const hits = numbers.map((number) => ({ number, score: 0, parts: 0 }));
      return { hits, terms: new Set(), some: false, missing: [] };
    }
    const meant = await this.#complete(query, postings);
    const isReference = are(columns, "kind", "reference");
    const missing = this.terms
      .words(query)
      .filter((word) => this.terms.asked(word).some((term) => !postings.get(term)?.size));
    return { ...best([...postings.values()], isReference), terms: new Set([...terms, ...meant]), missing };
  }

  /** Returns queries that a reader may have meant, for words that no dataset has. */
  async suggestions(query: string, missing: readonly string[]): Promise<string[]> {
    const words = missing.slice(0, MOST_MISSING);
    const found = await Promise.all(
      words.map(async (word) => likely(word, await this.#words([...word].at(0), [...word].at(-1)))),
    );
    const firsts = new Map(words.flatMap((word, at) => (found[at]?.[0] ? [[word, found[at][0]] as const] : [])));
    const others = words.length === 1 ? (found[0] ?? []).map((other) => new Map([[words[0] ?? "", other]])) : [firsts];
    return others.filter((each) => each.size).map((each) => this.terms.replaced(query, each));
  }

  /** Where the last word of a query finds nothing, takes the words that begin with it; returns their terms. */
  async #complete(query: string, postings: Map<string, Posting>): Promise<string[]> {
    const begun = this.terms.begun(query);
    const [term] = begun ? this.terms.asked(begun) : [];
    if (!begun || !term || postings.get(term)?.size !== 0) {
      return [];
    }
    const words = begunWith(begun, await this.#words(begun[0]));
    const terms = [...new Set(words.flatMap((word) => this.terms.asked(word)))];
    postings.set(term, union([...(await this.#postings(terms)).values()]));
    return terms;
  }

  /** Reads the words that begin or end with a character. */
  async #words(...signs: (string | undefined)[]): Promise<Vocabulary> {
    const count = this.#head.word_shards;
    const places = new Set(signs.map((sign) => shard(sign ?? "", count)));
    const files = [...places].map((place) => this.#file<Vocabulary>(`words-${count}-${place}.json.gz`));
    return Object.assign({}, ...(await Promise.all(files)));
  }

  /** Returns the rows of the next hits: at most ten, and not more than a few requests bring; none of one that went. */
  async rows(hits: readonly Hit[]): Promise<(Row | undefined)[]> {
    const allowed = Math.max(LEAST_FOR_ROWS, REQUESTS - this.#asked);
    this.#asked = 0;
    const blocks = new Map<number, string>();
    const shown: Hit[] = [];
    let unread = 0;
    for (const hit of hits.slice(0, SHOWN)) {
      const block = Math.floor(hit.number / this.#head.block);
      const name = `rows-${block}.json.gz`;
      unread += blocks.has(block) || this.#read.has(name) ? 0 : 1;
      if (unread > allowed) {
        break;
      }
      blocks.set(block, name);
      shown.push(hit);
    }
    const names = [...blocks.values()];
    const files = await Promise.all(names.map((name) => this.#file<Record<string, Row>>(name)));
    const rows: Record<string, Row> = Object.assign({}, ...files);
    return shown.map(({ number }) => rows[number]);
  }

  async #postings(terms: readonly string[]): Promise<Map<string, Posting>> {
    const { shards } = this.#head;
    const places = new Set(terms.map((term) => shard(term, shards)));
    const names = [...places].map((place) => `terms-${shards}-${place}.json.gz`);
    const files = await Promise.all(names.map((name) => this.#file<Record<string, number[]>>(name)));
    return new Map(terms.map((term) => [term, posting(files.flatMap((each) => each[term] ?? []))]));
  }

  #file<T>(name: string): Promise<T> {
    let file = this.#read.get(name);
    if (!file) {
      this.#asked += 1;
      file = read(this.#base + name);
      file.catch(() => this.#read.delete(name));
      this.#read.set(name, file);
    }
    return file as Promise<T>;
  }
}

/** Returns which sets of a facet have one of some values. */
function setsWith({ sets, values }: Column, codes: ReadonlySet<string>): boolean[] {
  return sets.map((set) => set.some((place) => codes.has(values[place]?.[0] ?? "")));
}

/** Returns a test of datasets: whether they have a value of a facet. */
function are(columns: readonly Column[], facet: string, code: string): (number: number) => boolean {
  const column = columns.find((each) => each.facet === facet);
  const fits = column ? setsWith(column, new Set([code])) : [];
  return (number) => fits[column?.of[number] ?? -1] ?? false;
}

/** Unpacks [step, parts, step, parts, ...]: how many numbers to go on, and in which parts. */
function posting(flat: readonly number[]): Posting {
  const found = new Map<number, number>();
  let number = 0;
  for (let at = 0; at < flat.length; at += 2) {
    number += flat[at] ?? 0;
    found.set(number, flat[at + 1] ?? 0);
  }
  return found;
}

function union(postings: readonly Posting[]): Posting {
  const all = new Map<number, number>();
  for (const [number, parts] of postings.flatMap((each) => [...each])) {
    all.set(number, (all.get(number) ?? 0) | parts);
  }
  return all;
}

function best(postings: readonly Posting[], isReference: (number: number) => boolean): Pick<Found, "hits" | "some"> {
  const hits = new Map<number, Hit & { count: number }>();
  for (const [number, parts] of postings.flatMap((each) => [...each])) {
    const hit = hits.get(number) ?? { number, score: 0, parts: 0, count: 0 };
    hits.set(number, hit);
    hit.score += WORTH.reduce((most, worth, bit) => (parts & (1 << bit) ? Math.max(most, worth) : most), 0);
    hit.parts |= parts;
    hit.count += 1;
  }
  const found = [...hits.values()];
  const most = found.reduce((before, { count }) => Math.max(before, count), 0);
  const kept = found.filter(({ count }) => count === most);
  for (const hit of kept) {
    hit.score *= isReference(hit.number) ? WORTH_OF_REFERENCE : 1;
  }
  // Neighbours have their rows in one file, so of equals the first are read with the fewest requests.
  kept.sort((a, b) => b.score - a.score || a.number - b.number);
  return { hits: kept, some: most > 0 && most < postings.length };
}

/** Returns the hits that are all that was chosen: of each facet one of the chosen values. */
export function narrowed(hits: readonly Hit[], columns: readonly Column[], chosen: Chosen, but?: string): Hit[] {
  const tests = columns.flatMap((column) => {
    const codes = chosen.get(column.facet);
    if (column.facet === but || !codes?.size) {
      return [];
    }
    const fits = setsWith(column, codes);
    return [(number: number) => fits[column.of[number] ?? -1] ?? false];
  });
  return hits.filter(({ number }) => tests.every((test) => test(number)));
}

/** Returns how many hits have each value of a facet, those of other facets chosen. */
export function counted(hits: readonly Hit[], columns: readonly Column[], chosen: Chosen, column: Column): number[] {
  const counts = column.values.map(() => 0);
  const ofSet = column.sets.map(() => 0);
  for (const { number } of narrowed(hits, columns, chosen, column.facet)) {
    const set = column.of[number] ?? -1;
    ofSet[set] = (ofSet[set] ?? 0) + 1;
  }
  column.sets.forEach((set, at) => {
    for (const place of set) {
      counts[place] = (counts[place] ?? 0) + (ofSet[at] ?? 0);
    }
  });
  return counts;
}

/** Reads a JSON file. One that is compressed may come as it is stored, or unpacked by its host. */
async function read(address: string): Promise<unknown> {
  const answer = await fetch(address);
  if (!answer.ok) {
    throw new Error(`${address} answered ${answer.status}`);
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    return JSON.parse(new TextDecoder().decode(bytes));
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
