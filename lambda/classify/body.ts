// Request bodies: decompressed and counted while they arrive, so that no body makes the gateway hold more than its limit.
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream } from "../model/http.ts";
import type { Encoding } from "./headers.ts";

export interface BodyLimit {
  readonly bytes: number;
  /** The operation, for the message. */
  readonly operation: string;
}

/** 100 MiB of zeros are 101,941 bytes of gzip: past the first MiB a body may be at most this many times its wire size. */
const maxRatio = 100;
const ratioFreeBytes = 1024 * 1024;

/** The body without its Content-Encoding. Throws GH_BODY_TOO_LARGE while reading, GH_BAD_BODY for broken gzip. */
export async function* decoded(body: ByteStream, encoding: Encoding, limit: BodyLimit): ByteStreamOf {
  if (encoding === "identity") {
    yield* capped(body, limit);
    return;
  }
  let wireBytes = 0;
  const counted = async function* (): ByteStreamOf {
    for await (const chunk of body) {
      wireBytes += chunk.length;
      yield chunk;
    }
  };
  let plainBytes = 0;
  let source: Error | undefined;
  const gunzip = createGunzip();
  // The callback takes every error of either side; what the client's stream threw is told apart below.
  pipeline(Readable.from(keepingError(counted(), (error) => (source = error))), gunzip, () => undefined);
  try {
    for await (const chunk of capped(gunzip as AsyncIterable<Bytes>, limit)) {
      plainBytes += chunk.length;
      if (plainBytes > ratioFreeBytes && plainBytes > wireBytes * maxRatio) throw tooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof GateError) throw error;
    if (source !== undefined) throw source;
    throw new GateError("GH_BAD_BODY", { why: "its gzip encoding is broken or cut short" }, { cause: error });
  } finally {
    gunzip.destroy();
  }
}

type ByteStreamOf = AsyncGenerator<Bytes, void, undefined>;

async function* keepingError(stream: ByteStream, keep: (error: Error) => void): ByteStreamOf {
  try {
    yield* stream;
  } catch (error) {
    keep(error instanceof Error ? error : new Error("the request's body broke off"));
    throw error;
  }
}

/** The same stream, ending in GH_BODY_TOO_LARGE as soon as it exceeds the limit. */
export async function* capped(body: ByteStream, limit: BodyLimit): ByteStreamOf {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit.bytes) throw tooLarge(limit);
    yield chunk;
  }
}

/** The whole body in memory, never more than the limit. */
export async function collected(body: ByteStream, encoding: Encoding, limit: BodyLimit): Promise<Bytes> {
  const chunks: Bytes[] = [];
  for await (const chunk of decoded(body, encoding, limit)) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** A body on GET or HEAD means something to some servers: GH_BAD_BODY. */
export async function requireNoBody(body: ByteStream, what: string): Promise<void> {
  for await (const chunk of body) {
    if (chunk.length > 0) throw new GateError("GH_BAD_BODY", { why: `${what} takes no body` });
  }
}

function tooLarge(limit: BodyLimit): GateError {
  return new GateError("GH_BODY_TOO_LARGE", { limit: String(limit.bytes), operation: limit.operation });
}
