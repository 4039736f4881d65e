// A published Parquet file (https://parquet.apache.org/docs/file-format/), of which only the columns and row groups that
// are needed are read.
import { decompress } from "fzstd";
import type { FileMetaData, ParquetParsers } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet";
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { Cell } from "./cells.ts";
import { type RangeFile, ReadError, type Span } from "./ranges.ts";

/** Our writer begins a page at this many rows at the latest. */
const ROWS_OF_PAGE = 20_000;
const END_BYTES = 8;

const PARSERS: ParquetParsers = {
  ...DEFAULT_PARSERS,
  dateFromDays: (days: number) => days as unknown as Date,
  timestampFromMilliseconds: (milliseconds: bigint | number) => Number(milliseconds) as unknown as Date,
};

export interface Chunk {
  span: Span;
  /** Of its dictionary. */
  dictionaryBytes: number;
  low: Cell | undefined;
  high: Cell | undefined;
  nulls: number | undefined;
}

export interface Group {
  rows: number;
  chunks: Map<string, Chunk>;
}

/** A Parquet file whose footer was read. */
export class Parquet {
  readonly file: RangeFile;
  readonly groups: Group[];
  readonly rows: number;
  private readonly metadata: FileMetaData;

  private constructor(file: RangeFile, metadata: FileMetaData) {
    this.file = file;
    this.metadata = metadata;
    this.rows = Number(metadata.num_rows);
    this.groups = metadata.row_groups.map((group) => ({
      rows: Number(group.num_rows),
      chunks: new Map(group.columns.map((column) => chunkOf(column, file.url))),
    }));
  }

  /** Reads the footer. */
  static async open(file: RangeFile, footerBytes: number): Promise<Parquet> {
    const [footer = new Uint8Array()] = await file.read([[file.bytes - footerBytes, file.bytes]]);
    const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
    const magic = new TextDecoder().decode(footer.subarray(-4));
    if (magic !== "PAR1" || view.getUint32(footer.length - END_BYTES, true) !== footerBytes - END_BYTES) {
      throw new ReadError("damaged", file.url);
    }
    try {
      return new Parquet(file, parquetMetadata(footer.slice().buffer, { parsers: PARSERS }));
    } catch {
      throw new ReadError("damaged", file.url);
    }
  }

  /** Returns which columns the file has. */
  get names(): string[] {
    return this.metadata.schema.slice(1).map((element) => element.name);
  }

  /** Returns how many bytes these columns of a group have. */
  size(group: Group, names: Iterable<string>): number {
    return [...names].reduce((sum, name) => {
      const span = group.chunks.get(name)?.span;
      return sum + (span ? span[1] - span[0] : 0);
    }, 0);
  }

  /** Reads columns of a group, by name; of a column that the file lacks, nothing but nulls. With `limit`, the first rows. */
  async columns(group: Group, names: string[], limit = group.rows): Promise<Map<string, Cell[]>> {
    const rows = Math.min(limit, group.rows);
    const there = names.filter((name) => group.chunks.has(name));
    const spans = there.map((name) => first(group.chunks.get(name) as Chunk, rows, group.rows));
    const bodies = await this.file.read(spans);
    const read = new Map<string, Cell[]>(names.map((name) => [name, new Array<Cell>(rows).fill(null)]));
    await Promise.all(
      there.map(async (name, i) => {
        const chunk = group.chunks.get(name) as Chunk;
        let cells = this.decoded(name, group, bodies[i] as Uint8Array, rows);
        if (!cells) {
          const [whole = new Uint8Array()] = await this.file.read([chunk.span]);
          cells = this.decoded(name, group, whole, rows);
        }
        if (!cells) {
          throw new ReadError("damaged", this.file.url);
        }
        read.set(name, cells);
      }),
    );
    return read;
  }

  private decoded(name: string, group: Group, body: Uint8Array, rows: number): Cell[] | null {
    const index = this.groups.indexOf(group);
    const meta = this.metadata.row_groups[index]?.columns.find(
      (each) => each.meta_data?.path_in_schema[0] === name,
    )?.meta_data;
    if (!meta) {
      return null;
    }
    const schemaPath = getTreePath(parquetSchema(this.metadata), [name]);
    const element = schemaPath.at(-1)?.element;
    if (!element) {
      return null;
    }
    const decoder = {
      pathInSchema: [name],
      schemaPath,
      element,
      parsers: PARSERS,
      compressors: { ZSTD: unpacked },
      ...meta,
    };
    try {
      // Only as much of the buffer as was read: a page that is not whole must not read on into its neighbour.
      const view = new DataView(body.slice().buffer);
      const selected = { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: group.rows };
      const { data } = readColumn({ view, offset: 0 }, selected, decoder);
      const cells: Cell[] = [];
      for (const page of data) {
        for (let i = 0; i < page.length && cells.length < rows; i++) {
          cells.push(cellOf(page[i]));
        }
      }
      return cells.length === rows ? cells : null;
    } catch {
      return null;
    }
  }
}

function unpacked(input: Uint8Array, length: number): Uint8Array {
  return decompress(input, new Uint8Array(length));
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) {
    return null;
  }
  return typeof value === "bigint" ? Number(value) : (value as Cell);
}

/** The bytes that the first rows of a chunk are likely to need: its dictionary and the pages that begin before them. */
function first(chunk: Chunk, rows: number, all: number): Span {
  const [start, end] = chunk.span;
  const pages = Math.ceil(rows / ROWS_OF_PAGE);
  const share = Math.min(1, (1.1 * pages * ROWS_OF_PAGE) / all);
  const wanted = start + chunk.dictionaryBytes + Math.ceil((end - start - chunk.dictionaryBytes) * share) + 200;
  return [start, Math.min(end, wanted)];
}

function chunkOf(column: FileMetaData["row_groups"][number]["columns"][number], url: string): [string, Chunk] {
  const meta = column.meta_data;
  const name = meta?.path_in_schema[0];
  if (!meta || name === undefined) {
    throw new ReadError("damaged", url);
  }
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const bounds = meta.statistics;
  const low = bounds?.min_value;
  const high = bounds?.max_value;
  return [
    name,
    {
      span: [start, start + Number(meta.total_compressed_size)],
      dictionaryBytes: Number(meta.data_page_offset) - start,
      low: low === undefined ? undefined : cellOf(low),
      high: high === undefined ? undefined : cellOf(high),
      nulls: bounds?.null_count === undefined ? undefined : Number(bounds.null_count),
    },
  ];
}
