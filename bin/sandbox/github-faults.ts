// Troubles that the sandbox upstream makes on request: dead, slow, failing, or cut short.
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { errorAnswer, GitHubError, send } from "./github-answers.ts";

/** One trouble, for requests whose target begins with `path` (or, without a leading slash, matches it as a pattern). */
export interface Fault {
  readonly path: string;
  readonly method?: string;
  /** Answer with this status instead of acting. */
  readonly status?: number;
  /** Of that answer. */
  readonly headers?: Readonly<Record<string, string>>;
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
    if (!hasPlainHeaders(fault.headers)) throw new FaultError("headers are names with texts, one line each.");
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

function hasPlainHeaders(headers: unknown): boolean {
  if (headers === undefined) return true;
  if (typeof headers !== "object" || headers === null) return false;
  return Object.entries(headers).every(
    ([name, value]) =>
      /^[A-Za-z0-9-]{1,100}$/.test(name) && typeof value === "string" && /^[\x20-\x7e]{0,1000}$/.test(value),
  );
}

/** True when the trouble is the whole answer. */
export async function makeTrouble(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  clock: () => number,
): Promise<boolean> {
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.reset === true) {
    response.destroy();
    return true;
  }
  if (fault.status !== undefined) {
    for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
    send(request, response, errorAnswer(new GitHubError(fault.status, "Trouble on request")), clock());
    request.resume();
    return true;
  }
  if (fault.cutAfterBytes !== undefined) cutAfter(response, fault.cutAfterBytes);
  return false;
}

/**
 * Lets `left` bytes of the body out and swallows the rest; where the answer would end, the connection breaks.
 * Not earlier: a client that leaves would stop git before it has acted.
 */
function cutAfter(response: ServerResponse, left: number): void {
  const write = response.write.bind(response) as (chunk: Uint8Array, sent?: () => void) => boolean;
  const take = (chunk: Uint8Array): Uint8Array => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    return part;
  };
  response.write = ((chunk: Uint8Array) => {
    const part = take(chunk);
    return part.length === 0 || write(part);
  }) as typeof response.write;
  response.end = ((chunk?: Uint8Array) => {
    const part = take(chunk ?? new Uint8Array());
    const cut = (): void => {
      response.destroy();
    };
    // Bytes already handed over should leave before the connection does.
    if (part.length > 0) write(part, cut);
    else setImmediate(cut);
    return response;
  }) as typeof response.end;
}
