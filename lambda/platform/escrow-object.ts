// Reads an escrow object: any range, or all of it in order. Every byte was authenticated before it is returned.
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import type { EscrowObject } from "../model/ports.ts";
import { frameBytes, frameCount, frameOffset, openFrame } from "./escrow-frames.ts";
import type { EscrowEnd } from "./escrow-frames.ts";

/** Frames fetched in one request: a megabyte, since each request to S3 takes about as long as a megabyte does. */
const runFrames = 16;
/** The pack reader comes back to the same places; four runs are 4 MB. */
const cachedRuns = 4;
const runBytes = runFrames * frameBytes;

export function escrowObject(from: {
  id: string;
  key: Bytes;
  end: EscrowEnd;
  /** Exactly these sealed bytes, or an error. */
  read: (offset: number, length: number) => Promise<Bytes>;
}): EscrowObject {
  const { id, key, end, read } = from;
  const cache = new Map<number, Promise<Bytes>>();
  const frames = frameCount(end.bytes);

  /** The plain bytes of up to `runFrames` frames. */
  async function fetchRun(run: number): Promise<Bytes> {
    const first = run * runFrames;
    const last = Math.min(first + runFrames, frames) - 1;
    const until = last === frames - 1 ? end.bytes + frames * 16 + frameOffset(0) : frameOffset(last + 1);
    try {
      const sealed = await read(frameOffset(first), until - frameOffset(first));
      const plain: Bytes[] = [];
      for (let index = first; index <= last; index += 1) {
        const start = frameOffset(index) - frameOffset(first);
        const stop = index === last ? sealed.length : frameOffset(index + 1) - frameOffset(first);
        plain.push(openFrame(key, id, index, index === frames - 1, sealed.subarray(start, stop)));
      }
      return Buffer.concat(plain);
    } catch (cause) {
      throw new GateError("GH_ESCROW_UNAVAILABLE", {}, { cause });
    }
  }

  function cachedRun(run: number): Promise<Bytes> {
    const plain = cache.get(run) ?? fetchRun(run);
    cache.delete(run);
    cache.set(run, plain);
    plain.catch(() => cache.delete(run));
    const [oldest] = cache.keys();
    if (cache.size > cachedRuns && oldest !== undefined) cache.delete(oldest);
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
        const run = Math.floor(at / runBytes);
        const plain = await cachedRun(run);
        parts.push(plain.subarray(at - run * runBytes, until - run * runBytes));
        at = (run + 1) * runBytes;
      }
      // Always a copy: what a reader does with its bytes must not reach the cache.
      return Buffer.concat(parts);
    },
    /** By pieces of a megabyte: a receiver that is slow holds neither a file nor a connection to S3 open. */
    async *stream(start = 0) {
      if (!isCount(start)) throw new RangeError("an offset is a whole number from 0");
      for (let run = Math.floor(start / runBytes); run * runBytes < end.bytes; run += 1) {
        const plain = await fetchRun(run);
        const skipped = Math.max(0, start - run * runBytes);
        if (skipped < plain.length) yield plain.subarray(skipped);
      }
    },
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
