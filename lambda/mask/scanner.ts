// Reads a stream window by window, finds secrets, and says up to where the bytes can be let go.
import type { Match, Reading } from "./detector.ts";
import { escapeOnly, longestLiteral, type Entry, type LiteralIndex } from "./literals.ts";
import { spansOf, swallowOf, type Span } from "./span.ts";
import { beginsEscape, leftOf, notSpelled, spelledAt, unfinished } from "./spelling.ts";
import { Swallows } from "./swallows.ts";
import { emptyMemo, RawView, SpelledView, type Memo, type View, type Window } from "./view.ts";
import type { Bytes } from "../model/http.ts";

const nothingHeld = Infinity;
/** A candidate this long is read again only when a sixteenth more has come. */
const patientFrom = 1024;
const spelledLookback = 320;

export class Scanner {
  readonly memo: Memo = emptyMemo();
  readonly #index: LiteralIndex;
  readonly #raw: RawView;
  readonly #emit: (span: Span) => void;
  readonly #swallows: Swallows;
  #window: Window;
  #at = 0;
  #retryAt = 0;
  #heldFrom = 0;
  #matches: { match: Match; view: View }[] = [];

  constructor(index: LiteralIndex, window: Window, emit: (span: Span) => void) {
    this.#index = index;
    this.#window = window;
    this.#raw = new RawView(window, this.memo);
    this.#emit = emit;
    this.#swallows = new Swallows(emit);
  }

