// Random access to a stored pack, a few pages at a time, and the checks of its two ends.
import { createHash } from "node:crypto";
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import type { EscrowObject } from "../model/ports.ts";
import { ByteCache } from "./byte-cache.ts";
import { badPack, unavailable } from "./unsound.ts";

export const pageBytes = 256 * 1024;
const cachedBytes = 8 * 1024 * 1024;
export const headerBytes = 12;
export const trailerBytes = 20;

export class PackFile {
  readonly #object: EscrowObject;
  readonly #pages = new ByteCache<number, Bytes>(cachedBytes);
  /** Where the trailer begins. */
  readonly end: number;

  constructor(object: EscrowObject) {
    if (object.bytes < headerBytes + trailerBytes) throw badPack("it is shorter than an empty pack");
    this.#object = object;
    this.end = object.bytes - trailerBytes;
  }

  /** The bytes from `offset`, never reaching into the trailer; shorter than `length` only there. */
  async slice(offset: number, length: number): Promise<Bytes> {
    const stop = Math.min(offset + length, this.end);
    if (stop <= offset) return new Uint8Array(0);
    const first = Math.floor(offset / pageBytes);
    const last = Math.floor((stop - 1) / pageBytes);
    if (first === last) {
      const page = await this.#page(first);
      return page.subarray(offset - first * pageBytes, stop - first * pageBytes);
    }
    const joined = new Uint8Array(stop - offset);
    for (let number = first; number <= last; number += 1) {
      const start = number * pageBytes;
      const page = await this.#page(number);
      const from = Math.max(offset, start);
      joined.set(page.subarray(from - start, Math.min(stop - start, pageBytes)), from - offset);
    }
    return joined;
  }

  /** The rest of the page in which `offset` lies: the cheapest next piece of a stream. */
  async piece(offset: number): Promise<Bytes> {
    return this.slice(offset, pageBytes - (offset % pageBytes));
  }

  async #page(number: number): Promise<Bytes> {
    const cached = this.#pages.get(number);
    if (cached !== undefined) return cached;
    const start = number * pageBytes;
    const wanted = Math.min(pageBytes, this.#object.bytes - start);
    const page = await fromEscrow(() => this.#object.read(start, wanted));
    if (page.length !== wanted) throw unavailable("the stored pack is shorter than it was");
    this.#pages.set(number, page, page.length);
    return page;
  }

  /** Returns the number of entries that the header announces. */
  async header(): Promise<number> {
    const bytes = Buffer.from(await this.slice(0, headerBytes));
    if (bytes.length < headerBytes || bytes.toString("latin1", 0, 4) !== "PACK")
      throw badPack("it does not begin with PACK");
    const version = bytes.readUInt32BE(4);
    if (version !== 2) throw badPack(`pack version ${version} is not read here; expected: 2`);
    return bytes.readUInt32BE(8);
  }

  /** The last 20 bytes are the SHA-1 of all before them. */
  async verifyTrailer(): Promise<void> {
    const hash = createHash("sha1");
    let seen = 0;
    let trailer = Buffer.alloc(0);
    await fromEscrow(async () => {
      for await (const chunk of this.#object.stream()) {
        const inside = Math.max(0, Math.min(chunk.length, this.end - seen));
        hash.update(chunk.subarray(0, inside));
        trailer = Buffer.concat([trailer, chunk.subarray(inside)]).subarray(0, trailerBytes + 1);
        seen += chunk.length;
      }
    });
    if (seen !== this.#object.bytes) throw unavailable("the stored pack is shorter than it was");
    if (!hash.digest().equals(trailer))
      throw badPack("its checksum does not match; it was damaged on the way");
  }
}

async function fromEscrow<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw unavailable("the stored pack could not be read", cause);
  }
}
