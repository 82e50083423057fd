// JSON Web Tokens (RFC 7519): three to five dotted parts whose first decodes to a JSON header with `alg`.
import { alphabets, type ByteClass } from "./alphabets.ts";
import type { Detector, Reading } from "./detector.ts";
import { text } from "./token.ts";
import { more, type View } from "./view.ts";

const dot = 0x2e;
const headerCap = 2048;
const tokenCap = 8192;
/** So many headers that end at the same dot are decoded; whatever else ends there is taken for one. */
const triesPerDot = 3;
const maxParts = 5;
/** One table for each part: a scan remembers one run for each table, and overlapping candidates share all of theirs. */
const tables = Array.from({ length: maxParts }, () => alphabets.base64url.slice());
const tableOf = (part: number): ByteClass => tables[part] ?? alphabets.base64url;

export const jwtDetector: Detector = {
  literal: Buffer.from("eyJ"),
  needsBoundary: true,
  read: (view, at) => readJwt(view, at, at, "jwt", 3, false),
};

/** A JWT at `at` that belongs to a token beginning at `start`, of which `kept` characters stay. */
export function readJwt(
  view: View,
  start: number,
  at: number,
  kind: string,
  kept: number,
  isCertain: boolean,
): Reading {
  const header = view.run(tableOf(0), at, at + headerCap);
  if (header === more) return "wait";
  const separator = view.at(header);
  if (separator === more) return "wait";
  if (separator !== dot || !isHeader(view, at, header)) return "no";
  const cap = at + tokenCap;
  let end = header;
  let parts = 1;
  while (parts < maxParts) {
    if (end >= cap) break;
    const next = view.at(end);
    if (next === more) return "wait";
    if (next !== dot) break;
    const partEnd = view.run(tableOf(parts), end + 1, cap);
    if (partEnd === more) return "wait";
    // A full stop that ends a sentence is no separator; an empty signature (`alg: none`) is.
    if (partEnd === end + 1 && parts >= 3) break;
    end = partEnd;
    parts++;
  }
  if (end < cap && (parts < 3 || end - at < 20)) return "no";
  const match = { kind, start, from: start + kept, to: end, isCertain };
  return [end >= cap ? { ...match, goesOnIn: alphabets.base64urlDot } : match];
}

function isHeader(view: View, at: number, end: number): boolean {
  const memo = view.memo.jwt;
  const offset = view.offset(at);
  if (memo.checked === offset) return memo.isHeader;
  const opening = decode(text(view, at, Math.min(end, at + 32)));
  if (!/^\{"[\w#./:-]{1,22}("|$)/.test(opening)) return false;
  memo.checked = offset;
  memo.isHeader = isJsonHeader(view, at, end);
  return memo.isHeader;
}

function isJsonHeader(view: View, at: number, end: number): boolean {
  const memo = view.memo.jwt;
  const dotOffset = view.offset(end);
  memo.tries = memo.dot === dotOffset ? memo.tries + 1 : 0;
  memo.dot = dotOffset;
  // Many overlapping candidates would make this quadratic. Masking too much is the safe way out.
  if (memo.tries > triesPerDot) return true;
  const json = decode(text(view, at, end));
  if (!json.includes('"alg"')) return false;
  try {
    const header: unknown = JSON.parse(json);
    return typeof header === "object" && header !== null && "alg" in header;
  } catch {
    return false;
  }
}

function decode(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("latin1");
}
