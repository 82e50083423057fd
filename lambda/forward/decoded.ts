// Opens compressed answers so that they can be masked; what cannot be opened in full is not passed on.
import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { GateError } from "../model/errors.ts";
import { type Bytes, type ByteStream, headerValues, withoutHeaders } from "../model/http.ts";
import type { UpstreamAnswer } from "../model/ports.ts";

export interface DecodeLimits {
  /** Decoded bytes per encoded byte, once `freeBytes` have come. */
  readonly ratio: number;
  readonly freeBytes: number;
  readonly maxBytes: number;
}

const defaultLimits: DecodeLimits = { ratio: 200, freeBytes: 8 * 1024 * 1024, maxBytes: 1024 ** 3 };

/** The answer in identity coding. Throws GH_UPSTREAM_UNREADABLE for a coding that is not known, at once. */
export function decoded(answer: UpstreamAnswer, limits: DecodeLimits = defaultLimits): UpstreamAnswer {
  const codings = headerValues(answer.headers, "content-encoding")
    .flatMap((value) => value.split(","))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
  const [coding, ...more] = codings;
  if (coding === undefined) return answer;
  if (more.length > 0) throw unreadable("it is encoded more than once");
  if (!["gzip", "x-gzip", "deflate", "br"].includes(coding))
    throw unreadable("its Content-Encoding is unknown");
  return {
    status: answer.status,
    headers: withoutHeaders(answer.headers, "content-encoding", "content-length"),
    body: opened(answer.body, coding, limits),
  };
}

async function* opened(source: ByteStream, coding: string, limits: DecodeLimits): AsyncGenerator<Bytes> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await firstChunk(iterator);
  // HEAD, 204 and 304 carry the field without a body.
  if (first === undefined) return;

  let encodedBytes = 0;
  let decodedBytes = 0;
  const counted = async function* (): AsyncGenerator<Bytes> {
    try {
      for (let chunk: Bytes | undefined = first; chunk !== undefined;) {
        encodedBytes += chunk.length;
        yield chunk;
        const next: IteratorResult<Bytes, unknown> = await iterator.next();
        chunk = next.done === true ? undefined : next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  const decoder = decoderFor(coding, first);
  // Errors on either side surface in the loop below.
  pipeline(Readable.from(counted()), decoder, () => undefined);
  try {
    for await (const chunk of decoder as AsyncIterable<Bytes>) {
      decodedBytes += chunk.length;
      const isBomb = decodedBytes > limits.freeBytes && decodedBytes > encodedBytes * limits.ratio;
      if (isBomb || decodedBytes > limits.maxBytes) throw unreadable("it expands beyond the limit");
      yield chunk;
    }
  } catch (error) {
    throw error instanceof GateError ? error : unreadable("its compressed data is damaged");
  }
}

async function firstChunk(iterator: AsyncIterator<Bytes>): Promise<Bytes | undefined> {
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return undefined;
    if (next.value.length > 0) return next.value;
  }
}

function decoderFor(coding: string, first: Bytes): Transform {
  if (coding === "br") return createBrotliDecompress();
  if (coding !== "deflate") return createGunzip();
  // RFC 9110, 8.4.1.2: some servers send deflate without its zlib wrapper. CM = 8 marks the wrapper.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}

function unreadable(why: string): GateError {
  return new GateError("GH_UPSTREAM_UNREADABLE", { why });
}
