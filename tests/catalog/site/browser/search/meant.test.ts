import assert from "node:assert/strict";
import { test } from "node:test";
import { begunWith, distance, likely } from "../../../../../catalog/site/browser/search/meant.ts";

const words = { cabbage: 3, cabin: 1, cabbages: 3, carrot: 9, 甘藍: 2, 甘草: 5, 空氣品質: 4, 品質: 7, air: 2, aid: 8 };

test("slips are counted: missed, added, mistaken, swapped", () => {
  const cases: [string, string, number][] = [
    ["cabbage", "cabbage", 0],
    ["cabage", "cabbage", 1],
    ["cabbbage", "cabbage", 1],
    ["cabbege", "cabbage", 1],
    ["acbbage", "cabbage", 1],
    ["cbabgae", "cabbage", 2],
    ["甘籃", "甘藍", 1],
    ["𠮷野", "吉野", 1],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(distance(a, b, 2), expected, a);
    assert.equal(distance(b, a, 2), expected, b);
  }
  assert.equal(distance("air", "water quality", 2), 3, "no further than it matters");
});

test("a word that is begun is one of most datasets, and the shortest of equals", () => {
  assert.deepEqual(begunWith("cab", words), ["cabbage", "cabbages", "cabin"]);
  assert.deepEqual(begunWith("x", words), []);
});

test("a misspelt word is one that differs by few characters; in a short word each character counts", () => {
  assert.deepEqual(likely("cabage", words), ["cabbage"]);
  assert.deepEqual(likely("甘籃", words), ["甘草", "甘藍"]);
  assert.deepEqual(likely("空氣品值", words), ["空氣品質"]);
  assert.deepEqual(likely("ar", words), []);
  assert.deepEqual(likely("cabbage", { cabbage: 1 }), [], "itself is no other");
});
