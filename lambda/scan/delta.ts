// Rebuilds an object from its base and a delta (git: Documentation/gitformat-pack).
import type { Bytes } from "../model/http.ts";
import { badPack } from "./unsound.ts";

export interface DeltaSizes {
  readonly base: number;
  readonly result: number;
  /** Where the instructions begin. */
  readonly start: number;
}

export function deltaSizes(delta: Bytes): DeltaSizes {
  const base = sizeAt(delta, 0);
  const result = sizeAt(delta, base.next);
  return { base: base.value, result: result.value, start: result.next };
}

/** The object; `sizes.result` was checked against the limits before, so that nobody else decides what we allocate. */
export function applyDelta(base: Bytes, delta: Bytes, sizes: DeltaSizes): Bytes {
  if (sizes.base !== base.length) throw badPack("a delta was made for a base of another size");
  const result = new Uint8Array(sizes.result);
  let written = 0;
  let at = sizes.start;
  const next = (): number => {
    const byte = delta[at];
    if (byte === undefined) throw badPack("a delta ends in the middle of an instruction");
    at += 1;
    return byte;
  };
  while (at < delta.length) {
    const opcode = next();
    let piece: Bytes;
    if ((opcode & 0x80) === 0) {
      if (opcode === 0) throw badPack("a delta holds the reserved instruction 0");
      piece = delta.subarray(at, at + opcode);
      if (piece.length !== opcode) throw badPack("a delta ends in the middle of an instruction");
      at += opcode;
    } else {
      let offset = 0;
      let size = 0;
      for (let bit = 0; bit < 4; bit += 1) if (opcode & (1 << bit)) offset += next() * 2 ** (8 * bit);
      for (let bit = 0; bit < 3; bit += 1) if (opcode & (0x10 << bit)) size += next() * 2 ** (8 * bit);
      if (size === 0) size = 0x10000;
      if (offset + size > base.length) throw badPack("a delta copies from beyond its base");
      piece = base.subarray(offset, offset + size);
    }
    if (written + piece.length > result.length) throw badPack("a delta writes more than it says");
    result.set(piece, written);
    written += piece.length;
  }
  if (written !== result.length) throw badPack("a delta writes less than it says");
  return result;
}

function sizeAt(delta: Bytes, start: number): { value: number; next: number } {
  let value = 0;
  for (let at = start; at < start + 7; at += 1) {
    const byte = delta[at];
    if (byte === undefined) throw badPack("a delta ends in its header");
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if ((byte & 0x80) === 0) return { value, next: at + 1 };
  }
  throw badPack("a delta gives an impossible size");
}
