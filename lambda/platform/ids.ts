// Random ids and key material from the operating system.
import { randomBytes } from "node:crypto";
import type { Ids } from "../model/ports.ts";

/** RFC 4648 base32 in lower case: safe in paths, host names and for reading aloud. */
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

export function createIds(): Ids {
  return {
    next: (prefix) => `${prefix}_${base32(randomBytes(16))}`,
    random: (bytes) => randomBytes(bytes),
  };
}

/** Without padding: 16 bytes become 26 letters. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet.charAt((value << (5 - bits)) & 31) : text;
}
