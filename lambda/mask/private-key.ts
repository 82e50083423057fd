// Private keys in PEM, OpenSSH and PGP armor (RFC 7468): from the BEGIN line to the END line, however lines are spelled.
import { alphabets, classOf } from "./alphabets.ts";
import type { Detector, Reading } from "./detector.ts";
import { startsWith, text } from "./token.ts";
import { atEnd, more, type View, type Window } from "./view.ts";

const dashes = classOf("-");
const label = classOf("A-Z0-9 %+");
/** Everything a body holds except dashes: key text, armor headers, real and escaped line breaks, our own mask. */
const body = classOf("A-Za-z0-9+/= \t\r\n\\:,.()@>#_*%");
const bodyCap = 16_384;
const labelCap = 60;
const begin = Buffer.from("-----BEGIN");
const end = Buffer.from("END ");
const kind = "private-key";

export const privateKeyDetector: Detector = { literal: begin, needsBoundary: false, read };

function read(view: View, at: number): Reading {
  const labelStart = at + begin.length;
  const labelEnd = view.run(label, labelStart, labelStart + labelCap);
  if (labelEnd === more) return "wait";
  const name = text(view, labelStart, labelEnd).replace(/%20|\+/g, " ");
  if (!/^ (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?$/.test(name)) return "no";
  const closing = startsWith(view, labelEnd, begin.subarray(0, 5));
  if (closing !== "yes") return closing;
  const from = labelEnd + 5;
  const stop = bodyEnd(view, from);
  if (stop === "wait") return "wait";
  const material = keyMaterial(view, from, stop.at);
  if (material.total < 32 || (stop.why === "broken-off" && material.longest < 40)) return "no";
  const isCertain = stop.why === "end-line";
  const match = { kind, start: at, from, to: stop.at, isCertain, keepsLines: true };
  return [stop.why === "cap" ? { ...match, goesOnIn: kind } : match];
}

interface BodyEnd {
  readonly at: number;
  readonly why: "end-line" | "broken-off" | "cap";
}

function bodyEnd(view: View, from: number): BodyEnd | "wait" {
  const cap = from + bodyCap;
  for (let i = from; ;) {
    const stop = view.run(body, i, cap);
    if (stop === more) return "wait";
    if (stop >= cap) return { at: cap, why: "cap" };
    const dashEnd = view.run(dashes, stop, stop + 80);
    if (dashEnd === more) return "wait";
    if (dashEnd - stop >= 5) {
      const isEnd = startsWith(view, dashEnd, end);
      if (isEnd === "wait") return "wait";
      return { at: stop, why: isEnd === "yes" ? "end-line" : "broken-off" };
    }
    if (dashEnd === stop) return { at: stop, why: "broken-off" };
    i = dashEnd;
  }
}

/** Counts characters in base64 runs that no prose has; "(your key here)" is not worth a mask. */
function keyMaterial(view: View, from: number, to: number): { total: number; longest: number } {
  let total = 0;
  let longest = 0;
  let run = 0;
  for (let i = from; i <= to; i++) {
    const byte = i < to ? view.at(i) : atEnd;
    if (byte >= 0 && alphabets.base64Padded[byte] === 1) {
      run++;
      continue;
    }
    if (run >= 16) total += run;
    longest = Math.max(longest, run);
    run = 0;
  }
  view.memo.steps += to - from;
  return { total, longest };
}

/** How far a walk came, and whether the body ended there. */
export interface BodyWalk {
  readonly at: number;
  readonly isDone: boolean;
}

/**
 * Gives the pieces of a body that become asterisks. What makes lines stays: white space, `\n` with any number of
 * backslashes, a backslash that escapes the closing quote, and the `+` or `-` of a diff (`lead`).
 */
export function walkBody(
  window: Window,
  from: number,
  lead: number,
  mask: (from: number, to: number) => void,
): BodyWalk {
  const { bytes, end: stop, isFinal } = window;
  let pieceStart = from;
  let i = from;
  const keep = (next: number): void => {
    if (i > pieceStart) mask(pieceStart, i);
    i = next;
    pieceStart = next;
  };
  while (i < stop) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x2d) {
      let dashEnd = i;
      while (dashEnd < stop && dashEnd - i < 5 && bytes[dashEnd] === 0x2d) dashEnd++;
      if (dashEnd - i === 5) break;
      if (dashEnd === stop && !isFinal) return pause();
      i = dashEnd;
    } else if (body[byte] === 0) {
      break;
    } else if (byte === 0x5c) {
      let letter = i;
      while (letter < stop && letter - i < 16 && bytes[letter] === 0x5c) letter++;
      if (letter - i === 16) {
        i = letter - 8;
        continue;
      }
      if (letter === stop && !isFinal) return pause();
      const next = letter < stop ? (bytes[letter] ?? 0) : 0;
      if (next === 0x6e || next === 0x72) keep(afterLead(letter + 1));
      else if (next === 0x74) keep(letter + 1);
      else if (next === 0 || (body[next] === 0 && next !== 0x2d)) keep(letter);
      else i = letter + 1;
    } else if (byte === 0x0a || byte === 0x0d) {
      if (i + 1 === stop && !isFinal) return pause();
      keep(afterLead(i + 1));
    } else if (byte === 0x20 || byte === 0x09) {
      keep(i + 1);
    } else {
      i++;
    }
  }
  const isDone = i < stop || isFinal;
  keep(i);
  return { at: i, isDone };

  function pause(): BodyWalk {
    keep(i);
    return { at: i, isDone: false };
  }
  function afterLead(at: number): number {
    return lead !== 0 && at < stop && bytes[at] === lead && bytes[at + 1] !== lead ? at + 1 : at;
  }
}
