import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, Fold } from "../../../../../catalog/site/browser/compare/fold.ts";
import type { Column } from "../../../../../catalog/site/browser/explore/cells.ts";

const KEY: Column[] = [{ name: "site", title: "Site", kind: "string", unit: "", zone: "Asia/Taipei", labels: {} }];

test("what came and went again is no difference", () => {
  const fold = new Fold();
  fold.add("insert", ["a"], [null], [1]);
  fold.add("delete", ["a"], [1], [null]);
  fold.add("delete", ["b"], [1], [null]);
  fold.add("insert", ["b"], [null], [1]);
  fold.add("update", ["c"], [1], [2]);
  fold.add("update", ["c"], [2], [1]);
  assert.deepEqual(fold.differences(KEY), []);
});

test("the first before and the last after stay, in order of the key", () => {
  const fold = new Fold();
  fold.add("insert", ["z"], [null], [1]);
  fold.add("update", ["z"], [1], [3]);
  fold.add("update", ["a"], [1], [2]);
  fold.add("delete", ["a"], [2], [null]);
  fold.add("delete", ["m"], [1], [null]);
  fold.add("insert", ["m"], [null], [9]);
  const found = fold.differences(KEY);
  assert.deepEqual(
    found.map(({ kind, key, before, after }) => [kind, key[0], before, after]),
    [
      ["delete", "a", [1], null],
      ["update", "m", [1], [9]],
      ["insert", "z", null, [3]],
    ],
  );
  assert.deepEqual(counted(found), { insert: 1, update: 1, delete: 1 });
});

test("backwards, what was added is removed", () => {
  const fold = new Fold();
  fold.add("insert", ["a"], [null], [1]);
  fold.add("update", ["b"], [1], [2]);
  assert.deepEqual(
    fold.differences(KEY, true).map(({ kind, before, after }) => [kind, before, after]),
    [
      ["delete", [1], null],
      ["update", [2], [1]],
    ],
  );
});

test("an empty key and a text that looks like another stay apart", () => {
  const fold = new Fold();
  fold.add("insert", [1], [null], [1]);
  fold.add("insert", ["1"], [null], [1]);
  assert.equal(fold.differences(KEY).length, 2);
});
