// What a client or a form sends to the sign-in: in the query, as a form, or as JSON; each name once.
import { GateError } from "../../model/errors.ts";
import { headerValues, type GatewayRequest } from "../../model/http.ts";

export type Parameters = ReadonlyMap<string, string>;

const maxBytes = 16 * 1024;
const maxTargetLength = 8 * 1024;

/** RFC 6749, 3.1: a parameter sent twice is an error, and so is one that stands in query and body. */
export function queryOf({ target }: Pick<GatewayRequest, "target">): Parameters {
  if (target.length > maxTargetLength) throw new GateError("GH_BAD_TARGET", { why: "it is too long" });
  const at = target.indexOf("?");
  return unique(at < 0 ? [] : new URLSearchParams(target.slice(at + 1)));
}

/** VS Code sends its parameters in the query of a POST, the others a form; GitHub takes JSON too. */
export async function parametersOf(request: GatewayRequest): Promise<Parameters> {
  const query = queryOf(request);
  const text = await textOf(request);
  if (text === "") return query;
  return unique([...query, ...bodyPairs(text, mediaType(request))]);
}

/** A JSON object, for RFC 7591. */
export async function jsonOf(request: GatewayRequest): Promise<Readonly<Record<string, unknown>>> {
  const type = mediaType(request);
  if (type !== "application/json") throw unsupported(type);
  return objectIn(await textOf(request));
}

function bodyPairs(text: string, type: string): Iterable<readonly [string, string]> {
  switch (type) {
    case "application/x-www-form-urlencoded":
      return new URLSearchParams(text);
    case "application/json":
      return Object.entries(objectIn(text)).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as const] : [],
      );
    default:
      throw unsupported(type);
  }
}

function unique(pairs: Iterable<readonly [string, string]>): Parameters {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (values.has(name)) throw new GateError("GH_BAD_QUERY", { why: "a parameter is given twice" });
    values.set(name, value);
  }
  return values;
}

function mediaType(request: GatewayRequest): string {
  const types = headerValues(request.headers, "content-type");
  if (types.length > 1) throw new GateError("GH_BAD_HEADERS", { why: "more than one Content-Type" });
  return (types[0] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

async function textOf(request: GatewayRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new GateError("GH_BODY_TOO_LARGE", { limit: String(maxBytes), operation: "a sign-in" });
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new GateError("GH_BAD_BODY", { why: "it is not UTF-8" }, { cause });
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GateError("GH_BAD_BODY", { why: "it is not JSON" }, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new GateError("GH_BAD_BODY", { why: "it is not a JSON object" });
  return Object.fromEntries(Object.entries(value));
}

function unsupported(type: string): GateError {
  return new GateError("GH_UNSUPPORTED_MEDIA", {
    actual: /^[a-z0-9.+/-]{1,80}$/.test(type) ? type : "none",
    expected: "application/x-www-form-urlencoded or application/json",
  });
}
