// Reads pieces of a published file over HTTP, and tells what went wrong in a way that a person can be told.
import { sha256 } from "../common/sha256.ts";

/** Up to this many bytes a file is read at once: one request, and its name proves it. */
export const WHOLE_BYTES = 100_000;
const GAP_BYTES = 16_384;
const RUN_BYTES = 4_000_000;
/** Of one file, what is kept to be read again. */
const KEPT_BYTES = 64_000_000;

export type Fault = "gone" | "network" | "damaged" | "refused";

/** A file could not be read. */
export class ReadError extends Error {
  readonly fault: Fault;
  readonly file: string;
  /** Of the answer; 0 for none. */
  readonly status: number;

  constructor(fault: Fault, file: string, status = 0) {
    super(`${file}: ${fault} ${status || ""}`);
    this.fault = fault;
    this.file = file;
    this.status = status;
  }
}

/** What reading has cost so far. */
export class Meter {
  requests = 0;
  bytes = 0;
}

export type Span = [start: number, end: number];

/** Asks for an address; what is no success becomes a `ReadError`. */
export async function ask(url: string, meter: Meter, init: RequestInit = {}): Promise<Response> {
  meter.requests += 1;
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, referrerPolicy: "no-referrer" });
  } catch {
    throw new ReadError("network", url);
  }
  if (answer.status === 404 || answer.status === 403 || answer.status === 410) {
    throw new ReadError("gone", url, answer.status);
  }
  if (!answer.ok) {
    throw new ReadError("refused", url, answer.status);
  }
  return answer;
}

/** Reads the body of an answer; one that breaks off is a fault of the network. */
export async function bodyOf(answer: Response, url: string, meter: Meter): Promise<Uint8Array> {
  try {
    const body = new Uint8Array(await answer.arrayBuffer());
    meter.bytes += body.length;
    return body;
  } catch {
    throw new ReadError("network", url, answer.status);
  }
}

/** A file of known length, read by spans; what was read is kept. */
export class RangeFile {
  readonly url: string;
  readonly bytes: number;
  private readonly meter: Meter;
  private readonly kept: { span: Span; body: Promise<Uint8Array> }[] = [];

  constructor(url: string, bytes: number, meter: Meter) {
    this.url = url;
    this.bytes = bytes;
    this.meter = meter;
  }

  /** Reads spans, those that lie near each other with one request. */
  async read(spans: Span[]): Promise<Uint8Array[]> {
    if (this.bytes <= WHOLE_BYTES && spans.length > 0) {
      this.hold([0, this.bytes]);
    }
    const wanted = spans.filter((span) => !this.keptFor(span)).sort((a, b) => a[0] - b[0]);
    for (const run of runs(wanted)) {
      this.hold(run);
    }
    return Promise.all(spans.map((span) => this.piece(span)));
  }

  private keptFor([start, end]: Span) {
    return this.kept.find(({ span }) => span[0] <= start && end <= span[1]);
  }

  private hold(span: Span): void {
    if (this.keptFor(span)) {
      return;
    }
    const body = this.fetched(span);
    const held = { span, body };
    this.kept.push(held);
    for (let bytes = this.keptBytes(); bytes > KEPT_BYTES && this.kept.length > 1; bytes = this.keptBytes()) {
      this.kept.shift();
    }
    body.catch(() => {
      this.kept.splice(this.kept.indexOf(held), 1); // to be asked again
    });
  }

  private keptBytes(): number {
    return this.kept.reduce((sum, { span }) => sum + span[1] - span[0], 0);
  }

  private async piece(span: Span): Promise<Uint8Array> {
    const held = this.keptFor(span);
    if (!held) {
      throw new ReadError("damaged", this.url);
    }
    const body = await held.body;
    return body.subarray(span[0] - held.span[0], span[1] - held.span[0]);
  }

  private async fetched([start, end]: Span): Promise<Uint8Array> {
    const whole = start === 0 && end === this.bytes;
    const headers: Record<string, string> = whole ? {} : { Range: `bytes=${start}-${end - 1}` };
    const answer = await ask(this.url, this.meter, { headers });
    const body = await bodyOf(answer, this.url, this.meter);
    if (answer.status === 200) {
      this.proveWhole(body);
      return body.subarray(start, end);
    }
    const total = answer.headers.get("Content-Range")?.split("/")[1];
    if (body.length !== end - start || (total !== undefined && total !== String(this.bytes))) {
      throw new ReadError("damaged", this.url, answer.status);
    }
    return body;
  }

  /** The name of a published file holds the beginning of the hash of its bytes. */
  private proveWhole(body: Uint8Array): void {
    const named = this.url.match(/\.([0-9a-f]{16})\.[a-z]+$/)?.[1];
    if (body.length !== this.bytes || (named && !sha256(body).startsWith(named))) {
      throw new ReadError("damaged", this.url, 200);
    }
  }
}

function runs(sorted: Span[]): Span[] {
  const joined: Span[] = [];
  for (const [start, end] of sorted) {
    const last = joined.at(-1);
    if (last && start <= last[1] + GAP_BYTES && Math.max(end, last[1]) - last[0] <= RUN_BYTES) {
      last[1] = Math.max(last[1], end);
    } else {
      joined.push([start, end]);
    }
  }
  return joined;
}
