// Every operation of the table, spelled in other ways: what is sent is what was written, decoded exactly once, and is
// decided as the gravest operation that it could be. Seeded, so that a failure can be run again.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isGraver, operations, type Operation } from "../../lambda/classify/operations.ts";
import type { Action } from "../../lambda/model/action.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { HeaderList } from "../../lambda/model/http.ts";
import { matches } from "../../lambda/classify/router.ts";
import { ask } from "./requests.ts";

const seed = 20_301;
const spellingsEach = 4;

const values: Readonly<Record<string, unknown>> = {
  branch: "dev",
  base: "dev",
  head: "main",
  ref: "refs/heads/dev",
  sha: "a".repeat(40),
  new_name: "dev",
  message: "m",
  content: "eA==",
  auto_merge: false,
};

interface Spelled {
  readonly segments: readonly string[];
  readonly prefix: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly host: string;
}

function plainSegments({ path }: Operation): string[] {
  return path
    .slice(1)
    .split("/")
    .map((part) => {
      if (!part.startsWith("{")) return part;
      if (part.includes(":integer")) return "7";
      return part.includes(":segments") ? "heads/dev" : "dev";
    });
}

function bodyOf({ method, body, keys }: Operation): unknown {
  if (method === "GET" || body !== "json") return undefined;
  const wanted = keys === undefined ? [] : Object.entries(values).filter(([key]) => keys.has(key));
  return Object.fromEntries(wanted);
}

async function reading(operation: Operation, spelled: Spelled): Promise<Action | undefined> {
  const path = spelled.segments.join("/");
  const json = bodyOf(operation);
  try {
    return await ask(operation.method, `${spelled.prefix}/${path}${spelled.query}`, {
      host: spelled.host,
      headers: spelled.headers,
      ...(json === undefined ? {} : { json }),
    });
  } catch (error) {
    if (error instanceof GateError) return undefined;
    throw error;
  }
}

const encoded = (text: string): string => text.split("/").map(encodeURIComponent).join("/");
const escaped = (text: string, at: number): string =>
  `${text.slice(0, at)}%${text.charCodeAt(at).toString(16).padStart(2, "0")}${text.slice(at + 1)}`;

type Bend = (segments: readonly string[], at: number) => readonly string[];
const replaced = (segments: readonly string[], at: number, bend: (text: string) => string): string[] =>
  segments.map((text, index) => (index === at % segments.length ? bend(text) : text));

const bends: readonly Bend[] = [
  (segments) => segments,
  (segments, at) => replaced(segments, at, (text) => escaped(text, at % text.length)),
  (segments, at) => replaced(segments, at, (text) => text.replace("/", "%2f")),
  (segments, at) => replaced(segments, at, (text) => text.toUpperCase()),
  (segments, at) => replaced(segments, at, (text) => `${text};x=1`),
  (segments, at) => replaced(segments, at, (text) => `./${text}`),
  (segments, at) => replaced(segments, at, (text) => `x/../${text}`),
  (segments, at) => replaced(segments, at, (text) => `%2e%2e/${text}`),
  (segments, at) => replaced(segments, at, (text) => `/${text}`),
  (segments, at) => replaced(segments, at, (text) => `${text}%00`),
  (segments, at) => replaced(segments, at, (text) => `${text}%20`),
  (segments, at) => replaced(segments, at, (text) => `%25${text}`),
  (segments, at) => replaced(segments, at, (text) => text.normalize("NFKD").replace("e", "\u0435")),
  (segments, at) => replaced(segments, at, (text) => text.replace("e", encodeURIComponent("\uff45"))),
  (segments, at) => [
    ...segments.slice(0, at % segments.length),
    ...segments.slice(at % segments.length).reverse(),
  ],
  (segments) => [...segments, ""],
  (segments) => [...segments, "x"],
  (segments) => segments.slice(0, -1),
];

const queries = [
  "",
  "?",
  "?per_page=1",
  "?_method=DELETE",
  "?branch=main",
  "?ref=main&ref=dev",
  "?x[]=1",
  "?;",
];
const headerSets: readonly HeaderList[] = [
  [],
  [["X-HTTP-Method-Override", "DELETE"]],
  [["Accept", "application/vnd.github.raw+json"]],
  [["X-GitHub-Api-Version", "2022-11-28"]],
  [["Content-Encoding", "br"]],
  [["X-Original-URL", "/user"]],
  [["X-Forwarded-Host", "api.github.com"]],
  [["Content-Type", "text/plain"]],
];
const places: readonly { prefix: string; host: string; rest?: readonly string[] }[] = [
  { prefix: "/api/v3", host: "gw.test" },
  { prefix: "", host: "api.gw.test" },
  { prefix: "/api/v3/api/v3", host: "gw.test", rest: ["api", "v3"] },
  { prefix: "", host: "gw.test" },
  { prefix: "/API/v3", host: "gw.test" },
];

const spelling = fc.record({
  bend: fc.constantFrom(...bends),
  at: fc.nat({ max: 40 }),
  query: fc.constantFrom(...queries),
  headers: fc.constantFrom(...headerSets),
  place: fc.constantFrom(...places),
});

/** What a reader who knows nothing of us makes of the path: decoded once, its slashes are slashes. */
function written(bent: readonly string[]): string[] | undefined {
  try {
    const path = bent.join("/").replace(/\/$/, "");
    return path === "" ? [] : path.split("/").flatMap((segment) => decodeURIComponent(segment).split("/"));
  } catch {
    return undefined;
  }
}

const carried = ["accept", "content-type", "if-match", "if-none-match", "user-agent", "x-github-api-version"];

/** Why an accepted request is not what was written, or is taken for less than it could be. */
function fault(operation: Operation, bent: readonly string[], action: Action): string | undefined {
  const { segments, headers, method } = action.send;
  const expected = written(bent);
  if (JSON.stringify(segments) !== JSON.stringify(expected)) return `is sent as ${segments.join("/")}`;
  if (method !== operation.method) return `is sent by ${method}`;
  if (segments.some((segment) => ["", ".", ".."].includes(segment))) return "is sent with a dot segment";
  if (headers.some(([name]) => !carried.includes(name))) return "is sent with a header that is not ours";
  if (action.operation === "unknown-read") return method === "GET" ? undefined : "is an unknown write";
  const chosen = operations.find(({ id }) => id === action.operation);
  const fitting = matches(operation.method, segments).map((match) => match.operation);
  if (chosen === undefined || !fitting.includes(chosen)) return `is not ${action.operation}`;
  const graver = fitting.find((other) => isGraver(other.effect, chosen.effect));
  return graver === undefined ? undefined : `is taken for ${chosen.id} and could be ${graver.id}`;
}

describe("every operation, however it is spelled,", () => {
  it("is sent as it was written, decoded once, and is the gravest that it could be; or it is refused", async () => {
    const samples = fc.sample(spelling, { seed, numRuns: operations.length * spellingsEach });
    const wrong: string[] = [];
    let accepted = 0;
    for (const [index, { bend, at, query, headers, place }] of samples.entries()) {
      const operation = operations[index % operations.length];
      if (operation === undefined) continue;
      const bent = bend(plainSegments(operation).map(encoded), at);
      const action = await reading(operation, { segments: bent, query, headers, ...place });
      if (action === undefined) continue;
      accepted += 1;
      const why = fault(operation, [...(place.rest ?? []), ...bent], action);
      if (why !== undefined) wrong.push(`${operation.method} ${bent.join("/")} ${why}`);
    }
    expect(wrong).toEqual([]);
    expect([accepted > 300, accepted < samples.length / 2]).toEqual([true, true]);
  });
});
