// What goes wrong, told to a reader.
import type { Words } from "../common/words.ts";
import { TooMuch } from "./query.ts";
import { ReadError } from "./ranges.ts";

/** Whether a task was only given up for another. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Says what went wrong, and what a reader can do. */
export function faultText(error: unknown, release: number, words: Words): string {
  if (error instanceof TooMuch) {
    const amount = error.of === "bytes" ? words.size(error.amount) : words.number(error.amount);
    return words.say(`explore.much_${error.of}`, { amount });
  }
  if (error instanceof ReadError) {
    const file = error.file.split("/").at(-1) ?? "";
    return words.say(`explore.fault_${error.fault}`, { n: String(release), file, status: String(error.status) });
  }
  return words.say("explore.fault_other");
}
