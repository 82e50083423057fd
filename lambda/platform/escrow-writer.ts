// Seals a body for escrow while it arrives: frames, and an end that says how long it was.
import { createHash } from "node:crypto";
import type { Bytes, ByteStream } from "../model/http.ts";
import { frameBytes, sealEnd, sealFrame, type EscrowEnd } from "./escrow-frames.ts";

/** What follows the header, in order. */
export async function* sealedFrames(
  key: Bytes,
  id: string,
  body: ByteStream,
): AsyncGenerator<Bytes, EscrowEnd> {
  const hash = createHash("sha256");
  const frame = Buffer.alloc(frameBytes);
  let bytes = 0;
  let filled = 0;
  let index = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length;) {
      // A full frame waits for the next byte: only then is it known not to be the last.
      if (filled === frameBytes) {
        yield sealFrame(key, id, index, false, frame);
        index += 1;
        filled = 0;
      }
      const part = chunk.subarray(at, at + frameBytes - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield sealFrame(key, id, index, true, frame.subarray(0, filled));
  const end = { bytes, sha256: hash.digest("hex") };
  yield sealEnd(key, id, end);
  return end;
}

/** Passes the stream on and notes when it was the stream that failed. */
export async function* markFailure(body: ByteStream, broken: { source?: unknown }): ByteStream {
  try {
    yield* body;
  } catch (error) {
    broken.source = error;
    throw error;
  }
}