  /** Scans what is new in the window. Bytes before the returned stream offset are decided. */
  advance(window: Window): number {
    this.#window = window;
    this.#raw.window = window;
    const { bytes, end, base, isFinal } = window;
    if (!isFinal && base + end < this.#retryAt) return this.#heldFrom;
    const pairs = this.#index.pairs;
    let held = nothingHeld;
    let i = this.#at - base;
    for (; i + 1 < end; i += 2) {
      const watched = pairs[(bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8)] ?? 0;
      if (watched === 0) continue;
      if (watched === escapeOnly && isPlainEscape(bytes, i, end)) continue;
      held = this.#inspect(i, watched);
      if (held !== nothingHeld) break;
      if (this.#matches.length > 0) this.#acceptAll();
    }
    this.#at = base + i;
    if (held !== nothingHeld) held = this.#earliest(held, i);
    const safe = Math.min(held, isFinal ? end : this.#tail(), this.#swallows.advance(window, this.memo));
    const length = end - safe;
    this.#retryAt = held !== nothingHeld && length >= patientFrom ? base + end + (length >> 4) : 0;
    this.#heldFrom = base + safe;
    return this.#heldFrom;
  }

  /** A literal that is found only behind `i` can begin before the candidate that made the scan stop there. */
  #earliest(held: number, i: number): number {
    const { bytes, end, isFinal } = this.#window;
    const { next, first } = this.#index;
    for (let start = Math.max(0, i - longestLiteral); start < held; start++) {
      if (first[bytes[start] ?? 0] === 0) continue;
      let node = 0;
      let at = start;
      while (at <= i) {
        const byte = bytes[at] ?? 0;
        const spelled = beginsEscape(byte) ? spelledAt(bytes, at, end, isFinal) : notSpelled;
        if (spelled === unfinished) return start;
        node = next[node * 256 + (spelled === notSpelled ? byte : spelled & 0xff)] ?? 0;
        if (node === 0) break;
        at += spelled === notSpelled ? 1 : spelled >> 8;
      }
      if (at > i) return start;
    }
    return held;
  }

  /** Looks at the pair at `i`. Returns from where to hold when the input must go on first. */
  #inspect(i: number, watched: number): number {
    const { bytes, end } = this.#window;
    this.memo.steps++;
    if (this.#matches.length > 0) this.#matches = [];
    for (const distance of this.#index.distances[watched] ?? []) {
      if (distance > i) continue;
      const held = this.#walkRaw(i - distance, distance);
      if (held !== nothingHeld) return held;
    }
    for (let p = i; p <= i + 1 && p < end; p++) {
      const held = beginsEscape(bytes[p] ?? 0) ? this.#inspectEscape(p) : nothingHeld;
      if (held !== nothingHeld) return held;
    }
    return nothingHeld;
  }

  #walkRaw(start: number, distance: number): number {
    const { bytes, end, isFinal } = this.#window;
    const { next, endsAt, isEnd, hasChildren } = this.#index;
    let node = 0;
    for (let i = start; i < end; i++) {
      node = next[node * 256 + (bytes[i] ?? 0)] ?? 0;
      if (node === 0) return nothingHeld;
      if (isEnd[node] === 0) continue;
      for (const entry of endsAt[node] ?? []) {
        if (distance !== entry.watched && distance !== entry.watched + 1) continue;
        if (this.#check(entry, start, false) === "wait") return start;
      }
    }
    // The watched pair is here, the rest of its literal is not: look again when it has come.
    return !isFinal && hasChildren[node] === 1 ? start : nothingHeld;
  }

  /** A spelled character may stand in a literal: tries every literal whose first spelled character it is. */
  #inspectEscape(p: number): number {
    const { bytes, end, isFinal } = this.#window;
    const { members, first } = this.#index;
    let escape = p;
    if (bytes[p] === 0x5c) {
      if (p + 1 >= end) return isFinal ? nothingHeld : p;
      const next = bytes[p + 1];
      if (next !== 0x75 && next !== 0x2f) return nothingHeld;
      while (escape > 0 && p - escape < 7 && bytes[escape - 1] === 0x5c) escape--;
    }
    const spelled = spelledAt(bytes, escape, end, isFinal);
    if (spelled === unfinished) return escape;
    if (spelled === notSpelled || members[spelled & 0xff] === 0) return nothingHeld;
    for (let start = escape; start >= 0 && start > escape - longestLiteral; start--) {
      if (start < escape) {
        const byte = bytes[start] ?? 0;
        if (beginsEscape(byte)) break;
        if (first[byte] === 0) continue;
      }
      if (this.#walkSpelled(start, escape, true) === "live") return start;
    }
    return nothingHeld;
  }

  /** "live": the input ends where a literal may still go on, or a candidate must wait. */
  #walkSpelled(start: number, escape: number, isChecking: boolean): "live" | "over" {
    const { bytes, end, isFinal } = this.#window;
    const { next, endsAt, hasChildren } = this.#index;
    let node = 0;
    for (let i = start; i < end;) {
      this.memo.steps++;
      const byte = bytes[i] ?? 0;
      const spelled = beginsEscape(byte) ? spelledAt(bytes, i, end, isFinal) : notSpelled;
      if (spelled === unfinished) return hasChildren[node] === 1 ? "live" : "over";
      node = next[node * 256 + (spelled === notSpelled ? byte : spelled & 0xff)] ?? 0;
      if (node === 0) return "over";
      i += spelled === notSpelled ? 1 : spelled >> 8;
      if (!isChecking || i <= escape) continue;
      for (const entry of endsAt[node] ?? []) if (this.#check(entry, start, true) === "wait") return "live";
    }
    return !isFinal && hasChildren[node] === 1 ? "live" : "over";
  }

  #check(entry: Entry, start: number, isSpelled: boolean): "done" | "wait" {
    const { detector } = entry;
    const left = detector.needsBoundary ? leftOf(this.#window.bytes, start) : "boundary";
    if (left === "inside") return "done";
    const raw = this.#raw;
    raw.startReading(isSpelled);
    let view: View = raw;
    let reading: Reading = raw.isSpelled ? "no" : detector.read(raw, start);
    if (raw.isSpelled) {
      view = new SpelledView(this.#window, this.memo, start);
      reading = detector.read(view, 0);
    }
    if (reading === "wait") return "wait";
    for (const match of reading === "no" ? [] : reading) {
      if (left === "boundary" || match.isCertain) this.#matches.push({ match, view });
    }
    return "done";
  }

  #acceptAll(): void {
    for (const { match, view } of this.#matches) {
      for (const span of spansOf(match, view, this.#window)) this.#emit(span);
      const further = swallowOf(match, view, this.#window);
      if (further !== undefined) this.#swallows.start(further);
    }
    this.#matches = [];
  }

  /** The first place from which the end of the window may still become a literal. */
  #tail(): number {
    const { bytes, end } = this.#window;
    let lookback = Math.max(0, end - longestLiteral);
    const furthest = Math.max(0, end - spelledLookback);
    for (let i = end - 1; i >= furthest; i--) {
      if (beginsEscape(bytes[i] ?? 0)) {
        lookback = furthest;
        break;
      }
    }
    for (let i = lookback; i < end; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#index.first[byte] === 0 && !beginsEscape(byte)) continue;
      if (this.#walkSpelled(i, i, false) === "live") return i;
    }
    return end;
  }
}

/** Most backslashes begin `\\n` or `\\"`: they spell nothing. */
function isPlainEscape(bytes: Bytes, i: number, end: number): boolean {
  const at = bytes[i] === 0x5c ? i : i + 1;
  if (bytes[at] !== 0x5c || at + 1 >= end) return false;
  const next = bytes[at + 1];
  return next !== 0x75 && next !== 0x2f && next !== 0x5c && next !== 0x25;
}
