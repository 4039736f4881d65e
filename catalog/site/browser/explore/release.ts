// The releases of a dataset as the browser knows them: the newest stands in the page, the others in their documents.
import { pageData } from "../common/page.ts";
import type { Words } from "../common/words.ts";
import type { Column, Kind } from "./cells.ts";
import type { Partition } from "./filters.ts";
import { type FileData, Table } from "./query.ts";
import { ask, bodyOf, type Meter, ReadError } from "./ranges.ts";
import type { TableName } from "./state.ts";

export interface Release {
  n: number;
  version: string;
  created: string;
  /** Of its document. */
  sha256: string;
  /** Where its columns are described. */
  schema: string;
  columns: Column[];
  key: string[];
  files: Record<TableName, FileData[]>;
  /** Where it says from which fetches it was made. */
  provenance: string;
}

/** A table that says what the codes of a column mean. */
export interface Reference {
  column: string;
  /** Relative to the page. */
  file: FileData;
  code: string;
  label: string;
}

/** What the declaration says of the pictures of a dataset. */
export interface Declared {
  position: { longitude: string; latitude: string } | null;
  measure: string | null;
  together: "sum" | "mean" | "max" | "min" | null;
  /** The column that names places. */
  name: string | null;
}

/** What the page says of its dataset. */
export interface Dataset {
  slug: string;
  title: string;
  authors: string;
  publisher: string;
  release: Release;
  /** The newest, as [n, created]. */
  releases: [number, string][];
  /** By UCUM unit, as people write it. */
  units: Record<string, string>;
  zones: Record<string, string>;
  references: Reference[];
  partition: Partition | null;
  views: Declared;
  attribution: string;
}

interface SchemaField {
  name: string;
  title: string;
  type: Kind;
  unit?: string;
  categories?: { value: string; label: string }[];
  translations?: Record<string, { title?: string; categories?: { value: string; label: string }[] }>;
}

interface Resource {
  path: string;
  bytes: number;
  minsheng: { rows: number; partition?: string; footer_bytes?: number };
}

const ZONE = "Asia/Taipei";
const CHANGE = "_change";
const BEFORE = "_before_";

/** Finds and loads releases, each once. */
export class Releases {
  readonly dataset: Dataset;
  readonly meter: Meter;
  private readonly words: Words;
  private readonly loaded = new Map<number, Promise<Release>>();
  private labels: Promise<Map<string, Record<string, string>>> | undefined;

  constructor(words: Words, meter: Meter) {
    this.dataset = pageData<Dataset>("dataset");
    this.words = words;
    this.meter = meter;
  }

  /** Returns a release; null is the newest. */
  async load(n: number | null): Promise<Release> {
    const { release } = this.dataset;
    if (n === null || n === release.n) {
      return release;
    }
    let loading = this.loaded.get(n);
    if (!loading) {
      loading = this.fetched(n);
      this.loaded.set(n, loading);
      loading.catch(() => this.loaded.delete(n));
    }
    return loading;
  }

  /** Returns every release that is not withdrawn, the newest first, as [n, created]. */
  async all(): Promise<[number, string][]> {
    const list = (await this.json("releases.json")) as {
      releases: { n: number; created: string; withdrawn?: number }[];
    };
    const standing = list.releases.filter(({ withdrawn }) => withdrawn === undefined);
    return standing.map((each): [number, string] => [each.n, each.created]).reverse();
  }

  /** Returns a table of a release, or null if it has no such one. */
  async table(release: Release, name: TableName): Promise<Table | null> {
    const files = release.files[name];
    if (files.length === 0) {
      return null;
    }
    const labels = await this.referenceLabels();
    const columns = release.columns.map((column) => ({
      ...column,
      labels: { ...column.labels, ...labels.get(column.name) },
    }));
    const partition = name === "data" ? this.dataset.partition : null;
    if (name === "data") {
      return new Table("", files, columns, release.key, partition, this.meter);
    }
    const shown = name === "changes" ? this.changed(columns, release.key) : this.quarantined();
    return new Table("", files, shown, name === "changes" ? release.key : [], partition, this.meter);
  }

