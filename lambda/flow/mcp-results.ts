// What became of a tool call: the server answers 200 whatever happened, and says it inside its result.
import type { RefChange } from "../model/action.ts";
import { jsonOf, readEvent } from "../model/event-stream.ts";
import type { Bytes } from "../model/http.ts";
import type { RefResult } from "../model/plan.ts";

const maxBytes = 1024 * 1024;

export class McpResults {
  readonly #refs: readonly RefChange[];
  readonly #chunks: Bytes[] = [];
  #bytes = 0;

  constructor(refs: readonly RefChange[]) {
    this.#refs = refs;
  }

  push(chunk: Bytes): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxBytes) this.#chunks.push(Uint8Array.from(chunk));
  }

  /** What cannot be read is not taken for a success. */
  end(status: number): { readonly refs: readonly RefResult[]; readonly isRefused: boolean } {
    const reason = this.#refusal(status);
    const refs = this.#refs.map(({ ref }) =>
      reason === undefined ? { ref, ok: true } : { ref, ok: false, reason },
    );
    return { refs, isRefused: reason !== undefined };
  }

  #refusal(status: number): string | undefined {
    if (status < 200 || status >= 300) return `GitHub answered ${status}`;
    if (this.#bytes > maxBytes) return "GitHub's answer was too large to tell";
    const text = Buffer.concat(this.#chunks).toString("utf8").trim();
    if (text.startsWith("{")) return refusalIn(jsonOf({ lines: [], data: text }));
    const events = text.split(/\r?\n\r?\n/).map((event) => jsonOf(readEvent(Buffer.from(event))));
    return refusalIn(
      events.findLast((message) => message?.result !== undefined || message?.error !== undefined),
    );
  }
}

/** Why GitHub's server did not do it; undefined when it did. */
export function refusalIn(message: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const result = message?.result;
  if (typeof result !== "object" || result === null)
    return message?.error === undefined
      ? "GitHub's answer could not be read"
      : "GitHub answered with an error";
  return (result as { readonly isError?: unknown }).isError === true
    ? "GitHub answered with an error"
    : undefined;
}
