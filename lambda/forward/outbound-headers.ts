// The fields that go to GitHub: those that the parsed request carries, and ours. Nothing else ever.
import type { UpstreamRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { HeaderList } from "../model/http.ts";
import { header } from "../model/http.ts";
import { unversionedTags } from "./etags.ts";

export const userAgent = "gatehouse/0.1.0";

const maxValueLength = 4096;

/** Ours to set, or hop-by-hop (RFC 9110, 7.6.1), or able to change what GitHub does behind the decision. */
const withheld = new Set([
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "if-range",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

/** Throws GH_BAD_HEADERS for a value that could start a second field. */
export function outboundHeaders(request: UpstreamRequest, authorization: string | undefined): HeaderList {
  const list: (readonly [string, string])[] = [];
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (withheld.has(lower) || lower.startsWith("x-forwarded-")) continue;
    if (!/^[a-z0-9-]{1,64}$/.test(lower)) {
      throw new GateError("GH_BAD_HEADERS", { why: "a field name is malformed" });
    }
    if (!/^[\x20-\x7e]*$/.test(value) || value.length > maxValueLength) {
      throw new GateError("GH_BAD_HEADERS", { why: `the value of ${lower} is not short, visible ASCII` });
    }
    const isTagList = lower === "if-none-match" || lower === "if-match";
    const sent = isTagList ? unversionedTags(value) : value;
    if (sent !== "") list.push([lower, sent]);
  }
  if (header(list, "user-agent") === undefined) list.push(["user-agent", userAgent]);
  if (authorization !== undefined) list.push(["authorization", authorization]);
  list.push(["accept-encoding", encodingFor(request)]);
  const length = lengthOf(request);
  if (length !== undefined) list.push(["content-length", String(length)]);
  return list;
}

/** Only what the gateway can open and mask. Packs are compressed already, event streams must not be held up. */
function encodingFor({ upstream }: UpstreamRequest): string {
  return ["api", "graphql", "uploads", "raw"].includes(upstream) ? "gzip" : "identity";
}

function lengthOf({ body }: UpstreamRequest): number | undefined {
  switch (body.is) {
    case "none":
      return undefined;
    case "bytes":
      return body.bytes.length;
    case "stream":
      return body.length;
  }
}
