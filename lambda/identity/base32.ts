// Lower-case base32 without padding: how ids are written.
import type { Bytes } from "../model/http.ts";

// RFC 4648, 6
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** 16 bytes become 26 characters. */
export function base32(bytes: Bytes): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (5 - bits)) & 31);
}
