// Values as JSON in an item: long ones compressed, since an item has 400 kB at most and each kB is paid for.
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Item } from "./expressions.ts";

const plainUpTo = 2_048;
/** What was compressed here was at most this long; more is not ours. */
const maxBytes = 32 * 1024 * 1024;

export function packed(value: unknown): Item {
  const json = JSON.stringify(value);
  return json.length <= plainUpTo ? { json } : { zstd: zstdCompressSync(json) };
}

/** What `packed` put into the item. The caller names its type: only this program writes here. */
export function unpacked(item: Item): unknown {
  const { json, zstd } = item;
  if (typeof json === "string") return JSON.parse(json);
  if (!(zstd instanceof Uint8Array)) throw new TypeError("the item holds no JSON");
  return JSON.parse(zstdDecompressSync(zstd, { maxOutputLength: maxBytes }).toString("utf8"));
}
