// Secrets longer than their cap: nothing more is held, everything up to their end is masked as it comes.
import type { ByteClass } from "./alphabets.ts";
import { walkBody, type BodyWalk } from "./private-key.ts";
import type { Span, Swallow } from "./span.ts";
import { beginsEscape, notSpelled, spelledAt, unfinished } from "./spelling.ts";
import type { Memo, Window } from "./view.ts";

export class Swallows {
  readonly #emit: (span: Span) => void;
  #open: Swallow[] = [];

  constructor(emit: (span: Span) => void) {
    this.#emit = emit;
  }

  start(swallow: Swallow): void {
    // One per class is enough: runs of the same class that overlap end at the same place.
    const same = this.#open.find((other) => other.members === swallow.members);
    if (same !== undefined && same.at >= swallow.at) return;
    this.#open = [...this.#open.filter((other) => other !== same), swallow];
  }

  /** Masks on. Returns the window index from where to hold. */
  advance(window: Window, memo: Memo): number {
    if (this.#open.length === 0) return window.end;
    let held = window.end;
    const goOn: Swallow[] = [];
    for (const swallow of this.#open) {
      const from = swallow.at - window.base;
      const walk = this.#walk(swallow, window, from);
      memo.steps += walk.at - from;
      if (walk.isDone) continue;
      held = Math.min(held, walk.at);
      goOn.push({ ...swallow, at: window.base + walk.at });
    }
    this.#open = goOn;
    return held;
  }

  #walk(swallow: Swallow, window: Window, from: number): BodyWalk {
    const mask = (pieceFrom: number, pieceTo: number): void => {
      const start = window.base + pieceFrom;
      const to = window.base + pieceTo;
      this.#emit({ kind: swallow.kind, start, from: start, to, isCertain: false, isNew: false });
    };
    if (swallow.members === "private-key") return walkBody(window, from, swallow.lead, mask);
    const walk = walkRun(window, from, swallow.members);
    if (walk.at > from) mask(from, walk.at);
    return walk;
  }
}

function walkRun(window: Window, from: number, members: ByteClass): BodyWalk {
  const { bytes, end, isFinal } = window;
  let i = from;
  while (i < end) {
    const byte = bytes[i] ?? 0;
    const spelled = beginsEscape(byte) ? spelledAt(bytes, i, end, isFinal) : notSpelled;
    if (spelled === unfinished) return { at: i, isDone: false };
    if (members[spelled === notSpelled ? byte : spelled & 0xff] === 0) return { at: i, isDone: true };
    i += spelled === notSpelled ? 1 : spelled >> 8;
  }
  return { at: i, isDone: isFinal };
}
