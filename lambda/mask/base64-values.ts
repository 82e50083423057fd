// Opens base64 string values in JSON (GitHub's file contents): decodes, scans, rewrites only the groups it touched.
import type { Bytes } from "../model/http.ts";
import { alphabets, hexValue } from "./alphabets.ts";
import type { LiteralIndex } from "./literals.ts";
import { Outlet, type Patch, type Scratch } from "./outlet.ts";
import { Scanner } from "./scanner.ts";
import type { Span } from "./span.ts";
import type { Window } from "./view.ts";

const members = alphabets.base64;
/** Shorter values hold no secret. */
const shortestValue = 24;
const sample = 8;

/** A stretch of base64 characters without a line break. */
interface Line {
  readonly character: number;
  readonly at: number;
  readonly length: number;
}

/** One value being read: its decoded bytes run through a scanner of their own. */
class Value {
  readonly outlet: Outlet;
  readonly #scanner: Scanner;
  readonly #patch: (patch: Patch) => void;
  #touched: Span[] = [];
  #lines: Line[] = [];
  #characters = 0;
  #rest = "";
  /** Stream offset from which the value has not been read yet. */
  next: number;

  constructor(at: number, index: LiteralIndex, scratch: Scratch, patch: (patch: Patch) => void) {
    this.next = at;
    this.#patch = patch;
    this.outlet = new Outlet(scratch);
    this.#scanner = new Scanner(index, this.outlet.window, (span) => {
      this.outlet.addSpan(span);
      this.#touched.push(span);
    });
  }

  /** Reads on in the window. Returns whether the value goes on behind it. */
  read(window: Window): boolean {
    const { bytes, base, end, isFinal } = window;
    const parts: string[] = [this.#rest];
    let i = this.next - base;
    let goesOn = true;
    while (i < end) {
      const start = i;
      while (i < end && members[bytes[i] ?? 0] === 1) i++;
      if (i > start) parts.push(this.#take(bytes, start, i, base));
      if (i >= end) break;
      const lineBreak = breakAt(bytes, i, end);
      if (lineBreak === "unfinished" && !isFinal) break;
      if (typeof lineBreak === "string") {
        goesOn = false;
        break;
      }
      i += lineBreak;
    }
    this.next = base + i;
    goesOn &&= !isFinal;
    const text = parts.length === 1 ? (parts[0] ?? "") : parts.join("");
    const whole = goesOn ? text.length - (text.length % 4) : text.length;
    this.#rest = text.slice(whole);
    this.#scan(Buffer.from(text.slice(0, whole), "base64"), !goesOn);
    return goesOn;
  }

  /** Stream offset of the first character whose group is not decided. */
  undecided(): number {
    const character = Math.floor(this.outlet.released / 3) * 4;
    while (this.#lines.length > 1 && (this.#lines[1]?.character ?? Infinity) <= character)
      this.#lines.shift();
    const line = this.#lines[0];
    if (line === undefined || character >= line.character + line.length) return this.next;
    return line.at + (character - line.character);
  }

  #take(bytes: Bytes, from: number, to: number, base: number): string {
    const last = this.#lines.at(-1);
    if (last !== undefined && last.at + last.length === base + from) {
      this.#lines[this.#lines.length - 1] = { ...last, length: last.length + to - from };
    } else {
      this.#lines.push({ character: this.#characters, at: base + from, length: to - from });
    }
    this.#characters += to - from;
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
  }

  #scan(decoded: Bytes, isFinal: boolean): void {
    const window = this.outlet.open(decoded, isFinal);
    const before = this.outlet.released;
    const safe = Math.max(before, this.#scanner.advance(window));
    // Groups are rewritten whole.
    const released = this.outlet.release(decoded, isFinal ? safe : safe - (safe % 3));
    const after = this.outlet.released;
    for (const span of this.#touched) this.#rewrite(span, released, before, after);
    this.#touched = this.#touched.filter((span) => span.to > after);
  }

  #rewrite(span: Span, released: Bytes, before: number, after: number): void {
    const from = Math.max(span.from, before);
    const to = Math.min(span.to, after);
    if (from >= to) return;
    const first = from - (from % 3);
    const last = Math.min(after, to + ((3 - (to % 3)) % 3));
    const group = Buffer.from(released.subarray(first - before, last - before));
    const characters = Buffer.from(group.toString("base64").replace(/=+$/, ""));
    const character = (first / 3) * 4;
    for (const line of this.#lines) {
      const start = Math.max(line.character, character);
      const stop = Math.min(line.character + line.length, character + characters.length);
      if (start >= stop) continue;
      const piece = characters.subarray(start - character, stop - character);
      this.#patch({ at: line.at + start - line.character, bytes: piece });
    }
  }
}

/** Watches a JSON stream for base64 values. */
export class Base64Values {
  readonly #index: LiteralIndex;
  readonly #scratch: Scratch;
  readonly #outlet: Outlet;
  #at = 0;
  #lastEnd = 0;
  #value: Value | undefined;

  constructor(index: LiteralIndex, scratch: Scratch, outlet: Outlet) {
    this.#index = index;
    this.#scratch = scratch;
    this.#outlet = outlet;
  }

  /** Reads what is new in the window. Bytes before the returned stream offset are decided. */
  advance(window: Window): number {
    const { bytes, base, end, isFinal } = window;
    for (;;) {
      if (this.#value !== undefined) {
        const value = this.#value;
        if (value.read(window)) return Math.min(value.undecided(), base + end);
        this.#outlet.addCounts(value.outlet.counts());
        this.#at = value.next;
        this.#lastEnd = value.next;
        this.#value = undefined;
      }
      const start = this.#find(window);
      if (start < 0) break;
      this.#value = new Value(base + start, this.#index, this.#scratch, (patch) => {
        this.#outlet.addPatch(patch);
      });
    }
    return base + (isFinal ? end : tail(bytes, end));
  }

  /** The start of the next long run that stands directly behind a quote, or -1. */
  #find(window: Window): number {
    const { bytes, base, end } = window;
    let i = Math.max(1, this.#at - base);
    const last = end - sample;
    while (i < last) {
      if (members[bytes[i] ?? 0] === 0 || members[bytes[i + sample] ?? 0] === 0) {
        i += sample;
        continue;
      }
      let start = i;
      while (start > 1 && i - start < sample && members[bytes[start - 1] ?? 0] === 1) start--;
      const stop = runEnd(bytes, i, end);
      const isValue = bytes[start - 1] === 0x22 && base + start > this.#lastEnd;
      if (isValue && stop === end && stop - start < shortestValue && !window.isFinal) break;
      if (isValue && stop - start >= shortestValue && !isDigest(bytes, start, stop, end)) return start;
      i = stop < end ? stop : end;
    }
    // The run at the very end is looked at again when it has grown.
    const rest = tail(bytes, end);
    this.#at = Math.max(this.#at, base + Math.min(i, rest) - 1);
    return -1;
  }
}

