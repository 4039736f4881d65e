// What a reader takes away: files, links, a citation that proves itself.
import { element } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import { seen } from "../common/words.ts";
import type { Cell, Column } from "./cells.ts";
import { canonicalCsv, excelCsv, fingerprint } from "./csv.ts";
import type { Dataset, Release } from "./release.ts";
import { sheetRows, workbook } from "./xlsx.ts";

/** What is taken away, and what is said of it. */
export interface Taken {
  columns: Column[];
  cells: Map<string, Cell[]>;
  rows: number;
  /** What it is, in a sentence. */
  said: string;
  /** Its address. */
  link: string;
}

/** Hands a file to the reader. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Returns the name of a file without its end. */
export function fileName(dataset: Dataset, release: Release, what: string): string {
  return `${dataset.slug}_${release.n}${what === "data" ? "" : `_${what}`}`;
}

/** Returns the CSV of a subset: canonical, or for Excel. */
export function csvOf(taken: Taken, excel: boolean): Blob {
  const pieces = excel ? excelCsv(taken.columns, taken.cells) : canonicalCsv(taken.columns, taken.cells);
  return new Blob([...pieces] as BlobPart[], { type: "text/csv;charset=utf-8" });
}

/** Returns the workbook of a subset, with a sheet that explains. */
export function xlsxOf(taken: Taken, dataset: Dataset, release: Release, words: Words): Promise<Blob> {
  const about: (string | number | null)[][] = [
    [words.say("explore.sheet_what"), words.say("explore.sheet_is")],
    [words.say("explore.sheet_dataset"), dataset.title],
    [words.say("explore.sheet_release"), words.say("explore.n", { n: String(release.n), version: release.version })],
    [words.say("explore.sheet_said"), taken.said],
    [words.say("explore.sheet_link"), taken.link],
    [words.say("explore.sheet_terms"), dataset.attribution],
    [null, null],
    ...taken.columns.map((column) => [column.name, column.unit ? `${column.title}（${column.unit}）` : column.title]),
  ];
  return workbook([
    { name: words.say("explore.sheet_data"), rows: sheetRows(taken.columns, taken.cells) },
    { name: words.say("explore.sheet_about"), rows: about },
  ]);
}

/** Returns the citation of a subset of a release, with the fingerprint of its canonical CSV. */
export function citation(taken: Taken, dataset: Dataset, release: Release, words: Words): string {
  const own = dataset.authors === dataset.publisher;
  return words.say(own ? "explore.citation_own" : "explore.citation", {
    authors: seen(dataset.authors),
    publisher: seen(dataset.publisher),
    title: seen(dataset.title),
    year: release.created.slice(0, 4),
    day: words.day(release.created),
    n: String(release.n),
    version: release.version,
    said: taken.said,
    address: taken.link,
    sha256: fingerprint(taken.columns, taken.cells),
  });
}

/** Copies the text of an element; where the reader's browser does not allow it, selects it. */
export async function copy(id: string, words: Words): Promise<void> {
  const text = element(id).textContent ?? "";
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (!copied) {
    getSelection()?.selectAllChildren(element(id));
  }
  element("x-copied").textContent = words.say(copied ? "explore.copied" : "explore.copy_by_hand");
}

/** Where the buttons get what they give: the subset in the order that is shown, or of the key. */
export interface Source {
  dataset: Dataset;
  release: () => Release;
  table: () => string;
  taken: (byKey: boolean) => Promise<Taken>;
  guarded: (task: () => Promise<void>) => Promise<void>;
}

/** Gives the buttons their work. */
export function listenToTakers(source: Source, words: Words): void {
  const { dataset, release, taken } = source;
  const name = (end: string) => `${fileName(dataset, release(), source.table())}${end}`;
  const ways: [string, () => Promise<void>][] = [
    ["x-xlsx", async () => save(await xlsxOf(await taken(false), dataset, release(), words), name(".xlsx"))],
    ["x-csv-bom", async () => save(csvOf(await taken(false), true), name("_excel.csv"))],
    ["x-csv", async () => save(csvOf(await taken(true), false), name(".csv"))],
    [
      "x-cite",
      async () => {
        element("x-citation").textContent = citation(await taken(true), dataset, release(), words);
        element("x-cited").hidden = false;
      },
    ],
  ];
  const status = element("x-taken");
  for (const [id, way] of ways) {
    element(id).addEventListener("click", () => {
      status.textContent = words.say("explore.taking");
      void source.guarded(async () => {
        try {
          await way();
          status.textContent = words.say("explore.taken");
        } catch (error) {
          status.textContent = "";
          throw error;
        }
      });
    });
  }
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    button.addEventListener("click", () => void copy(button.dataset.copy ?? "", words));
  }
}
