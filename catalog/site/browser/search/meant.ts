// Which word a reader may have meant: one that begins as what was typed, or one that differs by a slip or two.

/** Words as they are written, with the number of datasets that have each. */
export type Vocabulary = Readonly<Record<string, number>>;

const MOST_BEGUN = 3;
const MOST_LIKELY = 3;
const HAN = /^\p{Script=Han}/u;

/** Returns the words that begin as one does, those of most datasets first, then the shortest. */
export function begunWith(word: string, words: Vocabulary): string[] {
  const fits = Object.keys(words).filter((each) => each.startsWith(word));
  return fits.sort((a, b) => common(words, a, b) || a.length - b.length).slice(0, MOST_BEGUN);
}

/** Returns the words that one may be a slip of, the nearest first, then those of most datasets. */
export function likely(word: string, words: Vocabulary): string[] {
  const most = slips(word);
  const near = Object.keys(words).flatMap((each) => {
    const away = distance(word, each, most);
    return away > 0 && away <= most ? [{ each, away }] : [];
  });
  near.sort((a, b) => a.away - b.away || common(words, a.each, b.each));
  return near.slice(0, MOST_LIKELY).map(({ each }) => each);
}

function common(words: Vocabulary, a: string, b: string): number {
  return (words[b] ?? 0) - (words[a] ?? 0);
}

/** How many slips a word may hold: a Chinese character is worth more than a letter. */
function slips(word: string): number {
  const { length } = word;
  return HAN.test(word) ? (length > 4 ? 2 : 1) : length > 6 ? 2 : length > 2 ? 1 : 0;
}

/** Returns how many characters were missed, added, mistaken or swapped with the next; more than `most` as `most + 1`. */
export function distance(a: string, b: string, most: number): number {
  const [from, to] = [[...a], [...b]];
  if (Math.abs(from.length - to.length) > most) {
    return most + 1;
  }
  let before: number[] = [];
  let last = to.map((_, at) => at);
  last.push(to.length);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    if (Math.min(...row) > most) {
      return most + 1;
    }
    [before, last] = [last, row];
  }
  return Math.min(last[to.length] ?? 0, most + 1);
}
