// What a detector reads: the bytes as they are, or with spelled characters decoded and a map back.
import type { Bytes } from "../model/http.ts";
import type { ByteClass } from "./alphabets.ts";
import { beginsEscape, notSpelled, spelledAt, unfinished } from "./spelling.ts";

/** The input ends here. */
export const atEnd = -1;
/** The input may go on here, in the next chunk. */
export const more = -2;

/** The part of a stream that is in memory. `base` is the stream offset of `bytes[0]`. */
export interface Window {
  bytes: Bytes;
  end: number;
  base: number;
  isFinal: boolean;
}

/** What one scan remembers, in stream offsets, so that no byte is read again and again. */
export interface Memo {
  /** Bytes looked at by detectors: work must grow with the input and no faster. */
  steps: number;
  readonly runs: Map<ByteClass, { from: number; to: number }>;
  readonly jwt: { checked: number; isHeader: boolean; dot: number; tries: number };
}

export function emptyMemo(): Memo {
  return { steps: 0, runs: new Map(), jwt: { checked: -1, isHeader: false, dot: -1, tries: 0 } };
}

export interface View {
  readonly memo: Memo;
  /** The byte at `i`, or `atEnd`, or `more`. */
  at(i: number): number;
  /** Index of the first byte from `from` on that is not in the class, at most `limit`; or `more`. */
  run(members: ByteClass, from: number, limit: number): number;
  /** Index in the window of the byte that `i` was read from. */
  raw(i: number): number;
  /** The same as a stream offset. */
  offset(i: number): number;
  /** Says that a spelled character was met, so that the candidate is read again, decoded. */
  noteSpelling(i: number): void;
}

export class RawView implements View {
  readonly memo: Memo;
  window: Window;
  /** A run ended at a spelled character that would have continued it. */
  isSpelled = false;

  constructor(window: Window, memo: Memo) {
    this.window = window;
    this.memo = memo;
  }

  startReading(isSpelled: boolean): void {
    this.isSpelled = isSpelled;
  }

  at(i: number): number {
    if (i < this.window.end) return this.window.bytes[i] ?? atEnd;
    return this.window.isFinal ? atEnd : more;
  }

  run(members: ByteClass, from: number, limit: number): number {
    const { bytes, end, base, isFinal } = this.window;
    const known = this.memo.runs.get(members);
    const isKnown = known !== undefined && known.from <= base + from && base + from <= known.to;
    let i = isKnown ? known.to - base : from;
    const start = i;
    const stop = Math.min(limit, end);
    while (i < stop && members[bytes[i] ?? 0] === 1) i++;
    this.memo.steps += i - start + 1;
    this.memo.runs.set(members, { from: isKnown ? known.from : base + from, to: base + i });
    if (i >= limit) return limit;
    if (i >= end) return isFinal ? end : more;
    if (!beginsEscape(bytes[i] ?? 0)) return i;
    const spelled = spelledAt(bytes, i, end, isFinal);
    if (spelled === unfinished) return more;
    if (spelled !== notSpelled && members[spelled & 0xff] === 1) this.isSpelled = true;
    return i;
  }

  raw(i: number): number {
    return i;
  }

  offset(i: number): number {
    return this.window.base + i;
  }

  noteSpelling(i: number): void {
    const byte = this.at(i);
    if (byte >= 0 && beginsEscape(byte)) this.isSpelled = true;
  }
}

/** No candidate needs more decoded characters than this. */
const decodedLimit = 20_000;

/** Decodes as far as it is asked. Index 0 is the candidate's first character. */
export class SpelledView implements View {
  readonly memo: Memo;
  readonly #window: Window;
  readonly #decoded: number[] = [];
  readonly #origin: number[] = [];
  #next: number;

  constructor(window: Window, memo: Memo, start: number) {
    this.#window = window;
    this.memo = memo;
    this.#next = start;
  }

  at(i: number): number {
    while (this.#decoded.length <= i) {
      const state = this.#decodeOne();
      if (state < 0) return state;
    }
    return this.#decoded[i] ?? atEnd;
  }

  run(members: ByteClass, from: number, limit: number): number {
    for (let i = from; i < limit; i++) {
      const byte = this.at(i);
      if (byte === more) return more;
      if (byte === atEnd || members[byte] === 0) return i;
    }
    return limit;
  }

  raw(i: number): number {
    return this.#origin[i] ?? this.#next;
  }

  offset(i: number): number {
    return this.#window.base + this.raw(i);
  }

  noteSpelling(): void {
    // Already decoded.
  }

  #decodeOne(): number {
    const { bytes, end, isFinal } = this.#window;
    if (this.#decoded.length >= decodedLimit) return atEnd;
    if (this.#next >= end) return isFinal ? atEnd : more;
    const byte = bytes[this.#next] ?? 0;
    const spelled = beginsEscape(byte) ? spelledAt(bytes, this.#next, end, isFinal) : notSpelled;
    if (spelled === unfinished) return more;
    this.#origin.push(this.#next);
    this.#decoded.push(spelled === notSpelled ? byte : spelled & 0xff);
    this.#next += spelled === notSpelled ? 1 : spelled >> 8;
    this.memo.steps++;
    return 0;
  }
}
