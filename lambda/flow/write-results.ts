// What became of a write, read from GitHub's answer while it passes: each protocol says it in its own way.
import type { Oid, Part, RefChange } from "../model/action.ts";
import { jsonOf } from "../model/event-stream.ts";
import type { Bytes } from "../model/http.ts";
import type { RefResult } from "../model/plan.ts";
import { GraphQLResults } from "./graphql-results.ts";
import { commitsNamed, namesCommits } from "./made-commits.ts";
import { McpResults } from "./mcp-results.ts";

export interface WriteResult {
  readonly refs: readonly RefResult[];
  /** GitHub answered with success and yet did not do it all. */
  readonly isRefused: boolean;
  /** Commits that it made, as far as the answer names them. */
  readonly commits: readonly Oid[];
}

export interface WriteResults {
  push(chunk: Bytes): void;
  /** What cannot be read is not taken for a success. */
  end(status: number): WriteResult;
}

interface Write {
  readonly operation: string;
  readonly refs: readonly RefChange[];
  readonly parts?: readonly Part[] | undefined;
  readonly isTool: boolean;
}

export function writeResults({ operation, refs, parts, isTool }: Write): WriteResults {
  if (isTool) return new McpResults(refs, operation);
  return parts === undefined ? new RestResults(refs, operation) : new GraphQLResults(parts);
}

const maxBytes = 1024 * 1024;

/** REST says by its status whether it was done. */
class RestResults implements WriteResults {
  readonly #refs: readonly RefChange[];
  readonly #operation: string;
  #chunks: Bytes[] = [];
  #bytes = 0;

  constructor(refs: readonly RefChange[], operation: string) {
    this.#refs = refs;
    this.#operation = operation;
  }

  push(chunk: Bytes): void {
    if (!namesCommits(this.#operation)) return;
    this.#bytes += chunk.length;
    if (this.#bytes <= maxBytes) this.#chunks.push(Uint8Array.from(chunk));
    else this.#chunks = [];
  }

  end(status: number): WriteResult {
    const ok = status >= 200 && status < 300;
    const reason = `GitHub answered ${status}`;
    const answer = jsonOf({ lines: [], data: Buffer.concat(this.#chunks).toString("utf8") });
    return {
      refs: this.#refs.map(({ ref }) => (ok ? { ref, ok } : { ref, ok, reason })),
      isRefused: false,
      commits: ok ? commitsNamed(this.#operation, answer) : [],
    };
  }
}