function runEnd(bytes: Bytes, from: number, end: number): number {
  let i = from;
  while (i < end && members[bytes[i] ?? 0] === 1) i++;
  return i;
}

/** Where a run begins that ends the window, stands behind a quote and is still short. */
function tail(bytes: Bytes, end: number): number {
  let i = end;
  while (i > 0 && end - i < shortestValue && members[bytes[i - 1] ?? 0] === 1) i--;
  return end - i < shortestValue && i > 0 && bytes[i - 1] === 0x22 ? i : end;
}

/** SHA-1 and SHA-256 in hex are base64 too, and there are many of them in GitHub's answers. */
function isDigest(bytes: Bytes, start: number, stop: number, end: number): boolean {
  if ((stop - start !== 40 && stop - start !== 64) || stop >= end || bytes[stop] !== 0x22) return false;
  for (let i = start; i < stop; i++) if ((hexValue[bytes[i] ?? 0] ?? -1) < 0) return false;
  return true;
}

/** The length of a line break at `i`: `\n`, `\r\n`, also with the doubled backslashes of JSON inside JSON. */
function breakAt(bytes: Bytes, i: number, end: number): number | "none" | "unfinished" {
  if (bytes[i] === 0x0a || bytes[i] === 0x0d) return 1;
  if (bytes[i] !== 0x5c) return "none";
  let letter = i + 1;
  while (letter < end && letter - i < 8 && bytes[letter] === 0x5c) letter++;
  if (letter >= end) return "unfinished";
  return bytes[letter] === 0x6e || bytes[letter] === 0x72 ? letter + 1 - i : "none";
}
