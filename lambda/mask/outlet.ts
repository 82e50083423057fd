// Holds the undecided end of a stream, applies masks and releases the rest.
import type { Bytes } from "../model/http.ts";
import type { MaskCount } from "../model/record.ts";
import type { Span } from "./span.ts";
import type { Window } from "./view.ts";

const asterisk = 0x2a;
/** What stands before an undecided byte and may still be needed to judge it. */
const leftContext = 96;

/** Memory that all streams of one masker use in turn; nothing in it outlives one call. */
export interface Scratch {
  bytes: Uint8Array;
}

/** Bytes that take the place of others, at a stream offset. */
export interface Patch {
  readonly at: number;
  readonly bytes: Bytes;
}

export class Outlet {
  readonly window: Window = { bytes: new Uint8Array(0), end: 0, base: 0, isFinal: false };
  readonly #scratch: Scratch;
  readonly #counts = new Map<string, number>();
  #carry: Bytes = new Uint8Array(0);
  #carryBase = 0;
  #released = 0;
  #spans: Span[] = [];
  #patches: Patch[] = [];
  #countedTo = 0;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  get released(): number {
    return this.#released;
  }

  addSpan(span: Span): void {
    this.#spans.push(span);
  }

  addPatch(patch: Patch): void {
    this.#patches.push(patch);
  }

  /** Lays the held bytes and the chunk side by side. */
  open(chunk: Bytes, isFinal: boolean): Window {
    const end = this.#carry.length + chunk.length;
    if (this.#scratch.bytes.length < end) this.#scratch.bytes = new Uint8Array(end * 2);
    this.#scratch.bytes.set(this.#carry);
    this.#scratch.bytes.set(chunk, this.#carry.length);
    this.window.bytes = this.#scratch.bytes;
    this.window.end = end;
    this.window.base = this.#carryBase;
    this.window.isFinal = isFinal;
    return this.window;
  }

  /** Releases what stands before `safe`; a view of the chunk when nothing in it was touched or held. */
  release(chunk: Bytes, safe: number): Bytes {
    const { bytes, base, end } = this.window;
    const from = this.#released;
    const to = Math.max(from, safe);
    const chunkStart = base + this.#carry.length;
    const isTouched = this.#spans.length > 0 || this.#patches.length > 0;
    let out: Bytes;
    if (from === chunkStart && !isTouched) {
      out = chunk.subarray(0, to - chunkStart);
    } else {
      out = bytes.slice(from - base, to - base);
      if (isTouched) this.#apply(out, from, to);
    }
    this.#released = to;
    const keepFrom = Math.max(base, to - leftContext);
    this.#carry = bytes.slice(keepFrom - base, end);
    this.#carryBase = keepFrom;
    return out;
  }

  /** The stretches of the last released bytes that were masked are counted once, whatever found them. */
  counts(): readonly MaskCount[] {
    return [...this.#counts].map(([kind, count]) => ({ kind, count }));
  }

  addCounts(counts: readonly MaskCount[]): void {
    for (const { kind, count } of counts) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }

  #apply(out: Bytes, from: number, to: number): void {
    this.#spans.sort((a, b) => a.start - b.start || b.to - a.to);
    for (const span of this.#spans) {
      overlay(out, from, span.from, span.to - span.from, span.fill);
      if (span.start >= from && span.start < to) this.#count(span);
    }
    for (const patch of this.#patches) overlay(out, from, patch.at, patch.bytes.length, patch.bytes);
    this.#spans = this.#spans.filter((span) => span.to > to || span.start >= to);
    this.#patches = this.#patches.filter((patch) => patch.at + patch.bytes.length > to);
  }

  #count(span: Span): void {
    if (!span.isNew || span.to <= this.#countedTo) return;
    this.#countedTo = span.to;
    this.addCounts([{ kind: span.kind, count: 1 }]);
  }
}

function overlay(out: Bytes, outStart: number, at: number, length: number, fill?: Bytes): void {
  const first = Math.max(at, outStart);
  const last = Math.min(at + length, outStart + out.length);
  if (first >= last) return;
  if (fill === undefined) out.fill(asterisk, first - outStart, last - outStart);
  else out.set(fill.subarray(first - at, last - at), first - outStart);
}
