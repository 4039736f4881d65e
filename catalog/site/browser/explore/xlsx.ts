// A small workbook (ECMA-376): texts are texts, so that `5-9` stays no date and `007` keeps its zeros; numbers are numbers;
// days and times are texts too, in the form of the CSV. Nothing in it is a formula.
import { type Cell, type Column, canonical } from "./cells.ts";

const CELL_CHARACTERS = 32_767;
const PIECE = 4_000;

export interface Sheet {
  name: string;
  /** The first row is the header. */
  rows: Iterable<(string | number | null)[]>;
}

/** Gives the rows of a sheet of data, with the names of the columns first. */
export function* sheetRows(columns: Column[], cells: Map<string, Cell[]>): Generator<(string | number | null)[]> {
  yield columns.map((column) => column.name);
  const all = columns.map((column) => cells.get(column.name) ?? []);
  for (let row = 0; row < (all[0]?.length ?? 0); row++) {
    yield columns.map((column, i) => {
      const cell = all[i]?.[row] ?? null;
      const isNumber = typeof cell === "number" && (column.kind === "integer" || column.kind === "number");
      return isNumber ? cell : cell === null ? null : canonical(cell, column);
    });
  }
}

/** Returns a workbook of some sheets. */
export async function workbook(sheets: Sheet[]): Promise<Blob> {
  const names = sheets.map((_, i) => `xl/worksheets/sheet${i + 1}.xml`);
  const parts: [string, Iterable<string>][] = [
    ["[Content_Types].xml", [contentTypes(names)]],
    ["_rels/.rels", [relations([["officeDocument", "xl/workbook.xml"]])]],
    ["xl/workbook.xml", [workbookXml(sheets)]],
    ["xl/_rels/workbook.xml.rels", [relations(names.map((_, i) => ["worksheet", `worksheets/sheet${i + 1}.xml`]))]],
    ...sheets.map((sheet, i): [string, Iterable<string>] => [names[i] as string, sheetXml(sheet.rows)]),
  ];
  return zipped(parts);
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml";

function contentTypes(sheets: string[]): string {
  const overrides = sheets.map((name) => `<Override PartName="/${name}" ContentType="${TYPE}.worksheet+xml"/>`);
  return (
    `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ` +
    `ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ` +
    `ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/>` +
    `${overrides.join("")}</Types>`
  );
}

function relations(targets: string[][]): string {
  const all = targets.map(
    ([type, target], i) => `<Relationship Id="r${i + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${all.join("")}</Relationships>`;
}

function workbookXml(sheets: Sheet[]): string {
  const all = sheets.map((sheet, i) => `<sheet name="${escaped(sheet.name)}" sheetId="${i + 1}" r:id="r${i + 1}"/>`);
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${all.join("")}</sheets></workbook>`;
}

function* sheetXml(rows: Iterable<(string | number | null)[]>): Generator<string> {
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`;
  let piece: string[] = [];
  for (const row of rows) {
    piece.push(`<row>${row.map(cellXml).join("")}</row>`);
    if (piece.length === PIECE) {
      yield piece.join("");
      piece = [];
    }
  }
  yield `${piece.join("")}</sheetData></worksheet>`;
}

function cellXml(cell: string | number | null): string {
  if (cell === null || cell === "") {
    return "<c/>";
  }
  return typeof cell === "number"
    ? `<c><v>${cell === 0 ? 0 : cell}</v></c>`
    : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(cell.slice(0, CELL_CHARACTERS))}</t></is></c>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes a text for XML; what XML cannot hold becomes a visible mark, and `_x000D_` stays what it says. */
function escaped(text: string): string {
  return text
    .replace(/_x[0-9A-Fa-f]{4}_/g, "_x005F$&")
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? "")
    .replaceAll("\r", "&#13;");
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

/** Returns a ZIP file (APPNOTE 6.3.10), deflated, without clock: the same parts give the same names and sizes. */
async function zipped(parts: [string, Iterable<string>][]): Promise<Blob> {
  const blobs: BlobPart[] = [];
  const central: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const [name, pieces] of parts) {
    const { body, crc, size } = await deflated(pieces);
    const local = header(0x04034b50, name, crc, body.size, size);
    blobs.push(local, body);
    central.push(header(0x02014b50, name, crc, body.size, size, at));
    at += local.length + body.size;
  }
  const bytes = central.reduce((sum, each) => sum + each.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, parts.length, true);
  end.setUint16(10, parts.length, true);
  end.setUint32(12, bytes, true);
  end.setUint32(16, at, true);
  return new Blob([...blobs, ...central, end.buffer], { type: `${TYPE}.sheet` });
}

async function deflated(pieces: Iterable<string>): Promise<{ body: Blob; crc: number; size: number }> {
  const encoder = new TextEncoder();
  let crc = -1;
  let size = 0;
  const source = new ReadableStream<BufferSource>({
    start() {},
    pull(controller) {
      const next = iterator.next();
      if (next.done) {
        controller.close();
        return;
      }
      const bytes = encoder.encode(next.value);
      for (const byte of bytes) {
        crc = (crc >>> 8) ^ (CRC[(crc ^ byte) & 0xff] ?? 0);
      }
      size += bytes.length;
      controller.enqueue(bytes);
    },
  });
  const iterator = pieces[Symbol.iterator]();
  const body = await new Response(source.pipeThrough(new CompressionStream("deflate-raw"))).blob();
  return { body, crc: (crc ^ -1) >>> 0, size };
}

/** A local header, or with `at` the entry of the central directory. */
function header(magic: number, name: string, crc: number, packed: number, size: number, at?: number) {
  const central = at !== undefined;
  const length = central ? 46 : 30;
  const bytes = new Uint8Array(length + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  const from = central ? 2 : 0;
  view.setUint16(4, 20, true);
  view.setUint16(4 + from, 20, true);
  view.setUint16(8 + from, 8, true); // deflate
  view.setUint16(12 + from, 0x21, true); // the first day that the format knows
  view.setUint32(14 + from, crc, true);
  view.setUint32(18 + from, packed, true);
  view.setUint32(22 + from, size, true);
  view.setUint16(26 + from, name.length, true);
  if (central) {
    view.setUint32(42, at, true);
  }
  bytes.set(new TextEncoder().encode(name), length);
  return bytes;
}
