// Reads the console's paths and queries strictly: one spelling for each thing, everything else is refused.
import { GateError } from "../model/errors.ts";

export interface Target {
  readonly path: string;
  readonly segments: readonly string[];
  /** Still encoded, without the question mark. */
  readonly query: string;
}

const maxTargetLength = 4096;
/** Session ids may be chosen by a client's label, the others are ours; all are plain ASCII words. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const pathPattern = /^\/(?:[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*)?$/;

export function parseTarget(target: string): Target {
  if (target.length > maxTargetLength) throw new GateError("GH_BAD_TARGET", { why: "it is too long" });
  const [path = "", ...rest] = target.split("?");
  if (rest.length > 1) throw new GateError("GH_BAD_TARGET", { why: "it has two question marks" });
  if (!pathPattern.test(path)) {
    throw new GateError("GH_BAD_TARGET", { why: "the console's paths are plain words between slashes" });
  }
  const segments = path === "/" ? [] : path.slice(1).split("/");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw new GateError("GH_BAD_TARGET", { why: "it climbs with dots" });
  }
  return { path, segments, query: rest[0] ?? "" };
}

/** Only these names, each at most once; values decoded. */
export function parseQuery(query: string, allowed: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (query === "") return values;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (!allowed.includes(name)) {
      throw new GateError("GH_BAD_QUERY", {
        why: `a parameter is not known here. Known: ${allowed.join(", ") || "none"}`,
      });
    }
    if (values.has(name)) throw new GateError("GH_BAD_QUERY", { why: `${name} is given twice` });
    values.set(name, decode(equals < 0 ? "" : pair.slice(equals + 1)));
  }
  return values;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (cause) {
    throw new GateError("GH_BAD_QUERY", { why: "a percent escape is broken" }, { cause });
  }
}

export function parseId(text: string | undefined, what: string): string {
  if (text === undefined || !idPattern.test(text)) throw new GateError("GH_NOT_FOUND", { what });
  return text;
}

export function parseLimit(text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual;
  const limit = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : Number.NaN;
  if (limit <= most) return limit;
  throw new GateError("GH_BAD_QUERY", { why: `limit must be 1 to ${most}` });
}

/** The pages that the browser routes itself. */
export function isPagePath(segments: readonly string[]): boolean {
  const [first, id, more] = segments;
  if (first === undefined) return true;
  if (first === "inbox" || first === "blame" || first === "account") return id === undefined;
  if (more !== undefined || (first !== "approvals" && first !== "sessions")) return false;
  return id === undefined || idPattern.test(id);
}

/**
 * A sign-in may only come back to one of our own pages (open redirect: `//evil.example`, `/\evil.example`,
 * `https:…`). A fragment names an entry.
 */
export function parseReturn(text: string | undefined): string {
  if (text === undefined || text === "") return "/";
  const [local = "", fragment, ...more] = text.split("#");
  const refused = new GateError("GH_BAD_QUERY", { why: "return must be a page of this console" });
  if (text.length > 1000 || more.length > 0 || !/^[\x21-\x7e]+$/.test(text)) throw refused;
  if (fragment !== undefined && !idPattern.test(fragment)) throw refused;
  let target: Target;
  try {
    target = parseTarget(local);
  } catch (cause) {
    throw new GateError(refused.code, refused.details, { cause });
  }
  if (!isPagePath(target.segments)) throw refused;
  return text;
}
