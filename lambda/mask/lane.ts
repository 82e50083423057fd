// One text that comes in pieces over many events: masked as one, and handed back piece by piece.
import type { Bytes } from "../model/http.ts";
import type { MaskStream } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";

const asterisk = 0x2a;
/** What may stay readable of a text that was given up on: shorter than the beginning of any secret that says something. */
const harmlessBytes = 8;

export class Lane {
  readonly #stream: MaskStream;
  #out: Bytes = new Uint8Array(0);
  /** Offset of `#out[0]` in the text. */
  #outFrom = 0;
  #in = 0;
  #isOver = false;

  constructor(stream: MaskStream) {
    this.#stream = stream;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Up to where the text is decided. */
  get decided(): number {
    return this.#outFrom + this.#out.length;
  }

  /** Where the piece begins and ends in the text. */
  push(piece: Bytes): readonly [from: number, to: number] {
    const from = this.#in;
    this.#in += piece.length;
    this.#release(this.#stream.push(piece));
    return [from, this.#in];
  }

  /** The text is complete. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release(this.#stream.end());
  }

  /** The text did not go on in time. What may be the beginning of a secret is hidden. */
  giveUp(): void {
    if (this.#isOver) return;
    const open = this.#in - this.decided;
    this.end();
    if (open > harmlessBytes) this.#out.fill(asterisk, this.#out.length - open);
  }

  /** The masked piece, once it is decided; pieces are taken in order. */
  take(from: number, to: number): Bytes {
    const piece = this.#out.subarray(from - this.#outFrom, to - this.#outFrom);
    this.#out = this.#out.subarray(to - this.#outFrom);
    this.#outFrom = to;
    return piece;
  }

  counts(): readonly MaskCount[] {
    return this.#stream.counts();
  }

  #release(bytes: Bytes): void {
    if (bytes.length > 0) this.#out = Buffer.concat([this.#out, bytes]);
  }
}
