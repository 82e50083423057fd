// Keeps the masked body of a request or an answer beside the record, and commits to it with a salted hash.
import { createHmac } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { GateError, RecordExists } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import type { Masker, MaskStream } from "../model/masking.ts";
import type { BodyStore, Ids } from "../model/ports.ts";
import type { BodyCommitment, MaskCount } from "../model/record.ts";

const compress = promisify(zstdCompress);

export interface BodyRecorder {
  /** Raw bytes, masked here: for requests. */
  push(raw: Bytes): void;
  /** Bytes that were masked on their way to the client: for answers. Not to be mixed with `push`. */
  pushMasked(masked: Bytes): void;
  /**
   * Stores the body; resolves when it is durable. `counts` are the masks of what came through `pushMasked`.
   * Throws RecordExists, else GateError GH_AUDIT_UNAVAILABLE.
   */
  finish(counts?: readonly MaskCount[]): Promise<BodyCommitment>;
}

/**
 * Keeps at most `limit` masked bytes in memory. Of a `binary` body nothing is kept but the fact that there was one:
 * a secret inside compressed bytes cannot be seen, so it could not be masked.
 */
export function createBodyRecorder(parts: {
  name: string;
  mediaType: string;
  kind: "json" | "text" | "binary";
  masker: Pick<Masker, "stream">;
  limit: number;
  bodies: Pick<BodyStore, "put">;
  ids: Pick<Ids, "random">;
}): BodyRecorder {
  const { name, mediaType, kind, masker, limit, bodies, ids } = parts;
  const salt = ids.random(32);
  const hmac = createHmac("sha256", salt);
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let isTruncated = false;
  let source: "none" | "masked" | MaskStream = "none";

  function keep(masked: Bytes): void {
    const room = kind === "binary" ? 0 : limit - keptBytes;
    if (masked.length > room) isTruncated = true;
    // A copy: the sender may reuse its buffer.
    const part = Buffer.from(masked.subarray(0, Math.max(room, 0)));
    if (part.length === 0) return;
    hmac.update(part);
    kept.push(part);
    keptBytes += part.length;
  }

  function maskStream(): MaskStream | undefined {
    if (source === "masked") throw new TypeError(`${name}: raw bytes after masked ones`);
    if (source === "none" && kind !== "binary") source = masker.stream(kind);
    return source === "none" ? undefined : source;
  }

  return {
    push(raw) {
      if (raw.length === 0) return;
      const stream = maskStream();
      // Past the limit there is nothing left to keep, so nothing left to mask.
      if (stream === undefined || isTruncated) isTruncated = true;
      else keep(stream.push(raw));
    },
    pushMasked(masked) {
      if (typeof source === "object") throw new TypeError(`${name}: masked bytes after raw ones`);
      source = "masked";
      keep(masked);
    },
    async finish(counts = []) {
      if (typeof source === "object" && !isTruncated) keep(source.end());
      const commitment: BodyCommitment = {
        name,
        mediaType,
        bytes: keptBytes,
        hmac: hmac.digest("hex"),
        salt: Buffer.from(salt).toString("hex"),
        masks: sumOf(typeof source === "object" ? [...source.counts(), ...counts] : counts),
        isTruncated,
      };
      try {
        await bodies.put(name, await compress(Buffer.concat(kept)));
      } catch (error) {
        if (error instanceof RecordExists) throw error;
        throw new GateError("GH_AUDIT_UNAVAILABLE", {}, { cause: error });
      }
      return commitment;
    },
  };
}

/** One count per kind, by name. */
function sumOf(counts: readonly MaskCount[]): MaskCount[] {
  const sums = new Map<string, number>();
  for (const { kind, count } of counts) sums.set(kind, (sums.get(kind) ?? 0) + count);
  return [...sums]
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => ({ kind, count }));
}