  /** Reads a JSON document of the dataset. */
  async json(path: string): Promise<unknown> {
    const answer = await ask(path, this.meter);
    const body = await bodyOf(answer, path, this.meter);
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    } catch {
      throw new ReadError("damaged", path, answer.status);
    }
  }

  private changed(columns: Column[], key: string[]): Column[] {
    const kinds = ["insert", "update", "delete"];
    const labels = Object.fromEntries(kinds.map((kind) => [kind, this.words.say(`explore.kind_${kind}`)]));
    const keys = columns.filter((column) => key.includes(column.name));
    const others = columns.filter((column) => !key.includes(column.name));
    return [
      plainColumn(CHANGE, this.words.say("explore.kind"), "string", labels),
      ...keys,
      ...others.flatMap((column) => [
        column,
        { ...column, name: BEFORE + column.name, title: this.words.say("explore.before", { title: column.title }) },
      ]),
    ];
  }

  private quarantined(): Column[] {
    const text = ["key", "column", "raw", "rule"];
    const left = { cell: this.words.say("explore.left_cell"), row: this.words.say("explore.left_row") };
    return [
      ...["fetch", "row"].map((name) => plainColumn(name, this.words.say(`explore.out_${name}`), "integer")),
      ...text.map((name) => plainColumn(name, this.words.say(`explore.out_${name}`), "string")),
      plainColumn("left", this.words.say("explore.out_left"), "string", left),
    ];
  }

  private async fetched(n: number): Promise<Release> {
    const path = `datapackage-${n}.json`;
    const document = (await this.json(path)) as {
      created: string;
      version: string;
      resources: Resource[];
      minsheng: { schema: { path: string }; facts: { path: string }[] };
    };
    try {
      const newest = this.dataset.release;
      const schema = document.minsheng.schema.path;
      const described = schema === newest.schema ? newest : this.described(await this.json(schema));
      return {
        n,
        version: document.version,
        created: document.created,
        sha256: "",
        schema,
        columns: described.columns,
        key: described.key,
        files: {
          data: filesOf(document.resources, "data/"),
          changes: filesOf(document.resources, "facts/changes."),
          quarantine: filesOf(document.resources, "facts/quarantine."),
        },
        provenance: document.minsheng.facts.find((fact) => fact.path.startsWith("facts/provenance."))?.path ?? "",
      };
    } catch (error) {
      throw error instanceof ReadError ? error : new ReadError("damaged", path);
    }
  }

  private described(schema: unknown): { columns: Column[]; key: string[] } {
    const { fields, primaryKey } = schema as { fields: SchemaField[]; primaryKey: string[] };
    const language = this.words.language;
    const columns = fields.map((field) => {
      const there = { ...field, ...(field.translations?.[language] ?? {}) };
      return {
        name: field.name,
        title: there.title,
        kind: field.type,
        unit: this.dataset.units[field.unit ?? ""] ?? field.unit ?? "",
        zone: this.dataset.zones[field.name] ?? ZONE,
        labels: Object.fromEntries((there.categories ?? []).map(({ value, label }) => [value, label])),
      };
    });
    return { columns, key: primaryKey };
  }

  /** What codes mean by the reference tables; a table that cannot be read leaves the codes as they are. */
  private referenceLabels(): Promise<Map<string, Record<string, string>>> {
    this.labels ??= Promise.all(
      this.dataset.references.map(async ({ column, file, code, label }) => {
        const named = ["code", "label"].map((name, i) => plainColumn(i ? label : code, name, "string"));
        const table = new Table("", [file], named, [], null, this.meter);
        const rows = await table.page(await table.select([]), 0, file.rows, [code, label]).catch(() => []);
        const labels = Object.fromEntries(rows.map(([value, said]) => [String(value), String(said ?? value)]));
        return [column, labels] as [string, Record<string, string>];
      }),
    ).then((all) => new Map(all));
    return this.labels;
  }
}

function plainColumn(name: string, title: string, kind: Kind, labels: Record<string, string> = {}): Column {
  return { name, title, kind, unit: "", zone: ZONE, labels };
}

function filesOf(resources: Resource[], begin: string): FileData[] {
  return resources
    .filter(({ path }) => path.startsWith(begin) && path.endsWith(".parquet"))
    .map(({ path, bytes, minsheng }) => ({
      path,
      bytes,
      footer: minsheng.footer_bytes ?? 0,
      rows: minsheng.rows,
      partition: minsheng.partition ?? "",
    }));
}
