// Strict JSON: one document, no key twice, no number that changes on the way, so that GitHub reads what we decided on.
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";

const maxDepth = 64;
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);

/** Parses a body that the caller has capped already. Undefined for an empty body. Throws GH_BAD_BODY. */
export function readJson(bytes: Bytes): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    // A byte order mark stays and fails below: RFC 8259, 8.1 forbids adding one.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("it is not valid UTF-8");
  }
  scan(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse("it is not one valid JSON document");
  }
}

interface Open {
  /** Keys seen so far; absent in an array. */
  readonly keys?: Set<string>;
  expectsKey: boolean;
}

/**
 * Walks the tokens once, without recursion, and refuses what JSON.parse would silently settle: depth, repeated keys,
 * numbers, lone surrogates. Anything malformed is left to JSON.parse, which runs on the same text.
 */
function scan(text: string): void {
  const open: Open[] = [];
  let at = 0;
  while (at < text.length) {
    const inner = open.at(-1);
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const end = stringEnd(text, at);
      checkString(text, at, end, inner);
      at = end;
      continue;
    }
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      at = numberEnd(text, at);
      continue;
    }
    if (code === 0x7b) open.push({ keys: new Set(), expectsKey: true });
    else if (code === 0x5b) open.push({ expectsKey: false });
    else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === 0x2c && inner?.keys) inner.expectsKey = true;
    if (open.length > maxDepth) refuse(`it is nested more than ${maxDepth} levels deep`);
    at += 1;
  }
}

/** Index after the closing quote, or the end of the text when there is none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (quote - 1 - slashes > start && text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function checkString(text: string, start: number, end: number, inner: Open | undefined): void {
  const isKey = inner?.expectsKey === true;
  const literal = text.slice(start, end);
  if (!isKey && !(literal.includes("\\u") && surrogateEscape.test(literal))) return;
  let value: unknown;
  try {
    value = JSON.parse(literal);
  } catch {
    refuse("it is not one valid JSON document");
  }
  if (typeof value !== "string") return;
  if (!value.isWellFormed()) refuse("a string holds half a character (a lone surrogate)");
  if (!isKey) return;
  inner.expectsKey = false;
  if (forbiddenKeys.has(value))
    refuse("it has a key that programs confuse with their own (__proto__, constructor)");
  if (inner.keys?.has(value)) refuse("a key stands twice in one object");
  inner.keys?.add(value);
}

const surrogateEscape = /\\u[dD][89a-fA-F]/;

const numberToken = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

function numberEnd(text: string, start: number): number {
  numberToken.lastIndex = start;
  const token = numberToken.exec(text);
  if (!token) return start + 1;
  const [digits, fraction, exponent] = token;
  if (exponent !== undefined) refuse("a number has an exponent");
  if (fraction === undefined && !Number.isSafeInteger(Number(digits))) refuse("a number is beyond 2^53 - 1");
  if (Object.is(Number(digits), -0)) refuse("a number is -0");
  if (digits.length > 20) refuse("a number has more digits than can be kept");
  return start + digits.length;
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
