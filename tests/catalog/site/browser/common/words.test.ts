import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, seen, Words } from "../../../../../catalog/site/browser/common/words.ts";

const words = new Words("en", {
  rows: { one: "{n} row of {of}", other: "{n} rows of {of}" },
  plain: "a {b} {c}",
  sum: "{sha256}",
});

test("numbers choose one or many, and are grouped", () => {
  assert.equal(words.say("rows", { n: 1, of: 3 }), "1 row of 3");
  assert.equal(words.say("rows", { n: 1234567, of: "x" }), "1,234,567 rows of x");
});

test("values are not looked through again", () => {
  assert.equal(words.say("plain", { b: "{c}", c: "$&" }), "a {c} $&");
  assert.equal(words.say("sum", { sha256: "x" }), "x");
});

test("a text or a value that is not there is an error", () => {
  assert.throws(() => words.say("nothing"), /no text nothing/);
  assert.throws(() => words.say("plain", { b: "x" }), /needs the value c/);
});

test("numbers as people read them", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [-1234.5, "−1,234.5"],
    [1234567.8901, "1,234,567.8901"],
    [1e21, "1e+21"],
  ];
  for (const [value, shown] of cases) {
    assert.equal(grouped(value), shown);
  }
});

test("what a reader would not see is marked", () => {
  assert.equal(seen("a\u202eb\u0000c\ud800d"), "a\ufffdb\ufffdc\ufffdd");
  assert.equal(seen("民生 👩‍👩‍👧"), "民生 👩‍👩‍👧");
});
