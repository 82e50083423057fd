// Which client headers count: few are read, fewer are carried upstream, and none that two parsers could read differently.
import { GateError } from "../model/errors.ts";
import { headerValues, type HeaderList } from "../model/http.ts";

/** Rack and others let these replace the method after we decided on it. Refused, not stripped: somebody is trying. */
const methodOverrides = ["x-http-method-override", "x-method-override", "x-http-method"];

/** Range and If-Range are missing on purpose: a secret read in two pieces matches no detector. */
const carried = ["accept", "if-none-match", "if-match", "x-github-api-version", "user-agent"];
const maxValueBytes = 1024;

/** Throws GH_BAD_HEADERS for method overrides and for repeated headers that decide something. */
export function checkHeaders(headers: HeaderList): void {
  for (const name of methodOverrides) {
    if (headerValues(headers, name).length > 0) refuse(`${name} would replace the method`);
  }
  for (const name of ["content-type", "content-encoding", "content-length", "git-protocol"])
    single(headers, name);
}

/** The value of a header that may stand once. */
export function single(headers: HeaderList, name: string): string | undefined {
  const values = headerValues(headers, name);
  if (values.length > 1) refuse(`${name} stands more than once`);
  return values[0];
}

/** The client headers that GitHub gets to see, lower case; everything else stays here. */
export function carriedHeaders(headers: HeaderList, besides: readonly string[] = []): [string, string][] {
  return [...carried, ...besides].flatMap((name) => {
    const values = headerValues(headers, name);
    if (values.length === 0) return [];
    if (values.length > 1 && name !== "accept") refuse(`${name} stands more than once`);
    const value = values.join(", ");
    if (value.length > maxValueBytes) refuse(`${name} is longer than ${maxValueBytes} bytes`);
    if (!/^[\x20-\x7e]*$/.test(value)) refuse(`${name} holds something else than visible ASCII`);
    if (name === "x-github-api-version" && !/^\d{4}-\d{2}-\d{2}$/.test(value))
      refuse(`${name} is not a date`);
    return value === "" ? [] : [[name, value] as [string, string]];
  });
}

export type Encoding = "identity" | "gzip";

/** git itself runs the raw body under a label it does not know, so an unknown label is refused (415). */
export function contentEncoding(headers: HeaderList): Encoding {
  const value = single(headers, "content-encoding");
  if (value === undefined || value === "identity") return "identity";
  if (value === "gzip" || value === "x-gzip") return "gzip";
  throw new GateError("GH_UNSUPPORTED_ENCODING", { actual: printable(value) });
}

/** Exactly this type, without parameters, as git sends it. */
export function requireType(headers: HeaderList, expected: string): void {
  const actual = single(headers, "content-type");
  if (actual !== expected) throw unsupported(actual, expected);
}

/** application/json or a +json type of GitHub's; the only parameter taken is charset=utf-8. */
export function requireJson(headers: HeaderList): void {
  const actual = single(headers, "content-type");
  const plain = /^application\/(?:json|vnd\.github[a-z0-9.+-]*\+json)(?: ?; ?charset="?utf-8"?)?$/i;
  if (actual === undefined || !plain.test(actual)) throw unsupported(actual, "application/json");
}

/** The type that Git LFS gives its bodies. */
export function requireLfsJson(headers: HeaderList): void {
  const actual = single(headers, "content-type");
  const expected = "application/vnd.git-lfs+json";
  if (!/^application\/(?:vnd\.git-lfs\+)?json(?: ?; ?charset="?utf-8"?)?$/i.test(actual ?? ""))
    throw unsupported(actual, expected);
}

/** text/plain or text/x-markdown, the type that goes upstream. */
export function requireText(headers: HeaderList): string {
  const actual = single(headers, "content-type");
  const type = /^(text\/plain|text\/x-markdown)(?: ?; ?charset="?utf-8"?)?$/i.exec(actual ?? "")?.[1];
  if (type === undefined) throw unsupported(actual, "text/plain");
  return type.toLowerCase();
}

function unsupported(actual: string | undefined, expected: string): GateError {
  return new GateError("GH_UNSUPPORTED_MEDIA", { actual: printable(actual ?? "none"), expected });
}

function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_HEADERS", { why });
}
