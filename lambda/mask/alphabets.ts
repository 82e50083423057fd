// Sets of bytes as 256-entry tables: one look-up says whether a byte may stand in a token.

export type ByteClass = Uint8Array;

/** The class of the characters in `spec`; `a-z` is a range, a dash at the end stands for itself. */
export function classOf(spec: string): ByteClass {
  const table = new Uint8Array(256);
  for (let i = 0; i < spec.length; i++) {
    const first = spec.charCodeAt(i);
    const isRange = spec[i + 1] === "-" && i + 2 < spec.length;
    const last = isRange ? spec.charCodeAt(i + 2) : first;
    for (let byte = first; byte <= last; byte++) table[byte] = 1;
    if (isRange) i += 2;
  }
  return table;
}

export const alphabets = {
  alphanumeric: classOf("A-Za-z0-9"),
  alphanumericDash: classOf("A-Za-z0-9-"),
  alphanumericDot: classOf("A-Za-z0-9.-"),
  lowerAlphanumeric: classOf("a-z0-9"),
  upperAlphanumeric: classOf("A-Z0-9"),
  letters: classOf("A-Za-z"),
  digits: classOf("0-9"),
  hex: classOf("0-9a-f"),
  base32: classOf("A-Z2-7"),
  bech32: classOf("0-9A-Z"),
  base64: classOf("A-Za-z0-9+/"),
  base64Padded: classOf("A-Za-z0-9+/="),
  base64url: classOf("A-Za-z0-9_-"),
  base64urlDot: classOf("A-Za-z0-9_.-"),
  base64urlTilde: classOf("A-Za-z0-9_.~-"),
  base64urlPadded: classOf("A-Za-z0-9_=-"),
  wordCharacters: classOf("A-Za-z0-9_"),
  alphanumericSlash: classOf("A-Za-z0-9/"),
} as const satisfies Record<string, ByteClass>;

export type AlphabetName = keyof typeof alphabets;

/** Characters that make an identifier go on: a token that touches one is part of something longer. */
export const word = alphabets.wordCharacters;

/** The value of a hex digit, or -1. */
export const hexValue = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const lower = digit.toString(16).charCodeAt(0);
  hexValue[lower] = digit;
  hexValue[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
