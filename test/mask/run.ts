// Runs text through a masker in one go or in chunks.
import { createMasker } from "../../lambda/mask/masker.ts";
import type { MaskCount } from "../../lambda/model/record.ts";
import type { MaskStream } from "../../lambda/model/masking.ts";

export type Kind = "json" | "text";

/** A credential of the gateway, made up here, with characters that every encoding changes. */
export const credential = ["gateway", "Kq7/+w==", '"\\', "Zy9ü"].join("-");

export const masker = createMasker({ literals: [credential] });

export function drain(stream: MaskStream, chunks: Iterable<Uint8Array>): Buffer {
  const parts: Uint8Array[] = [];
  for (const chunk of chunks) parts.push(Buffer.from(stream.push(chunk)));
  parts.push(Buffer.from(stream.end()));
  return Buffer.concat(parts);
}

export function maskBytes(input: Uint8Array, kind: Kind): Buffer {
  return drain(masker.stream(kind), [input]);
}

export function maskText(input: string, kind: Kind = "text"): string {
  return maskBytes(Buffer.from(input), kind).toString();
}

export function counts(input: string, kind: Kind = "text"): readonly MaskCount[] {
  const stream = masker.stream(kind);
  drain(stream, [Buffer.from(input)]);
  return stream.counts();
}

export function* cut(input: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}
