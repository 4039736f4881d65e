// Differences as a reader sees them: keys in words, values with labels, before and after.
import { make } from "../common/page.ts";
import { grouped, seen, type Words } from "../common/words.ts";
import { type Cell, type Column, canonical, isQuantity, wallClock } from "../explore/cells.ts";
import type { Difference } from "./fold.ts";
import type { Compared } from "./read.ts";

const ROWS_AT_FIRST = 20;
const ROWS_MORE = 500;
const MOST_CELLS = 8;
const MOST_CHARACTERS = 300;

/** By column, the column of the same row that names its codes. */
export type Beside = Record<string, string>;

/** Writes values and rows in the language of the page. */
export class Shown {
  private readonly words: Words;
  private readonly compared: Compared;
  private readonly beside: Beside;

  constructor(words: Words, compared: Compared, beside: Beside) {
    this.words = words;
    this.compared = compared;
    this.beside = beside;
  }

  /** Returns the table of some differences of one kind, with a button for more of them. */
  table(differences: Difference[], caption: string): HTMLElement {
    const same = this.sameKeys(differences);
    const body = make("tbody");
    const corrected = differences[0]?.kind === "update";
    const one = this.onlyColumn(differences);
    const said = (name: string) => this.words.say(`comparepage.${name}`);
    const heads = corrected
      ? [said("which"), ...(one ? [] : [said("column")]), said("before"), said("after")]
      : [said("which"), one ? this.head(one) : said("said")];
    const numbers = corrected ? 2 : one ? 1 : 0;
    const head = heads.map((text, i) =>
      make("th", { scope: "col", class: i >= heads.length - numbers && "number" }, make("bdi", {}, text)),
    );
    const table = make(
      "table",
      { class: "cells" },
      make(
        "caption",
        {},
        corrected && one ? `${caption}${this.words.say("comparepage.of", { column: this.head(one) })}` : caption,
      ),
      make("thead", {}, make("tr", {}, ...head)),
      body,
    );
    const more = make("button", { type: "button", class: "button" });
    const last = make("p", {}, more);
    let count = 0;
    const add = (rows: number) => {
      const next = differences.slice(count, count + rows);
      body.append(
        ...next.flatMap((each) => (corrected ? this.correction(each, same, one) : this.whole(each, same, one))),
      );
      count += next.length;
      const left = differences.length - count;
      last.hidden = left === 0;
      more.textContent = this.words.say("comparepage.more", { n: Math.min(left, ROWS_MORE), left });
    };
    more.addEventListener("click", () => add(ROWS_MORE));
    add(ROWS_AT_FIRST);
    const scroll = make("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": caption }, table);
    return make("div", {}, this.said(differences, same), scroll, last);
  }

  private said(differences: Difference[], same: Set<number>): Node {
    const first = differences[0];
    const parts = first ? this.keyParts(first, (i) => same.has(i)) : [];
    const text = this.words.say("comparepage.same", { parts: parts.join(" · ") });
    return make("p", { class: "note", hidden: parts.length === 0 }, text);
  }

  /** The places in the key where all have the same value; none if there is nothing else to tell them apart. */
  private sameKeys(differences: Difference[]): Set<number> {
    const first = differences[0]?.key ?? [];
    const same = first.flatMap((cell, i) => (differences.every(({ key }) => key[i] === cell) ? [i] : []));
    return new Set(differences.length > 1 && same.length < first.length ? same : []);
  }

  /** The only column in which any of them says something, or was corrected; null if there are several. */
  private onlyColumn(differences: Difference[]): Column | null {
    const names = new Set(Object.values(this.beside));
    const there = this.compared.columns.filter((column, i) =>
      differences.some(({ kind, before, after }) =>
        kind === "update"
          ? before?.[i] !== after?.[i]
          : !names.has(column.name) && ((after ?? before)?.[i] ?? null) !== null,
      ),
    );
    return there.length === 1 ? (there[0] ?? null) : null;
  }

  private correction(difference: Difference, same: Set<number>, one: Column | null): HTMLElement[] {
    const { columns } = this.compared;
    const moved = columns.flatMap((column, i) => {
      const [before, after] = [difference.before?.[i] ?? null, difference.after?.[i] ?? null];
      return before === after ? [] : [{ column, before, after }];
    });
    return moved.map(({ column, before, after }, at) =>
      make(
        "tr",
        {},
        at === 0 ? this.name(difference, same) : make("td"),
        one ? null : make("td", {}, make("bdi", {}, this.head(column))),
        make("td", { class: "number before" }, make("bdi", {}, this.value(before, column))),
        make(
          "td",
          { class: "number after" },
          make("bdi", {}, this.value(after, column)),
          this.by(before, after, column),
        ),
      ),
    );
  }

  private whole(difference: Difference, same: Set<number>, one: Column | null): HTMLElement[] {
    const cells = difference.after ?? difference.before ?? [];
    if (one) {
      const value = this.value(cells[this.compared.columns.indexOf(one)] ?? null, one);
      const cell = make("td", { class: "number" }, make("bdi", {}, value));
      return [make("tr", {}, this.name(difference, same), cell)];
    }
    const names = new Set(Object.values(this.beside));
    const all = this.compared.columns.flatMap((column, i) => {
      const cell = cells[i] ?? null;
      return cell === null || names.has(column.name) ? [] : [{ column, cell }];
    });
    const said = all
      .slice(0, MOST_CELLS)
      .flatMap(({ column, cell }) => [
        make("span", { class: "said" }, make("bdi", {}, `${this.head(column)} ${this.value(cell, column)}`)),
        " ",
      ]);
    const left = all.length - MOST_CELLS;
    const more = left > 0 && this.words.say("comparepage.more_cells", { n: left });
    return [make("tr", {}, this.name(difference, same), make("td", { class: "before" }, ...said, more))];
  }

  private name(difference: Difference, same: Set<number>): HTMLElement {
    const parts = this.keyParts(difference, (i) => !same.has(i));
    const nodes = parts.flatMap((part, i) => [i > 0 && make("span", { class: "dot" }, " · "), make("bdi", {}, part)]);
    return make("th", { scope: "row" }, ...nodes);
  }

  private keyParts(difference: Difference, wanted: (place: number) => boolean): string[] {
    const { key, columns } = this.compared;
    return key.flatMap((column, i) => {
      if (!wanted(i)) {
        return [];
      }
      const beside = columns.findIndex(({ name }) => name === this.beside[column.name]);
      const name = (difference.after ?? difference.before)?.[beside] ?? null;
      return [typeof name === "string" ? cut(name) : this.value(difference.key[i] ?? null, column)];
    });
  }

  private head(column: Column): string {
    const { title, unit } = column;
    return cut(unit ? this.words.say("comparepage.with_unit", { title, unit }) : title);
  }

  private value(cell: Cell, column: Column): string {
    if (cell === null) {
      return this.words.say("comparepage.no_value");
    }
    const label = column.labels[String(cell)];
    if (label !== undefined) {
      return cut(label);
    }
    if (typeof cell === "boolean") {
      return this.words.say(cell ? "comparepage.true" : "comparepage.false");
    }
    if (typeof cell === "number" && column.kind === "datetime") {
      return wallClock(cell, column.zone).replace("T", " ").replace(/:00$/, "");
    }
    if (typeof cell === "number" && isQuantity(column)) {
      return column.unit ? grouped(cell) : String(cell).replace("-", "−");
    }
    return cut(canonical(cell, column));
  }

  private by(before: Cell, after: Cell, column: Column): Node | false {
    if (typeof before !== "number" || typeof after !== "number" || !isQuantity(column)) {
      return false;
    }
    // As many decimals as the numbers have: 0.3 less 0.1 is 0.2.
    const decimals = Math.max(...[before, after].map((value) => String(value).split(".")[1]?.length ?? 0));
    const less = after - before;
    const text = grouped(Number(less.toFixed(Math.min(decimals, 12))));
    return make("span", { class: "by" }, ` ${less > 0 ? "+" : ""}${text}`);
  }
}

function cut(text: string): string {
  const whole = seen(text);
  return whole.length <= MOST_CHARACTERS ? whole : `${whole.slice(0, MOST_CHARACTERS)}…`;
}
