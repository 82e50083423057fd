// Characters spelled as escapes (\u0067, %67, \/): read one, and tell where an identifier may begin after one.
import { hexValue, word } from "./alphabets.ts";
import type { Bytes } from "../model/http.ts";

export const notSpelled = -1;
/** The input ends inside something that may become an escape. */
export const unfinished = -2;

const backslash = 0x5c;
const percent = 0x25;
/** JSON inside JSON doubles backslashes; four levels are enough. */
const maxBackslashes = 8;

/** Whether this byte can begin an escape. */
export function beginsEscape(byte: number): boolean {
  return byte === backslash || byte === percent;
}

/** The printable ASCII character spelled at `i`: its code in the low byte, the length of the spelling above it. */
export function spelledAt(bytes: Bytes, i: number, end: number, isFinal: boolean): number {
  const first = bytes[i];
  if (first === percent) return hexPair(bytes, i, i + 1, end, isFinal);
  if (first !== backslash) return notSpelled;
  let at = i + 1;
  while (at < end && bytes[at] === backslash && at - i < maxBackslashes) at++;
  if (at >= end) return isFinal ? notSpelled : unfinished;
  if (bytes[at] === 0x2f) return 0x2f | ((at + 1 - i) << 8);
  if (bytes[at] !== 0x75) return notSpelled;
  for (let zero = at + 1; zero <= at + 2; zero++) {
    if (zero >= end) return isFinal ? notSpelled : unfinished;
    if (bytes[zero] !== 0x30) return notSpelled;
  }
  return hexPair(bytes, i, at + 3, end, isFinal);
}

function hexPair(bytes: Bytes, start: number, at: number, end: number, isFinal: boolean): number {
  if (at >= end) return isFinal ? notSpelled : unfinished;
  const high = hexValue[bytes[at] ?? 0] ?? -1;
  if (high < 2 || high > 7) return notSpelled;
  if (at + 1 >= end) return isFinal ? notSpelled : unfinished;
  const low = hexValue[bytes[at + 1] ?? 0] ?? -1;
  const code = (high << 4) | low;
  if (low < 0 || code === 0x7f) return notSpelled;
  return code | ((at + 2 - start) << 8);
}

export type Left = "boundary" | "inside" | "escape-letter";

/** Whether a token may begin at `at`, judged by what stands before it. */
export function leftOf(bytes: Bytes, at: number): Left {
  if (at === 0) return "boundary";
  const before = bytes[at - 1] ?? 0;
  // `\npm_…` is a line break and `pm_…`: the n belongs to the escape, unless a checksum says otherwise.
  if (before === backslash) return isEscapeLetter(bytes[at] ?? 0) ? "escape-letter" : "boundary";
  if (word[before] === 0) return "boundary";
  if (bytes[at - 2] === backslash && isEscapeLetter(before)) return "boundary";
  if (bytes[at - 3] === percent && isHex(bytes[at - 2]) && isHex(before)) return "boundary";
  if (bytes[at - 6] === backslash && bytes[at - 5] === 0x75 && areHex(bytes, at - 4, at)) return "boundary";
  return before === 0x6d && endsColour(bytes, at - 2) ? "boundary" : "inside";
}

function isEscapeLetter(byte: number): boolean {
  return byte === 0x6e || byte === 0x72 || byte === 0x74 || byte === 0x62 || byte === 0x66;
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && (hexValue[byte] ?? -1) >= 0;
}

function areHex(bytes: Bytes, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isHex(bytes[i])) return false;
  return true;
}

/** CI logs colour words: the `m` that ends `ESC [ 36 ; 1 m` is no letter. */
function endsColour(bytes: Bytes, last: number): boolean {
  for (let i = last; i >= 0 && i > last - 12; i--) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x5b) return true;
    if ((byte < 0x30 || byte > 0x39) && byte !== 0x3b) return false;
  }
  return false;
}
