import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { shard, Terms } from "../../../../../catalog/site/browser/search/terms.ts";

interface Cases {
  variants: string;
  stop: string[];
  words: [string, string[]][];
  terms: [string, string[]][];
  shards: [string, number, number][];
}

const cases = JSON.parse(readFileSync(new URL("../../search/terms.json", import.meta.url), "utf8")) as Cases;
const terms = new Terms(cases);

test("the terms of a text are those that the index is made of", () => {
  for (const [text, expected] of cases.terms) {
    assert.deepEqual(terms.of(text), new Set(expected), JSON.stringify(text));
  }
});

test("words stand as they are written, and one may stand in the place of another", () => {
  for (const [text, expected] of cases.words) {
    assert.deepEqual(terms.words(text), expected, text);
  }
  assert.equal(terms.begun("vegetable Pri"), "pri");
  assert.equal(terms.begun("price "), null);
  assert.equal(terms.begun("甘藍"), null);
  assert.equal(terms.replaced("PM2.5 ＣＡＢＡＧＥ", new Map([["cabage", "cabbage"]])), "pm2.5 cabbage");
});

test("a term stands in the shard that the index has it in", () => {
  for (const [term, count, expected] of cases.shards) {
    assert.equal(shard(term, count), expected, term);
  }
});

test("a query asks for few pairs, and for nothing that the text does not have", () => {
  assert.deepEqual(terms.asked("空氣品質"), ["空氣", "品質"]);
  assert.deepEqual(terms.asked("臺北市"), ["台北", "北市"]);
  assert.deepEqual(terms.asked("蔥 PM2.5 of"), ["蔥", "pm25"]);
  for (const [text] of cases.terms) {
    const of = terms.of(text);
    assert.ok(
      terms.asked(text).every((term) => of.has(term)),
      JSON.stringify(text),
    );
  }
});

test("marks lie where the words stand in the text as it was written", () => {
  const marked = (text: string, query: string) =>
    terms.marks(text, new Set(terms.asked(query))).map(([from, to]) => text.slice(from, to));
  assert.deepEqual(marked("臺北市空氣品質", "台北"), ["臺北"]);
  assert.deepEqual(marked("細懸浮微粒（ＰＭ２．５）", "pm2.5"), ["ＰＭ２．５"]);
  assert.deepEqual(marked("Cabbages and a cabbage", "CABBAGE"), ["Cabbages", "cabbage"]);
  assert.deepEqual(marked("空氣品質", "空氣品質"), ["空氣品質"]);
  assert.deepEqual(marked("㎏ of fish", "fish kg"), ["㎏", "fish"]);
  assert.deepEqual(marked("𠮷野家", "野家"), ["野家"]);
  assert.deepEqual(marked("nothing", "air"), []);
});
