// What the flow knows of the mask engine: bytes in, the same number of bytes out.
import type { Bytes } from "./http.ts";
import type { MaskCount } from "./record.ts";

/** One masked stream. Not reusable. */
export interface MaskStream {
  /** Takes the next chunk; returns what is safe to pass on now, possibly empty. Never releases part of a secret. */
  push(chunk: Bytes): Bytes;
  /** No more input: returns the rest. */
  end(): Bytes;
  counts(): readonly MaskCount[];
}

/** A masked stream of server-sent events: whole events come out. Not reusable. */
export interface EventMasking {
  /** The events that are decided now, each with its empty line. */
  push(chunk: Bytes): readonly Bytes[];
  end(): readonly Bytes[];
  counts(): readonly MaskCount[];
}

export interface Masker {
  /** For `text/event-stream`. */
  events(): EventMasking;
  /** `json` masks inside strings only and opens base64 file contents; `text` is everything else that people read. */
  stream(kind: "json" | "text"): MaskStream;
  /** Whole text in one go. */
  mask(text: string): { readonly text: string; readonly counts: readonly MaskCount[] };
  /** Secrets in bytes about to be written: kind, offset, length and how sure we are. */
  find(bytes: Bytes): readonly Found[];
  /** Our own masks (kept prefix + asterisks) coming back. */
  findMasked(bytes: Bytes): readonly Found[];
}

export interface Found {
  readonly kind: string;
  readonly offset: number;
  readonly length: number;
  /** Checksum or structure verified. Only certain findings block a write. */
  readonly isCertain: boolean;
}
