// Text -> the terms by which it is found: catalog/site/search/terms.py in TypeScript. Both are tested by the cases of
// tests/catalog/site/search/terms.json; the tables come with the head of the index.

export interface Tables {
  /** Pairs: a way to write a character, and the one that stands for it. */
  variants: string;
  /** Words that say nothing of a text. */
  stop: string[];
}

/** A term, and where in the text it stands. */
export interface Token {
  term: string;
  start: number;
  end: number;
}

const HAN =
  "\\u3005\\u3007\\u3040-\\u30ff\\u3100-\\u312f\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const LETTERS = "0-9a-z\\u00df-\\u00f6\\u00f8-\\u024f\\u0370-\\u03ff\\u0400-\\u04ff";
const RUN = new RegExp(`[${HAN}]+|[${LETTERS}]+(?:(?<=[0-9])[._](?=[0-9])[${LETTERS}]+)*`, "gu");
const IS_HAN = new RegExp(`^[${HAN}]`, "u");

/** Makes terms by the tables of an index. */
export class Terms {
  readonly #stands: Map<string, string>;
  readonly #stop: Set<string>;

  constructor(tables: Tables) {
    const signs = [...tables.variants];
    this.#stands = new Map(signs.flatMap((sign, at) => (at % 2 ? [] : [[sign, signs[at + 1] ?? sign]])));
    this.#stop = new Set(tables.stop);
  }

  /** Returns a text in the form in which texts are compared. */
  fold(text: string): string {
    return [...text.normalize("NFKC").toLowerCase()].map((sign) => this.#stands.get(sign) ?? sign).join("");
  }

  /** Returns the terms of a text: of Chinese each two neighbours and each character alone, of the rest each word. */
  of(text: string): Set<string> {
    return new Set(this.#tokens(this.fold(text)).map(({ term }) => term));
  }

  /** Returns the terms that a query asks for: of Chinese as few pairs as hold every character. */
  asked(query: string): string[] {
    const asked = new Set<string>();
    for (const [run] of this.fold(query).matchAll(RUN)) {
      const signs = [...run];
      if (!IS_HAN.test(run)) {
        this.#word(run, asked);
      } else if (signs.length === 1) {
        asked.add(run);
      } else {
        for (let at = 0; at < signs.length; at += 2) {
          const from = Math.min(at, signs.length - 2);
          asked.add(signs.slice(from, from + 2).join(""));
        }
      }
    }
    return [...asked];
  }

  /** Returns the words of a text as they are written, folded; of Chinese what stands between other signs. */
  words(text: string): string[] {
    return [...this.fold(text).matchAll(RUN)].map(([run]) => plain(run)).filter((word) => !this.#stop.has(word));
  }

  /** Returns the word at the very end of a query, of which more letters may come; null where there is none. */
  begun(query: string): string | null {
    const folded = this.fold(query);
    const run = [...folded.matchAll(RUN)].at(-1)?.[0] ?? "";
    return run && folded.endsWith(run) && !IS_HAN.test(run) ? plain(run) : null;
  }

  /** Returns a text, folded, with other words in the place of some. */
  replaced(text: string, others: ReadonlyMap<string, string>): string {
    return this.fold(text).replaceAll(RUN, (run) => others.get(plain(run)) ?? run);
  }

  /** Returns the stretches of a text that hold one of some terms: from and to, in order, none touching another. */
  marks(text: string, terms: ReadonlySet<string>): [number, number][] {
    const { folded, starts, ends } = this.#mapped(text);
    const marks: [number, number][] = [];
    const found = this.#tokens(folded).filter(({ term }) => terms.has(term));
    for (const { start, end } of found.sort((a, b) => a.start - b.start)) {
      const [from, to] = [starts[start] ?? 0, ends[end - 1] ?? text.length];
      const last = marks.at(-1);
      if (last && from <= last[1]) {
        last[1] = Math.max(last[1], to);
      } else {
        marks.push([from, to]);
      }
    }
    return marks;
  }

  #word(run: string, into: Set<string>): void {
    if (!this.#stop.has(run)) {
      into.add(stem(plain(run)));
    }
  }

  #tokens(folded: string): Token[] {
    const tokens: Token[] = [];
    for (const match of folded.matchAll(RUN)) {
      const [run] = match;
      if (IS_HAN.test(run)) {
        let start = match.index;
        let before = "";
        for (const sign of run) {
          const end = start + sign.length;
          tokens.push({ term: sign, start, end });
          if (before) {
            tokens.push({ term: before + sign, start: start - before.length, end });
          }
          [before, start] = [sign, end];
        }
      } else if (!this.#stop.has(run)) {
        const term = stem(plain(run));
        tokens.push({ term, start: match.index, end: match.index + run.length });
      }
    }
    return tokens;
  }

  /** Folds sign by sign, and says for each unit of the folded text where in the text it comes from. */
  #mapped(text: string): { folded: string; starts: number[]; ends: number[] } {
    let folded = "";
    const [starts, ends]: [number[], number[]] = [[], []];
    for (const match of text.matchAll(/[\s\S]\p{M}*/gu)) {
      const part = this.fold(match[0]);
      folded += part;
      for (let unit = 0; unit < part.length; unit += 1) {
        starts.push(match.index);
        ends.push(match.index + match[0].length);
      }
    }
    return { folded, starts, ends };
  }
}

/** A word without the signs that join it: 2.5, 2_5 and 25 are one. */
function plain(run: string): string {
  return run.replace(/[._]/g, "");
}

/** Returns an English word without its plural, -ing, -ed and last e; any other word as it is. */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) {
    return word;
  }
  const stemmed = withoutEnding(singular(word));
  return stemmed.length > 3 && stemmed.endsWith("e") ? stemmed.slice(0, -1) : stemmed;
}

function singular(word: string): string {
  if (word.endsWith("ies")) {
    return word.length > 4 ? `${word.slice(0, -3)}y` : word;
  }
  if (/(?:s|x|z|ch|sh)es$/.test(word)) {
    return word.slice(0, -2);
  }
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

function withoutEnding(word: string): string {
  const rest = word.replace(/(?:ing|ed)$/, "");
  if (rest === word || rest.length < 3 || !/[aeiouy]/.test(rest)) {
    return word;
  }
  return /([^aeioulsz])\1$/.test(rest) ? rest.slice(0, -1) : rest;
}

/** Returns in which of some shards a term stands: its FNV-1a hash of 32 bits over UTF-8. */
export function shard(term: string, count: number): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(term)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value % count;
}
