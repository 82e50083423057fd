// Makes links in JSON answers lead back to the gateway; otherwise clients would follow them past it, token in hand.
import type { Config } from "../model/config.ts";
import type { Bytes, ByteStream } from "../model/http.ts";
import { type Base, basesOf } from "./bases.ts";

const quote = 0x22;
const backslash = 0x5c;
// What may follow a base: / ? # { " — anything else makes it another host.
const boundaries: ReadonlySet<number> = new Set([0x2f, 0x3f, 0x23, 0x7b, quote]);
const nothing = new Uint8Array(0);

interface Pattern {
  readonly find: Bytes;
  readonly put: Bytes;
}

/** Rewrites upstream addresses at the start of JSON strings, across chunk boundaries. Other bytes pass unchanged. */
export async function* rewriteUrls(
  source: ByteStream,
  config: Pick<Config, "upstream" | "gateway">,
): AsyncGenerator<Bytes> {
  const rewriter = new Rewriter(basesOf(config));
  for await (const chunk of source) yield* rewriter.push(chunk);
  yield* rewriter.end();
}

class Rewriter {
  readonly #patterns: readonly Pattern[];
  #isInString = false;
  /** Inside a string: an odd number of backslashes stood before this point. */
  #isEscaped = false;
  /** An opening quote and the start of what may be a base. Bounded by the longest base. */
  #held: Bytes = nothing;

  constructor(bases: readonly Base[]) {
    const utf8 = new TextEncoder();
    this.#patterns = bases.map(({ upstream, gateway }) => ({
      find: utf8.encode(upstream),
      put: utf8.encode(gateway),
    }));
  }

  push(chunk: Bytes): Bytes[] {
    return this.#scan(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]), false);
  }

  end(): Bytes[] {
    return this.#held.length === 0 ? [] : this.#scan(this.#held, true);
  }

  #scan(data: Bytes, isEnd: boolean): Bytes[] {
    const out: Bytes[] = [];
    let from = 0;
    let at = 0;
    this.#held = nothing;
    while (at < data.length) {
      if (this.#isInString) {
        at = this.#skipString(data, at);
        continue;
      }
      const open = data.indexOf(quote, at);
      if (open < 0) break;
      const match = this.#matchAt(data, open + 1, isEnd);
      if (match === "more") {
        if (open > from) out.push(data.subarray(from, open));
        // A copy: the chunk may be reused by its producer, and `slice` of a Buffer would be a view of it.
        this.#held = Uint8Array.from(data.subarray(open));
        return out;
      }
      this.#isInString = true;
      at = open + 1;
      if (match === undefined) continue;
      out.push(data.subarray(from, at), match.put);
      at += match.find.length;
      from = at;
    }
    if (data.length > from) out.push(data.subarray(from));
    return out;
  }

  /** The position after the string's closing quote, or the end of the data. */
  #skipString(data: Bytes, start: number): number {
    let at = start;
    for (;;) {
      const close = data.indexOf(quote, at);
      const end = close < 0 ? data.length : close;
      const isEscaped = this.#escapedAt(data, at, end);
      this.#isEscaped = false;
      if (close < 0) {
        this.#isEscaped = isEscaped;
        return end;
      }
      if (!isEscaped) {
        this.#isInString = false;
        return close + 1;
      }
      at = close + 1;
    }
  }

  /** Whether the byte at `end` is escaped, given the run of backslashes before it. */
  #escapedAt(data: Bytes, start: number, end: number): boolean {
    let run = end;
    while (run > start && data[run - 1] === backslash) run--;
    const isOdd = (end - run) % 2 === 1;
    return run === start && this.#isEscaped ? !isOdd : isOdd;
  }

  #matchAt(data: Bytes, start: number, isEnd: boolean): Pattern | "more" | undefined {
    for (const pattern of this.#patterns) {
      const { find } = pattern;
      const available = Math.min(find.length, data.length - start);
      if (!isPrefix(find, data, start, available)) continue;
      const next = data[start + find.length];
      if (available === find.length && next !== undefined) {
        if (boundaries.has(next)) return pattern;
      } else if (!isEnd) return "more";
    }
    return undefined;
  }
}

function isPrefix(find: Bytes, data: Bytes, start: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (find[index] !== data[start + index]) return false;
  }
  return true;
}
