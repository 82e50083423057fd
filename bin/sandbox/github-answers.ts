// Answers in GitHub's form: JSON with ETag, pages with Link, errors with a documentation address, gzip.
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { SandboxRepository } from "./github-repositories.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  /** Anything that is not JSON. */
  readonly raw?: { readonly type: string; readonly bytes: Uint8Array };
  readonly headers?: Readonly<Record<string, string>>;
}

/** One REST request, as the handlers see it. */
export interface Call {
  /** `http://127.0.0.1:port`. */
  readonly base: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** The parsed JSON body; an empty object when there was none. */
  readonly body: Json;
  readonly nowMs: number;
  /** What the route's pattern captured, decoded. */
  readonly parts: readonly string[];
  /** The path below /api/v3 for Link headers: GitHub names the repository by its id there. */
  readonly pagePath: string;
}

export interface RepositoryCall extends Call {
  readonly repository: SandboxRepository;
}

export type Handler<C> = (call: C) => Promise<Answer> | Answer;
export type Route<C> = readonly [method: string, path: RegExp, handler: Handler<C>];

const documentation = "https://docs.github.com/rest";

export class GitHubError extends Error {
  readonly status: number;
  readonly errors: readonly Json[] | undefined;
  constructor(status: number, message: string, errors?: readonly Json[]) {
    super(message);
    this.name = "GitHubError";
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): GitHubError => new GitHubError(404, "Not Found");

export function errorAnswer(error: GitHubError): Answer {
  return {
    status: error.status,
    json: {
      message: error.message,
      ...(error.errors === undefined ? {} : { errors: error.errors }),
      documentation_url: documentation,
      status: String(error.status),
    },
  };
}

export const ok = (json: unknown): Answer => ({ status: 200, json });
export const created = (json: unknown, url?: unknown): Answer => ({
  status: 201,
  json,
  ...(typeof url === "string" ? { headers: { Location: url } } : {}),
});
export const noContent: Answer = { status: 204 };

/** Reads one text field of the body. Throws 422 as GitHub does. */
export function requiredText(body: Json, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value !== "") return value;
  throw new GitHubError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
}

export function optionalText(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new GitHubError(
    422,
    `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not a string.`,
  );
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** The asked page of a list and the links to its neighbours. */
export function page<T>(
  call: Call,
  items: readonly T[],
): { items: readonly T[]; headers: Record<string, string> } {
  const perPage = Math.min(positive(call.query.get("per_page"), 30), 100);
  const number = positive(call.query.get("page"), 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (target: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(target));
    return `<${call.base}/api/v3${call.pagePath}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(Math.min(number - 1, last), "prev")] : []),
    ...(number < last ? [link(number + 1, "next"), link(last, "last")] : []),
    ...(number > 1 ? [link(1, "first")] : []),
  ];
  return {
    items: items.slice((number - 1) * perPage, number * perPage),
    headers: links.length === 0 ? {} : { Link: links.join(", ") },
  };
}

/** A page of a list, each item in GitHub's form. */
export async function listAnswer<T>(
  call: Call,
  items: readonly T[],
  show: (item: T) => unknown,
): Promise<Answer> {
  const { items: shown, headers } = page(call, items);
  return { status: 200, json: await Promise.all(shown.map(show)), headers };
}

function matchesEtag(header: string | undefined, etag: string): boolean {
  const bare = (text: string): string => text.trim().replace(/^W\//, "");
  return header?.split(",").some((one) => bare(one) === bare(etag)) ?? false;
}

/** Sends an answer. `write` is the response or what cuts it off on its way. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  nowMs: number,
): void {
  const resetAt = Math.floor(nowMs / 3_600_000) * 3600 + 3600;
  response.setHeader("X-GitHub-Request-Id", randomBytes(8).toString("hex").toUpperCase());
  response.setHeader("X-GitHub-Media-Type", "github.v3; format=json");
  response.setHeader("X-RateLimit-Limit", "15000");
  response.setHeader("X-RateLimit-Remaining", "14999");
  response.setHeader("X-RateLimit-Used", "1");
  response.setHeader("X-RateLimit-Reset", String(resetAt));
  response.setHeader("X-RateLimit-Resource", "core");
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  const type = answer.raw?.type ?? "application/json; charset=utf-8";
  let bytes: Uint8Array =
    answer.raw?.bytes ?? Buffer.from(answer.json === undefined ? "" : JSON.stringify(answer.json));
  if (answer.status === 204) {
    response.writeHead(204);
    response.end();
    return;
  }
  if (request.method === "GET" && answer.status === 200) {
    const etag = `W/"${createHash("sha256").update(bytes).digest("hex")}"`;
    response.setHeader("ETag", etag);
    response.setHeader("Cache-Control", "private, max-age=60, s-maxage=60");
    response.setHeader("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding");
    if (matchesEtag(request.headers["if-none-match"], etag)) {
      response.writeHead(304);
      response.end();
      return;
    }
  }
  response.setHeader("Content-Type", type);
  const encodings = request.headers["accept-encoding"] ?? "";
  if (bytes.length > 1024 && /\bgzip\b/.test(encodings)) {
    bytes = gzipSync(bytes);
    response.setHeader("Content-Encoding", "gzip");
  }
  response.writeHead(answer.status, { "Content-Length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
