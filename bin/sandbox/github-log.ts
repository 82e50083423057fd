// What the sandbox upstream received, for anyone to check, and the troubles it was asked to make.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface LoggedRequest {
  readonly method: string;
  /** The target as it came, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Counted while the body streams in. */
  bodyBytes: number;
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

/** One trouble, for requests whose target begins with `path` (or, without a leading slash, matches it as a pattern). */
export interface Fault {
  readonly path: string;
  readonly method?: string;
  /** Answer with this status instead of acting. */
  readonly status?: number;
  /** Wait before anything else. */
  readonly delayMs?: number;
  /** Break the connection without acting. */
  readonly reset?: boolean;
  /** Act, then break the connection after this many bytes of the answer's body; 0 means before its first byte. */
  readonly cutAfterBytes?: number;
  /** How many requests it meets; without it, all. */
  readonly times?: number;
}

interface LiveFault extends Fault {
  left: number;
}

export class FaultError extends Error {}

const maxFaults = 100;

function isCount(value: unknown): boolean {
  return value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= 0);
}

export class Faults {
  #faults: LiveFault[] = [];

  /** Throws FaultError when the description makes no sense. */
  add(value: unknown): void {
    const fault = value as Partial<Fault> | null;
    if (typeof fault !== "object" || fault === null || typeof fault.path !== "string" || fault.path === "") {
      throw new FaultError("A fault needs a path: a prefix that begins with / or a pattern.");
    }
    if (![fault.status, fault.delayMs, fault.cutAfterBytes, fault.times].every(isCount)) {
      throw new FaultError("status, delayMs, cutAfterBytes and times are whole numbers, 0 or more.");
    }
    if (fault.status !== undefined && (fault.status < 200 || fault.status > 599)) {
      throw new FaultError("status is between 200 and 599.");
    }
    if (!fault.path.startsWith("/")) {
      try {
        new RegExp(fault.path);
      } catch {
        throw new FaultError("path is neither a prefix that begins with / nor a pattern.");
      }
    }
    if (this.#faults.length >= maxFaults) throw new FaultError(`At most ${maxFaults} faults at a time.`);
    this.#faults.push({ ...fault, path: fault.path, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first fault that meets this request; one of its `times` is used up. */
  take(method: string, target: string): Fault | undefined {
    const fault = this.#faults.find(
      ({ path, method: only, left }) =>
        left > 0 &&
        (only === undefined || only === method) &&
        (path.startsWith("/") ? target.startsWith(path) : new RegExp(path).test(target)),
    );
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }
}
