// Asks GitHub a question for the gateway itself: bounded in time and size, and every failure is an error.
import type { RepositoryName, UpstreamRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { type Bytes, type HeaderList, header } from "../model/http.ts";
import type { Credentials, Upstream, UpstreamAnswer } from "../model/ports.ts";
import { decoded } from "./decoded.ts";

const timeoutMs = 15_000;
export const maxFactBytes = 8 * 1024 * 1024;

export interface Question {
  /** Completes "the gateway could not establish …". */
  readonly what: string;
  readonly repository: RepositoryName | undefined;
  readonly segments: readonly string[];
  readonly query?: readonly (readonly [string, string])[];
  readonly accept?: string;
  readonly maxBytes?: number;
  /** Whether a renamed or transferred repository is looked for where GitHub says it is now. */
  readonly followsRename?: boolean;
  /** Asked of the GraphQL API instead, whatever the segments say. */
  readonly document?: { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };
  /** Asked of git's own protocol instead: the packets for `git-upload-pack` at these segments. */
  readonly packets?: Bytes;
}

export interface Reply {
  readonly headers: HeaderList;
  readonly bytes: Bytes;
}

export type Ask = (question: Question) => Promise<Reply | undefined>;

/** Answers undefined for 404 alone. Everything else but 200 throws GH_FACTS_UNAVAILABLE, or names a renamed repository. */
export function createAsk(upstream: Pick<Upstream, "send">, credentials: Credentials): Ask {
  const ask: Ask = async ({
    what,
    repository,
    segments,
    query = [],
    accept = "application/vnd.github+json",
    maxBytes,
    followsRename = false,
    document,
    packets,
  }) => {
    const unavailable = (cause: unknown) => new GateError("GH_FACTS_UNAVAILABLE", { what }, { cause });
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const credential = await credentials.credential(
        { subject: "gatehouse" },
        "read",
        repository,
        "gateway",
      );
      const answer = decoded(
        await upstream.send(
          packets !== undefined
            ? asPackets(segments, packets)
            : document !== undefined
              ? asDocument(document)
              : {
                  upstream: "api",
                  method: "GET",
                  segments,
                  query,
                  headers: [
                    ["accept", accept],
                    ["x-github-api-version", "2022-11-28"],
                  ],
                  body: { is: "none" },
                },
          credential,
          signal,
        ),
      );
      const bytes = await collected(answer, maxBytes ?? maxFactBytes);
      if (answer.status === 404) return undefined;
      const id = answer.status === 301 && followsRename ? movedTo(answer) : undefined;
      // Of another name, so by its number, and once only: what answers there is what is decided on.
      if (id !== undefined) return await ask({ what, repository: undefined, segments: ["repositories", id] });
      if (answer.status === 301)
        throw new GateError("GH_UPSTREAM_REDIRECT", { why: "the repository or branch was renamed" });
      if (answer.status !== 200) throw unavailable(`GitHub answered ${answer.status}`);
      return { headers: answer.headers, bytes };
    } catch (error) {
      const isSaid =
        error instanceof GateError && ["GH_UPSTREAM_REDIRECT", "GH_FACTS_UNAVAILABLE"].includes(error.code);
      throw isSaid ? error : unavailable(error);
    }
  };
  return ask;
}

/** GitHub sends whoever asks for an old name to `/repositories/{id}`. Only the number is taken from there. */
function movedTo({ headers }: UpstreamAnswer): string | undefined {
  return /\/repositories\/([1-9][0-9]{0,14})$/.exec(header(headers, "location") ?? "")?.[1];
}

function asPackets(segments: readonly string[], bytes: Bytes): UpstreamRequest {
  return {
    upstream: "git",
    method: "POST",
    segments,
    query: [],
    headers: [
      ["content-type", "application/x-git-upload-pack-request"],
      ["accept", "application/x-git-upload-pack-result"],
      ["git-protocol", "version=2"],
    ],
    body: { is: "bytes", bytes },
  };
}

function asDocument(document: Question["document"]): UpstreamRequest {
  return {
    upstream: "graphql",
    method: "POST",
    segments: ["graphql"],
    query: [],
    headers: [["content-type", "application/json"]],
    body: { is: "bytes", bytes: new TextEncoder().encode(JSON.stringify(document)) },
  };
}

/** The whole body, or an error when it is larger. */
export async function collected(answer: UpstreamAnswer, maxBytes: number): Promise<Bytes> {
  const announced = Number(header(answer.headers, "content-length") ?? 0);
  const chunks: Bytes[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > maxBytes || announced > maxBytes) throw new Error("GitHub's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The fields of a JSON object. Throws when it is not one. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("not a JSON object");
  return value as Readonly<Record<string, unknown>>;
}

export function parsed(bytes: Bytes): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error("not a string");
  return value;
}

export function numberOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Error("not an integer");
  return value;
}

export function booleanOf(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error("not a boolean");
  return value;
}

export function oidOf(value: unknown): string {
  const oid = textOf(value);
  if (!/^[0-9a-f]{40}$/.test(oid)) throw new Error("not an object id");
  return oid;
}
