// Reads pkt-lines from a byte stream, strictly and without reading ahead of what is asked for.
// https://git-scm.com/docs/protocol-common
import type { Bytes, ByteStream } from "../model/http.ts";

export type Packet =
  | { readonly is: "data"; readonly payload: Bytes }
  | { readonly is: "flush" }
  | { readonly is: "delimiter" }
  | { readonly is: "response-end" }
  /** The stream ended before the first byte of a packet. */
  | { readonly is: "end" };

/** Framing that git does not write; the text fits into "…: {why}". */
export class PacketError extends Error {
  constructor(why: string) {
    super(why);
    this.name = "PacketError";
  }
}

export class PacketReader {
  readonly #source: AsyncIterator<Bytes>;
  #chunks: Bytes[] = [];
  #buffered = 0;
  #isEnded = false;

  constructor(stream: ByteStream) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  async packet(): Promise<Packet> {
    const head = await this.#take(4);
    if (head === undefined) return { is: "end" };
    // Lower-case hex only: git takes "00AF" too, other parsers may not.
    const text = Buffer.from(head).toString("latin1");
    if (!/^[0-9a-f]{4}$/.test(text))
      throw new PacketError("a packet length is not four lower-case hex digits");
    const length = Number.parseInt(text, 16);
    if (length === 0) return { is: "flush" };
    if (length === 1) return { is: "delimiter" };
    if (length === 2) return { is: "response-end" };
    if (length < 5 || length > 65_520) throw new PacketError(`a packet cannot have the length ${text}`);
    const payload = await this.#take(length - 4);
    if (payload === undefined) throw new PacketError("it ends in the middle of a packet");
    return { is: "data", payload };
  }

  /** At most `count` bytes that come next, without taking them; fewer only at the end. */
  async peek(count: number): Promise<Bytes> {
    await this.#fill(count);
    return Buffer.concat(this.#chunks).subarray(0, count);
  }

  /** Everything after the packets taken so far. */
  async *rest(): AsyncGenerator<Bytes, void, undefined> {
    try {
      for (const chunk of this.#chunks.splice(0)) {
        this.#buffered -= chunk.length;
        yield chunk;
      }
      while (!this.#isEnded) {
        const next = await this.#source.next();
        if (next.done === true) this.#isEnded = true;
        else if (next.value.length > 0) yield next.value;
      }
    } finally {
      await this.close();
    }
  }

  /** Tells the stream that nobody will read on. */
  async close(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#source.return?.();
  }

  async #take(count: number): Promise<Bytes | undefined> {
    await this.#fill(count);
    if (this.#buffered === 0) return undefined;
    if (this.#buffered < count) throw new PacketError("it ends in the middle of a packet");
    const all = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#buffered = rest.length;
    return all.subarray(0, count);
  }

  async #fill(count: number): Promise<void> {
    while (this.#buffered < count && !this.#isEnded) {
      const next = await this.#source.next();
      if (next.done === true) this.#isEnded = true;
      else if (next.value.length > 0) {
        this.#chunks.push(next.value);
        this.#buffered += next.value.length;
      }
    }
  }
}
