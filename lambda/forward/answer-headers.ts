// The fields of GitHub's answer that a client gets: an allow-list, with addresses that lead back to the gateway.
import type { Surface } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import type { HeaderList } from "../model/http.ts";
import type { UpstreamAnswer } from "../model/ports.ts";
import { atGateway, type Base, basesOf } from "./bases.ts";
import { versionedTag } from "./etags.ts";

/** Never Set-Cookie, digests or signatures (masking changes the body), or anything that GitHub may add one day. */
const passed = new Set([
  "cache-control",
  "content-disposition",
  "content-language",
  "content-length",
  "content-type",
  "deprecation",
  "etag",
  "expires",
  "last-modified",
  "link",
  "location",
  "mcp-protocol-version",
  "mcp-session-id",
  "pragma",
  "retry-after",
  "sunset",
  "vary",
  "x-accepted-github-permissions",
  "x-accepted-oauth-scopes",
  "x-oauth-scopes",
  "x-poll-interval",
  "x-request-id",
]);

/** Families of which GitHub adds members; `x-quota-snapshot-*` and the like say what is left of a plan. */
const passedFamilies = ["x-github-", "x-ratelimit-", "x-quota-snapshot-", "x-usage-ratelimit-"];

// Repository content that a browser shows must not act: no scripts, no forms, an origin of its own.
const always: HeaderList = [
  ["Content-Security-Policy", "sandbox; default-src 'none'"],
  ["X-Content-Type-Options", "nosniff"],
];

/** `surface` says whose answer it is: git's bytes are passed verbatim, the others are rewritten and masked. */
export function answerHeaders(
  answer: Pick<UpstreamAnswer, "headers">,
  { config, surface }: { readonly config: Config; readonly surface: Surface },
): HeaderList {
  const bases = basesOf(config);
  const list: (readonly [string, string])[] = [];
  for (const [name, value] of answer.headers) {
    const lower = name.toLowerCase();
    if (!isPassed(lower) || !/^[\x20-\x7e]*$/.test(value)) continue;
    const rewritten = rewrittenValue(lower, value, bases, surface);
    if (rewritten !== undefined) list.push([name, rewritten]);
  }
  return [...list, ...always];
}

function isPassed(lower: string): boolean {
  return passed.has(lower) || passedFamilies.some((family) => lower.startsWith(family));
}

function rewrittenValue(
  lower: string,
  value: string,
  bases: readonly Base[],
  surface: Surface,
): string | undefined {
  switch (lower) {
    case "location":
      return /^[/?#]/.test(value) ? undefined : atGateway(value, bases);
    case "link":
      return rewrittenLink(value, bases);
    case "etag":
      return surface === "git" ? value : versionedTag(value);
    default:
      return value;
  }
}

/** RFC 8288. One target that leads elsewhere, and the whole field goes: Octokit would send its token there. */
function rewrittenLink(value: string, bases: readonly Base[]): string | undefined {
  const target = /<([^<>]*)>/g;
  const leadsAway = [...value.matchAll(target)].some(
    ([, address = ""]) => atGateway(address, bases) === undefined,
  );
  if (leadsAway) return undefined;
  return value.replace(target, (_whole, address: string) => `<${atGateway(address, bases) ?? ""}>`);
}
