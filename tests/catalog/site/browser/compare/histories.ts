// For test_compare.py: sums the changes files of histories that lie on the disk, and writes what it finds as JSON.
import { readFileSync } from "node:fs";
import { opened, type Schema, summed } from "../../../../../catalog/site/browser/compare/read.ts";
import { canonical } from "../../../../../catalog/site/browser/explore/cells.ts";
import { Meter } from "../../../../../catalog/site/browser/explore/ranges.ts";

interface History {
  files: string[];
  schema: Schema;
  backwards: boolean;
}

const histories = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as History[];
const found = [];
for (const { files, schema, backwards } of histories) {
  const bodies = files.map((path) => opened(path, new Uint8Array(readFileSync(path)), new Meter()));
  const { key, columns, differences } = await summed(await Promise.all(bodies), schema, schema, backwards);
  found.push(
    differences.map(({ kind, key: cells, before, after }) => [
      kind,
      cells.map((cell, i) => canonical(cell, key[i] as never)),
      before?.map((cell, i) => canonical(cell, columns[i] as never)) ?? null,
      after?.map((cell, i) => canonical(cell, columns[i] as never)) ?? null,
    ]),
  );
}
process.stdout.write(JSON.stringify(found));
