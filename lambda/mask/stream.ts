// One masked stream: the scanner finds, the base64 reader opens file contents, the outlet releases.
import type { Bytes } from "../model/http.ts";
import type { MaskStream } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";
import { Base64Values } from "./base64-values.ts";
import type { LiteralIndex } from "./literals.ts";
import { Outlet, type Scratch } from "./outlet.ts";
import { Scanner } from "./scanner.ts";

/** Larger chunks are scanned piece by piece, so that memory does not follow their size. */
const pieceBytes = 65_536;

export class Stream implements MaskStream {
  readonly #outlet: Outlet;
  readonly #scanner: Scanner;
  readonly #values: Base64Values | undefined;

  constructor(kind: "json" | "text", index: LiteralIndex, scratch: Scratch, innerScratch: Scratch) {
    const outlet = new Outlet(scratch);
    this.#outlet = outlet;
    this.#scanner = new Scanner(index, outlet.window, (span) => {
      outlet.addSpan(span);
    });
    if (kind === "json") this.#values = new Base64Values(index, innerScratch, outlet);
  }

  push(chunk: Bytes): Bytes {
    if (chunk.length <= pieceBytes) return this.#advance(chunk, false);
    const pieces: Bytes[] = [];
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      pieces.push(this.#advance(chunk.subarray(at, at + pieceBytes), false));
    }
    return asOneView(chunk, pieces) ?? Buffer.concat(pieces);
  }

  end(): Bytes {
    return this.#advance(new Uint8Array(0), true);
  }

  counts(): readonly MaskCount[] {
    return this.#outlet.counts();
  }

  /** How much the scanner has looked at; tests hold that it grows with the input and no faster. */
  get steps(): number {
    return this.#scanner.memo.steps;
  }

  #advance(chunk: Bytes, isFinal: boolean): Bytes {
    const window = this.#outlet.open(chunk, isFinal);
    const scanned = this.#scanner.advance(window);
    const opened = this.#values?.advance(window) ?? scanned;
    return this.#outlet.release(chunk, Math.min(scanned, opened));
  }
}

/** Untouched pieces are views of the chunk that lie side by side: the result is one view again. */
function asOneView(chunk: Bytes, pieces: readonly Bytes[]): Bytes | undefined {
  const first = pieces[0]?.byteOffset ?? 0;
  let next = first;
  for (const piece of pieces) {
    if (piece.length > 0 && (piece.buffer !== chunk.buffer || piece.byteOffset !== next)) return undefined;
    next += piece.length;
  }
  return first === chunk.byteOffset ? chunk.subarray(0, next - first) : undefined;
}
