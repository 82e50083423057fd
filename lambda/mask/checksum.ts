// The checksum in GitHub's and npm's tokens: CRC-32 of the first 30 characters, as 6 base62 digits.
import { crc32 } from "node:zlib";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The six characters that end a token whose first 30 characters after the prefix are `entropy`. */
export function tokenChecksum(entropy: string): string {
  let rest = crc32(entropy);
  let text = "";
  while (rest > 0) {
    text = digits.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text.padStart(6, "0");
}

/** Whether the 36 characters after the prefix carry their checksum. */
export function hasTokenChecksum(body: string): boolean {
  return body.length === 36 && tokenChecksum(body.slice(0, 30)) === body.slice(30);
}
