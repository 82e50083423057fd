// What became of a tool call: the server answers 200 whatever happened, and says it inside its result.
import type { RefChange } from "../model/action.ts";
import { jsonOf, readEvent } from "../model/event-stream.ts";
import type { Bytes } from "../model/http.ts";
import { commitsNamed } from "./made-commits.ts";
import type { WriteResult, WriteResults } from "./write-results.ts";

const maxBytes = 1024 * 1024;
const maxTexts = 10;

export class McpResults implements WriteResults {
  readonly #refs: readonly RefChange[];
  readonly #operation: string;
  readonly #chunks: Bytes[] = [];
  #bytes = 0;

  constructor(refs: readonly RefChange[], operation: string) {
    this.#refs = refs;
    this.#operation = operation;
  }

  push(chunk: Bytes): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxBytes) this.#chunks.push(Uint8Array.from(chunk));
  }

  /** What cannot be read is not taken for a success. */
  end(status: number): WriteResult {
    const { message, trouble } = this.#message(status);
    return callResult(this.#refs, this.#operation, message, trouble);
  }

  #message(status: number): { readonly message?: Message | undefined; readonly trouble?: string } {
    if (status < 200 || status >= 300) return { trouble: `GitHub answered ${status}` };
    if (this.#bytes > maxBytes) return { trouble: "GitHub's answer was too large to tell" };
    const text = Buffer.concat(this.#chunks).toString("utf8").trim();
    if (text.startsWith("{")) return { message: jsonOf({ lines: [], data: text }) };
    const events = text.split(/\r?\n\r?\n/).map((event) => jsonOf(readEvent(Buffer.from(event))));
    return {
      message: events.findLast((event) => event?.result !== undefined || event?.error !== undefined),
    };
  }
}

type Message = Readonly<Record<string, unknown>>;

/** `trouble` is what is known without the message. */
export function callResult(
  refs: readonly RefChange[],
  operation: string,
  message: Message | undefined,
  trouble?: string,
): WriteResult {
  const reason = trouble ?? refusalIn(message);
  return {
    refs: refs.map(({ ref }) => (reason === undefined ? { ref, ok: true } : { ref, ok: false, reason })),
    isRefused: reason !== undefined,
    commits: reason === undefined ? textsIn(message).flatMap((text) => commitsNamed(operation, text)) : [],
  };
}

/** GitHub's server puts what its API answered into a text of the result, as JSON. */
function textsIn(message: Message | undefined): readonly unknown[] {
  const { content } = objectOf(message?.result);
  const items = Array.isArray(content) ? content.slice(0, maxTexts).map(objectOf) : [];
  return items.flatMap(({ text }) =>
    typeof text === "string" && text.length <= maxBytes ? [jsonOf({ lines: [], data: text })] : [],
  );
}

function objectOf(value: unknown): Message {
  return typeof value === "object" && value !== null ? (value as Message) : {};
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
