// What the sandbox upstream received, for anyone to check.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface LoggedRequest {
  readonly method: string;
  /** The target as it came, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Counted while the body streams in. */
  bodyBytes: number;
  /** Of a GraphQL document: its kind and the fields at its top, "mutation createRef". */
  graphql?: string;
  /** Of an MCP message: its method, and the tool that it calls: "tools/call create_branch". */
  mcp?: string;
  /** Of an App's upstream: a person's login, or "installation". */
  as?: string;
  /** When it came, ISO 8601. */
  readonly at: string;
}

const ringSize = 10_000;

/** A secret's first 12 hex digits of SHA-256: enough to tell two apart, useless to anybody else. */
export function fingerprint(secret: string): string {
  return `sha256:${createHash("sha256").update(secret).digest("hex").slice(0, 12)}`;
}

export class RequestLog {
  readonly #items: LoggedRequest[] = [];

  note(request: IncomingMessage, atMs: number): LoggedRequest {
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (value === undefined) continue;
      headers[name] = name === "authorization" ? fingerprint(String(value)) : value;
    }
    const item: LoggedRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers,
      bodyBytes: 0,
      at: new Date(atMs).toISOString(),
    };
    this.#items.push(item);
    if (this.#items.length > ringSize) this.#items.shift();
    return item;
  }

  items(): readonly LoggedRequest[] {
    return this.#items;
  }
}

/** The request's body, counted as it is read. Reading may stop early; the rest can be read by a second call. */
export async function* countedBody(
  request: IncomingMessage,
  item: LoggedRequest,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    item.bodyBytes += chunk.byteLength;
    yield chunk;
  }
}
