// Reads the request target so that there is one way to understand it: segments decoded exactly once, names that occur once.
import { GateError } from "../model/errors.ts";

const maxTargetBytes = 8192;
const maxSegments = 64;
const maxQueryPairs = 100;

export type QueryPairs = readonly (readonly [name: string, value: string])[];

export interface Target {
  /** Each decoded once. A decoded "/" stays inside its segment: only multi-segment parameters may hold one. */
  readonly segments: readonly string[];
  /** The path ended in "/": harmless on a read, refused elsewhere. */
  readonly hasTrailingSlash: boolean;
  readonly query: QueryPairs;
  /** The path for messages: as received, cut, without its query. */
  readonly path: string;
}

/** Reads an origin-form target (RFC 9112, 3.2.1). Anything two parsers could read differently is GH_BAD_TARGET. */
export function readTarget(raw: string): Target {
  if (raw.length > maxTargetBytes) refuse(`it is longer than ${maxTargetBytes} bytes`);
  if (!raw.startsWith("/")) refuse("it does not start with /");
  // The WHATWG URL parser drops TAB, CR and LF, and turns "\" into "/": two parsers, two targets.
  if (!/^[\x21-\x7e]*$/.test(raw)) refuse("it holds a space, a control character or a byte outside ASCII");
  if (raw.includes("\\")) refuse("it holds a backslash");
  if (raw.includes("#")) refuse("it holds a fragment");
  const mark = raw.indexOf("?");
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const parts = path.slice(1).split("/");
  const hasTrailingSlash = parts.length > 1 && parts.at(-1) === "";
  if (hasTrailingSlash || path === "/") parts.pop();
  if (parts.length > maxSegments) refuse(`it has more than ${maxSegments} segments`);
  return {
    segments: parts.map(readSegment),
    hasTrailingSlash,
    query: mark < 0 ? [] : readQuery(raw.slice(mark + 1)),
    path: path.slice(0, 200),
  };
}

function readSegment(encoded: string): string {
  if (encoded === "") refuse("it holds an empty segment (//)");
  const segment = decodeOnce(encoded);
  if (segment === undefined) return refuse("its percent-encoding is broken");
  if (hasControl(segment)) refuse("it holds an encoded control character");
  if (segment.includes("\\")) refuse("it holds an encoded backslash");
  if (/%(?:2e|2f|5c|00|25)/i.test(segment)) refuse("it is percent-encoded twice");
  for (const part of segment.split("/")) {
    if (part === "." || part === "..") refuse("it holds a dot segment");
    if (part === "") refuse("it holds an empty segment (encoded //)");
  }
  return segment;
}

/** Strict application/x-www-form-urlencoded pairs, in order. Throws GH_BAD_QUERY. */
function readQuery(raw: string): QueryPairs {
  if (raw === "") return [];
  const parts = raw.split("&");
  if (parts.length > maxQueryPairs) refuseQuery(`it has more than ${maxQueryPairs} parameters`);
  return parts.map((part) => {
    const equals = part.indexOf("=");
    const name = decodeOnce((equals < 0 ? part : part.slice(0, equals)).replaceAll("+", " "));
    const value = decodeOnce((equals < 0 ? "" : part.slice(equals + 1)).replaceAll("+", " "));
    if (name === undefined || value === undefined) return refuseQuery("its percent-encoding is broken");
    // Rails reads `a[]=` and `a[b]=` as structures, and `;` was a separator once: names are plain words here.
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return refuseQuery("a parameter name is not a plain word");
    if (hasControl(value)) return refuseQuery(`${name} holds a control character`);
    return [name, value] as const;
  });
}

/** Undefined when the escapes are broken or their bytes are not UTF-8. */
function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_TARGET", { why });
}

function refuseQuery(why: string): never {
  throw new GateError("GH_BAD_QUERY", { why });
}
