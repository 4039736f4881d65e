// The texts of the site in the reader's language, as catalog/site/words.py has them: `{name}` is a value, and a text may
// be `{one: ..., other: ...}`, chosen by the value `n`.

export type Text = string | { one: string; other: string };
export type Texts = Record<string, Text>;

// Control and surrogate characters, what turns the direction of the text, and what is no character.
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
    return chosen.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
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
