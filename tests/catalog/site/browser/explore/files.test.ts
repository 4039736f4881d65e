import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Sha256, sha256 } from "../../../../../catalog/site/browser/common/sha256.ts";
import type { Cell, Column, Kind } from "../../../../../catalog/site/browser/explore/cells.ts";
import { canonicalCsv, excelCsv, fingerprint, quoted } from "../../../../../catalog/site/browser/explore/csv.ts";
import { bucket } from "../../../../../catalog/site/browser/explore/group.ts";

function column(name: string, kind: Kind): Column {
  return { name, title: name, kind, unit: "", zone: "Asia/Taipei", labels: {} };
}

function text(pieces: Iterable<Uint8Array>): string {
  return Buffer.concat([...pieces]).toString();
}

test("SHA-256 of every length around a block, in one piece and in many", () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(sha256(bytes), expected);
    const digest = new Sha256();
    for (let at = 0; at < length; at += 13) {
      digest.update(bytes.subarray(at, at + 13));
    }
    assert.equal(digest.hex(), expected);
  }
});

test("the CSV is canonical, and the one for Excel holds no formula", () => {
  const columns = [column("a", "string"), column("n", "number")];
  const cells = new Map<string, Cell[]>([
    ["a", ["x,y", 'q"q', "=1+1", "5-9", null]],
    ["n", [1, -0, -2.5, 1e21, null]],
  ]);
  assert.equal(text(canonicalCsv(columns, cells)), 'a,n\n"x,y",1\n"q""q",0\n=1+1,-2.5\n5-9,1e+21\n,\n');
  assert.equal(text(excelCsv(columns, cells)), '\ufeffa,n\r\n"x,y",1\r\n"q""q",0\r\n\'=1+1,-2.5\r\n5-9,1e+21\r\n,\r\n');
  assert.equal(fingerprint(columns, cells), sha256(Buffer.from(text(canonicalCsv(columns, cells)))));
  assert.equal(quoted("a\rb"), '"a\rb"');
});

test("groups of time begin where the zone says", () => {
  const at = Date.parse("2026-12-31T16:30Z");
  const times = column("at", "datetime");
  assert.equal(bucket(at, times, "hour"), "2027-01-01 00:00");
  assert.equal(bucket(at, times, "day"), "2027-01-01");
  assert.equal(bucket(at, times, "month"), "2027-01");
  assert.equal(bucket(at, times, "year"), "2027");
  assert.equal(bucket(20_635, column("day", "date"), "month"), "2026-07");
  assert.equal(bucket(null, times, "day"), null);
});
