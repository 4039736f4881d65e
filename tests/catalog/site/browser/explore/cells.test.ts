import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Cell,
  type Column,
  canonical,
  compareCells,
  compareTexts,
  dayNumber,
  type Kind,
  moment,
  parsed,
  plain,
  rounded,
} from "../../../../../catalog/site/browser/explore/cells.ts";

function column(kind: Kind, zone = "Asia/Taipei"): Column {
  return { name: "c", title: "c", kind, unit: "", zone, labels: {} };
}

test("cells as the canonical CSV has them", () => {
  const cases: [Cell, Kind, string][] = [
    [null, "string", ""],
    ["a,b", "string", "a,b"],
    [34, "number", "34"],
    [-0, "number", "0"],
    [0.1, "number", "0.1"],
    [1e21, "number", "1e+21"],
    [1e-7, "number", "1e-7"],
    [123456789012, "integer", "123456789012"],
    [true, "boolean", "true"],
    [20_635, "date", "2026-07-01"],
    [-1, "date", "1969-12-31"],
    [Date.parse("2026-07-01T00:00Z"), "datetime", "2026-07-01T08:00:00+08:00"],
  ];
  for (const [cell, kind, text] of cases) {
    assert.equal(canonical(cell, column(kind)), text);
  }
});

test("times in the zone of their column, also where it changed its clock", () => {
  const at = Date.parse("2026-07-01T00:00Z");
  assert.equal(canonical(at, column("datetime", "UTC")), "2026-07-01T00:00:00+00:00");
  assert.equal(canonical(at, column("datetime", "America/New_York")), "2026-06-30T20:00:00-04:00");
  assert.equal(canonical(at, column("datetime", "Asia/Kathmandu")), "2026-07-01T05:45:00+05:45");
  assert.equal(canonical(Date.parse("1979-08-01T00:00Z"), column("datetime")), "1979-08-01T09:00:00+09:00");
});

test("what is written in a form is read again", () => {
  for (const zone of ["Asia/Taipei", "UTC", "America/New_York"]) {
    for (const said of ["2026-07-01T08:30", "2026-03-08T03:30", "2026-11-01T05:00"]) {
      const of = column("datetime", zone);
      assert.equal(plain(parsed(said, of), of), said);
    }
  }
  assert.equal(parsed("1,234.5", column("number")), 1234.5);
  assert.equal(parsed("2026-07-01", column("date")), dayNumber("2026-07-01"));
  assert.equal(moment("2026-07-01", "Asia/Taipei"), Date.parse("2026-06-30T16:00Z"));
  for (const wrong of ["x", "", " ", "2026-13-01"]) {
    assert.equal(parsed(wrong, column("date")), null);
  }
});

test("texts in the order of their bytes, as UTF-8 has them", () => {
  const texts = ["", "5-9", "a", "a\u0000", "ab", "é", "臺", "\uff01", "\u{1f600}", "\u{20000}"];
  const bytes = (text: string) => Buffer.from(text);
  const sorted = [...texts].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  assert.deepEqual([...texts].reverse().sort(compareTexts), sorted);
});

test("no value comes last", () => {
  assert.deepEqual([3, null, 1, 2].sort(compareCells), [1, 2, 3, null]);
});

test("what was reckoned is shown with as many digits as people read", () => {
  assert.deepEqual([15.6607142857, 12345.678, 0.0123456, -1.5].map(rounded), [15.66, 12346, 0.01235, -1.5]);
});
