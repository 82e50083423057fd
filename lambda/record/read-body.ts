// Reads a recorded body back, and checks it against what the record committed to.
import { createHmac, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import type { Bytes } from "../model/http.ts";
import type { BodyStore } from "../model/ports.ts";
import type { BodyCommitment } from "../model/record.ts";

const decompress = promisify(zstdDecompress);
/** More than any recorded body may have; a tampered file must not fill memory. */
const maxBytes = 64 * 1024 * 1024;

/** The masked body, uncompressed; undefined when there is none of this name. Throws when it cannot be read. */
export async function readBody(bodies: Pick<BodyStore, "get">, name: string): Promise<Bytes | undefined> {
  const stored = await bodies.get(name);
  if (stored === undefined) return undefined;
  return await decompress(stored, { maxOutputLength: maxBytes });
}

/** Whether these are the very bytes that the record committed to. */
export function isCommittedBody(commitment: BodyCommitment, body: Bytes): boolean {
  const actual = createHmac("sha256", Buffer.from(commitment.salt, "hex")).update(body).digest();
  const expected = Buffer.from(commitment.hmac, "hex");
  return (
    body.length === commitment.bytes && expected.length === actual.length && timingSafeEqual(actual, expected)
  );
}
