// An escrow object in memory, and packs written by hand for what git itself would not write.
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { Bytes } from "../../lambda/model/http.ts";
import { streamOf } from "../../lambda/model/http.ts";
import type { EscrowObject } from "../../lambda/model/ports.ts";

export function inMemory(bytes: Bytes): EscrowObject {
  return {
    id: "pln_test",
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    stream: (from = 0) => streamOf(bytes.subarray(from)),
  };
}

/** Header, the given entries, and a trailer that fits. */
export function packOf(entries: readonly Bytes[], count = entries.length, version = 2): Buffer {
  const header = Buffer.alloc(12);
  header.write("PACK");
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(count, 8);
  return sealed(Buffer.concat([header, ...entries]));
}

/** The bytes with a trailer that fits them. */
export function sealed(bytes: Bytes): Buffer {
  return Buffer.concat([bytes, createHash("sha1").update(bytes).digest()]);
}

/** One entry; `base` is what stands between head and data of a delta. */
export function entry(
  type: number,
  content: Bytes,
  base: Bytes = Buffer.alloc(0),
  size = content.length,
): Buffer {
  const head: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  head.push(byte);
  return Buffer.concat([Buffer.from(head), base, deflateSync(content)]);
}

export function oidOf(type: string, content: Bytes): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}
