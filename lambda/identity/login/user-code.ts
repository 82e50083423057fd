// The short code that a person reads on one device and types on another.
import type { Ids } from "../../model/ports.ts";

/** RFC 8628, 6.1: consonants only, so that no code is a word, and no character is taken for another. 20^8 is 34 bits. */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ";
const half = 4;

/** `XXXX-XXXX`, every character equally likely. */
export function newUserCode(ids: Ids): string {
  let code = "";
  while (code.length < 2 * half) {
    for (const byte of ids.random(16)) {
      // 240 is the largest multiple of 20 in a byte: what lies above would favour the first letters.
      if (byte < 240 && code.length < 2 * half) code += alphabet.charAt(byte % alphabet.length);
    }
  }
  return `${code.slice(0, half)}-${code.slice(half)}`;
}

/** The code in what a person typed, whatever the case, blanks and hyphens; undefined when it can be none. */
export function userCodeIn(typed: string): string | undefined {
  const letters = typed
    .slice(0, 40)
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, "");
  if (letters.length !== 2 * half) return undefined;
  for (const letter of letters) if (!alphabet.includes(letter)) return undefined;
  return `${letters.slice(0, half)}-${letters.slice(half)}`;
}
