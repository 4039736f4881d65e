// The texts of the site in the reader's language, as catalog/site/words.py has them: `{name}` is a value, and a text may
// be `{one: ..., other: ...}`, chosen by the value `n`.

export type Text = string | { one: string; other: string };
export type Texts = Record<string, Text>;

// Control and surrogate characters, what turns the direction of the text, and what is no character.
const TAIPEI = 8 * 3_600_000;
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\p{Noncharacter_Code_Point}]/gu;

/** Returns a text with a visible mark for each character that would be unseen, or would turn the text around it. */
export function seen(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

/** The texts of one language. */
export class Words {
  readonly language: string;
  readonly texts: Texts;

  constructor(language: string, texts: Texts) {
    this.language = language;
    this.texts = texts;
  }

  /** Returns a text with its values put in; numbers are grouped. It is plain text: put it into a text node. */
  say(key: string, values: Record<string, string | number> = {}): string {
    const text = this.texts[key];
    if (text === undefined) {
      throw new Error(`there is no text ${key}`);
    }
    const chosen = typeof text === "string" ? text : values.n === 1 ? text.one : text.other;
    return chosen.replace(/\{([a-z_0-9]+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) {
        throw new Error(`the text ${key} needs the value ${name}`);
      }
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** Returns whether there is such a text. */
  has(key: string): boolean {
    return key in this.texts;
  }

  /** Returns parts joined as in a sentence. */
  listed(parts: string[]): string {
    const last = parts.at(-1) ?? "";
    const first = parts.slice(0, -1).join(this.say("list.between"));
    return parts.length > 1 ? this.say("list.last", { first, last }) : last;
  }

  /** Returns the day of a moment in Taipei, as the pages write it. */
  day(iso: string): string {
    const [year = "", month = "", day = ""] = new Date(Date.parse(iso) + TAIPEI).toISOString().slice(0, 10).split("-");
    return this.say("time.day", { year, month: this.say(`month.${Number(month)}`), day: String(Number(day)) });
  }

  /** Returns day and time of a moment in Taipei, for a table. */
  stamp(iso: string): string {
    return new Date(Date.parse(iso) + TAIPEI).toISOString().slice(0, 16).replace("T", " ");
  }

  /** Returns a count of bytes in decimal units, with three digits at most. */
  size(count: number): string {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let value = count;
    let step = 0;
    while (value >= 999.5 && step < units.length - 1) {
      value /= 1000;
      step += 1;
    }
    return `${value.toFixed(step === 0 || value >= 99.5 ? 0 : 1)}\u00a0${units[step]}`;
  }

  /** Returns a number with groups of three digits, all its decimals and a minus sign. */
  number(value: number): string {
    return grouped(value);
  }
}

/** Returns a number as people read it: groups of three digits, as many decimals as it has, and a real minus. */
export function grouped(value: number): string {
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) {
    return text;
  }
  const [whole = "", decimals] = text.replace("-", "").split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0 ? "−" : ""}${groups}${decimals ? `.${decimals}` : ""}`;
}
