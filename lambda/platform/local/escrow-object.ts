// Reads an escrow object: any range, or all of it in order. Every byte was authenticated before it is returned.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { GateError } from "../../model/errors.ts";
import type { Bytes } from "../../model/http.ts";
import type { EscrowObject } from "../../model/ports.ts";
import { frameBytes, frameCount, frameOffset, openFrame } from "../escrow-frames.ts";
import type { EscrowEnd } from "../escrow-frames.ts";

/** The pack reader comes back to the same places; four frames are 256 kB. */
const cachedFrames = 4;

export function escrowObject(from: { id: string; file: string; key: Bytes; end: EscrowEnd }): EscrowObject {
  const { id, file, key, end } = from;
  const cache = new Map<number, Bytes>();
  const lastIndex = frameCount(end.bytes) - 1;

  async function frame(handle: FileHandle, index: number): Promise<Bytes> {
    const isLast = index === lastIndex;
    const length = isLast ? end.bytes - index * frameBytes : frameBytes;
    const sealed = await readExactly(handle, frameOffset(index), length + 16);
    return openFrame(key, id, index, isLast, sealed);
  }

  async function cachedFrame(index: number): Promise<Bytes> {
    const known = cache.get(index);
    if (known !== undefined) {
      cache.delete(index);
      cache.set(index, known);
      return known;
    }
    const plain = await withFile(file, (handle) => frame(handle, index));
    cache.set(index, plain);
    const oldest = cache.keys().next().value;
    if (cache.size > cachedFrames && oldest !== undefined) cache.delete(oldest);
    return plain;
  }

  return {
    id,
    bytes: end.bytes,
    sha256: end.sha256,
    async read(offset, length) {
      if (!isCount(offset) || !isCount(length))
        throw new RangeError("offset and length are whole numbers from 0");
      const until = Math.min(offset + length, end.bytes);
      const parts: Bytes[] = [];
      for (let at = offset; at < until;) {
        const index = Math.floor(at / frameBytes);
        const start = index * frameBytes;
        const plain = await cachedFrame(index);
        parts.push(plain.subarray(at - start, until - start));
        at = start + frameBytes;
      }
      // Always a copy: what a reader does with its bytes must not reach the cache.
      return Buffer.concat(parts);
    },
    async *stream(from = 0) {
      if (!isCount(from)) throw new RangeError("an offset is a whole number from 0");
      const handle = await openEscrow(file);
      try {
        for (let index = Math.floor(from / frameBytes); index * frameBytes < end.bytes; index += 1) {
          const plain = await frame(handle, index).catch(unreadable);
          const skipped = Math.max(0, from - index * frameBytes);
          if (skipped < plain.length) yield plain.subarray(skipped);
        }
      } finally {
        await handle.close();
      }
    },
  };
}

/** Exactly this many bytes at this place, or an error. */
export async function readExactly(file: FileHandle, position: number, length: number): Promise<Bytes> {
  if (position < 0) throw new Error("cut short");
  const buffer = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error("cut short");
    filled += bytesRead;
  }
  return buffer;
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openEscrow(file);
  try {
    return await work(handle).catch(unreadable);
  } finally {
    await handle.close();
  }
}

function openEscrow(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(unreadable);
}

function unreadable(cause: unknown): never {
  throw new GateError("GH_ESCROW_UNAVAILABLE", {}, { cause });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
