// What became of a GraphQL document's writes: GitHub answers 200 whatever happened, and says it per field.
import type { Part } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { commitsNamed } from "./made-commits.ts";
import type { WriteResult, WriteResults } from "./write-results.ts";

const maxBytes = 1024 * 1024;

export class GraphQLResults implements WriteResults {
  readonly #parts: readonly Part[];
  readonly #chunks: Bytes[] = [];
  #bytes = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  push(chunk: Bytes): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxBytes) this.#chunks.push(Uint8Array.from(chunk));
  }

  /** A field without a value was not carried out. What cannot be read is not taken for a success. */
  end(status: number): WriteResult {
    const { data, reason } = this.#answer(status);
    const failed = ({ answerKey }: Part): boolean =>
      data === undefined || !Object.hasOwn(data, answerKey) || data[answerKey] === null;
    return {
      isRefused: this.#parts.some(failed),
      commits: this.#parts.flatMap((part) =>
        failed(part) ? [] : commitsNamed(part.operation, data?.[part.answerKey]),
      ),
      refs: this.#parts.flatMap((part) =>
        part.refs.map(({ ref }) => (failed(part) ? { ref, ok: false, reason } : { ref, ok: true })),
      ),
    };
  }

  #answer(status: number): { readonly data?: Readonly<Record<string, unknown>>; readonly reason: string } {
    if (status < 200 || status >= 300) return { reason: `GitHub answered ${status}` };
    if (this.#bytes > maxBytes) return { reason: "GitHub's answer was too large to tell" };
    try {
      const { data, errors } = JSON.parse(Buffer.concat(this.#chunks).toString("utf8")) as {
        readonly data?: Readonly<Record<string, unknown>> | null;
        readonly errors?: readonly { readonly type?: unknown }[];
      };
      const type = errors?.[0]?.type;
      const reason = `GitHub answered with an error${typeof type === "string" ? ` (${type.slice(0, 50)})` : ""}`;
      return { reason, ...(data === null || data === undefined ? {} : { data }) };
    } catch {
      return { reason: "GitHub's answer could not be read" };
    }
  }
}
