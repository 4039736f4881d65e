import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column, Kind } from "../../../../../catalog/site/browser/explore/cells.ts";
import {
  type Filter,
  folded,
  mayPass,
  periodBounds,
  periodMayPass,
  tester,
} from "../../../../../catalog/site/browser/explore/filters.ts";
import { firstState, place, read, written } from "../../../../../catalog/site/browser/explore/state.ts";

function column(name: string, kind: Kind, labels: Record<string, string> = {}): Column {
  return { name, title: name, kind, unit: "", zone: "Asia/Taipei", labels };
}

const COLUMNS = [column("at", "datetime"), column("place", "string", { t: "臺北市" }), column("level", "number")];

test("a view is in its address, whatever the texts hold", () => {
  const filters: Filter[] = [
    { kind: "between", column: "at", low: Date.parse("2026-07-01T00:00Z"), high: null },
    { kind: "in", column: "place", values: ["a&b=c#", "臺北", "", null] },
    { kind: "between", column: "level", low: -1.5, high: 1e21 },
  ];
  const state = {
    ...firstState(),
    release: 3,
    view: "summary" as const,
    filters,
    columns: ["level"],
    sort: { column: "level", descending: true },
    page: 7,
    by: [{ column: "at", step: "hour" as const }],
    measure: { reckoning: "max" as const, column: "level" },
  };
  assert.deepEqual(read(written(state, COLUMNS), COLUMNS), state);
  assert.deepEqual(place(written(state, COLUMNS)), { release: 3, table: "data" });
  assert.deepEqual(read(written(state, COLUMNS, null), COLUMNS), { ...state, release: null });
});

test("an address of nonsense is the first view", () => {
  const said = "#release=-1&table=x&view=y&page=0&sort=z&columns=z&by=z&measure=sum:place&is.z=1&from.level=x&shown=z";
  assert.deepEqual(read(said, COLUMNS), firstState());
  assert.equal(written(firstState(), COLUMNS), "");
});

test("text is found in values and in what they mean, 台 as 臺", () => {
  const has = (text: string) => tester({ kind: "has", column: "place", text }, COLUMNS[1] as Column);
  assert.equal(has("台北")("t"), true);
  assert.equal(has("Ａ")("xay"), true);
  assert.equal(has("b")(null), false);
  assert.equal(folded("台ＡＢ"), "臺ab");
});

test("pieces that cannot have an answer are not read", () => {
  const is = (...values: (string | null)[]): Filter => ({ kind: "in", column: "place", values });
  const bounds = { low: "b", high: "d", nulls: 0 };
  assert.equal(mayPass(is("a"), bounds), false);
  assert.equal(mayPass(is("a", "c"), bounds), true);
  assert.equal(mayPass(is(null), bounds), false);
  assert.equal(mayPass(is(null), { ...bounds, nulls: undefined }), true);
  assert.equal(mayPass(is("a"), { low: undefined, high: undefined, nulls: 9 }), true);
  const between: Filter = { kind: "between", column: "level", low: 5, high: null };
  assert.equal(mayPass(between, { low: 1, high: 5, nulls: 0 }), true);
  assert.equal(mayPass(between, { low: 1, high: 4.9, nulls: 0 }), false);
});

test("periods begin and end where the zone says", () => {
  const at = COLUMNS[0] as Column;
  assert.deepEqual(periodBounds("2026-12", at), {
    low: Date.parse("2026-11-30T16:00Z"),
    high: Date.parse("2026-12-31T16:00Z") - 1,
    nulls: 0,
  });
  assert.deepEqual(periodBounds("2026", column("day", "date")), { low: 20_454, high: 20_818, nulls: 0 });
  assert.equal(periodBounds("all", at), null);
  const from: Filter = { kind: "between", column: "at", low: Date.parse("2026-12-31T16:00Z"), high: null };
  const partition = { field: "at", grain: "month" };
  assert.equal(periodMayPass([from], "2026-12", partition, at), false);
  assert.equal(periodMayPass([from], "2027-01", partition, at), true);
  assert.equal(periodMayPass([from], "all", null, at), true);
});
