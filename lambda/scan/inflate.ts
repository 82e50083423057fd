// Inflates one pack entry: small ones in one go, big ones as a stream that never holds the whole.
import { createInflate, inflateSync } from "node:zlib";
import type { Inflate, InputType, ZlibOptions } from "node:zlib";
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import type { PackFile } from "./pack-file.ts";
import { badPack } from "./unsound.ts";

export interface Inflated {
  readonly bytes: Bytes;
  /** Compressed bytes used. */
  readonly consumed: number;
}

const chunkSize = 64 * 1024;

/** With `info`, Node returns the engine too; its types do not say so. */
const inflateWithEngine = inflateSync as unknown as (
  input: InputType,
  options: ZlibOptions,
) => { buffer: Uint8Array; engine: Inflate };

/** The entry's bytes at `offset`, which must be exactly `size`. */
export async function inflateWhole(file: PackFile, offset: number, size: number): Promise<Inflated> {
  let guess = size + Math.ceil(size / 512) + 64;
  for (;;) {
    const input = await file.slice(offset, guess);
    try {
      // A size of 0 still needs room for one byte: zlib refuses 0, and one byte too many is found below.
      const { buffer, engine } = inflateWithEngine(input, {
        info: true,
        maxOutputLength: Math.max(size, 1),
      });
      if (buffer.length !== size) throw badPack("an object is not as long as its entry says");
      return { bytes: buffer, consumed: engine.bytesWritten };
    } catch (cause) {
      if (cause instanceof GateError) throw cause;
      const isCutOff = codeOf(cause) === "Z_BUF_ERROR" && input.length === guess;
      // An odd encoder may need more room than zlib ever would; but not without end.
      if (!isCutOff || guess > 4 * size + 65_536) throw unreadable(cause);
      guess *= 4;
    }
  }
}

/** Passes the entry's bytes on as they appear; returns the number of compressed bytes used. */
export async function inflateStreamed(
  file: PackFile,
  offset: number,
  size: number,
  take: (chunk: Bytes) => Promise<void>,
): Promise<number> {
  const engine = createInflate({ chunkSize });
  let produced = 0;
  const drain = async (): Promise<void> => {
    for await (const chunk of engine as AsyncIterable<Bytes>) {
      produced += chunk.length;
      if (produced > size) throw badPack("an object is longer than its entry says");
      await take(chunk);
    }
  };
  try {
    await Promise.all([feed(engine, file, offset), drain()]);
  } catch (cause) {
    engine.destroy();
    if (cause instanceof GateError) throw cause;
    throw unreadable(cause);
  }
  if (produced !== size) throw badPack("an object is not as long as its entry says");
  return engine.bytesWritten;
}

async function feed(engine: Inflate, file: PackFile, offset: number): Promise<void> {
  let at = offset;
  try {
    // zlib leaves bytes behind once it has seen the end of its stream.
    while (engine.bytesWritten === at - offset) {
      const piece = await file.piece(at);
      if (piece.length === 0) {
        engine.end();
        return;
      }
      await written(engine, piece);
      at += piece.length;
    }
  } catch (cause) {
    engine.destroy();
    throw cause;
  }
}

function written(engine: Inflate, piece: Bytes): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.write(piece, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function unreadable(cause: unknown): GateError {
  return badPack(
    codeOf(cause) === "ERR_BUFFER_TOO_LARGE"
      ? "an object is longer than its entry says"
      : "an object cannot be decompressed",
    cause,
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
