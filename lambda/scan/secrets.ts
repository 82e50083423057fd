// Searches everything that a push would store for secrets, and for our own masks coming back.
import { createHash } from "node:crypto";
import type { Oid } from "../model/action.ts";
import type { SecretFinding } from "../model/change.ts";
import type { Bytes } from "../model/http.ts";
import type { Found, Masker } from "../model/masking.ts";
import type { ScanLimits } from "./limits.ts";
import { asBuffer } from "./objects.ts";
import type { ObjectType } from "./pack-table.ts";
import { unavailable } from "./unsound.ts";
import type { BlobVisitor, ObjectVisitor } from "./visitor.ts";

interface Place {
  readonly oid?: Oid;
  readonly path?: string;
}

interface Finding extends Place {
  readonly kind: string;
  readonly line?: number;
  readonly isCertain: boolean;
  readonly isMask: boolean;
  /** Names the value without keeping it. */
  readonly digest: string;
}

/** What a search of one text found, with lines and digests, but without its place. */
export type Hit = Omit<Finding, keyof Place>;

type LocatedHit = Hit & { readonly line: number; readonly offset: number };

const windowBytes = 1024 * 1024;
/** Longer than any secret that a detector knows (a PEM key of 16,384 bits has 13 kB). */
const overlapBytes = 64 * 1024;
/** A detector that returns this many from one text may have stopped there and missed others. */
const floodedFrom = 1_000;
/** Of a streamed blob; as many certain ones again. */
const hitsPerBlob = 4_096;
/** The same value in a hundred commits is one leak; a few of its places are enough. */
const placesPerValue = 20;

export class SecretSearch implements ObjectVisitor {
  readonly #masker: Masker;
  readonly #limit: number;
  readonly #findings: Finding[] = [];
  readonly #places = new Map<string, number>();
  readonly #existing = new Set<string>();
  #isComplete = true;

  constructor(masker: Masker, limits: ScanLimits) {
    this.#masker = masker;
    this.#limit = limits.listedFindings;
  }

  whole(type: ObjectType, oid: Oid, bytes: Bytes): void {
    if (type === "tree") return;
    for (const hit of this.#search(bytes)) {
      if (type === "blob") this.#add(hit, { oid });
      // In messages people write about masks; nothing is overwritten by that.
      else if (!hit.isMask) this.#add({ ...hit, line: undefined }, { oid });
    }
  }

  streamed(): BlobVisitor {
    const hits = new Map<string, Hit>();
    const window = Buffer.alloc(windowBytes + overlapBytes);
    let filled = 0;
    let newlines = 0;
    let start = 0;
    const look = (): void => {
      for (const { offset, ...hit } of this.#search(window.subarray(0, filled)))
        if (hits.size < (hit.isCertain ? 2 : 1) * hitsPerBlob)
          hits.set(`${start + offset} ${hit.kind}`, { ...hit, line: hit.line + newlines });
        else this.#isComplete = false;
      const kept = Math.min(filled, overlapBytes);
      newlines += countNewlines(window, 0, filled - kept);
      window.copyWithin(0, filled - kept, filled);
      start += filled - kept;
      filled = kept;
    };
    return {
      chunk: (bytes) => {
        for (let at = 0; at < bytes.length;) {
          const piece = bytes.subarray(at, at + window.length - filled);
          window.set(piece, filled);
          filled += piece.length;
          at += piece.length;
          if (filled === window.length) look();
        }
      },
      end: (oid) => {
        look();
        for (const hit of hits.values()) this.#add(hit, { oid });
      },
    };
  }

  /** Ref names and paths. */
  text(text: string, place: Place): void {
    for (const hit of search(Buffer.from(text), this.#masker))
      if (!hit.isMask) this.#add({ ...hit, line: undefined }, place);
  }

  /** What GitHub holds already at one of the changed paths is not brought by this push: no alarm for it. */
  holdsAlready(bytes: Bytes): void {
    if (this.#findings.length === 0) return;
    for (const hit of search(bytes, this.#masker)) this.#existing.add(hit.digest);
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** `pathOf` knows blobs by their path; masks count only in blobs that are part of the end result. */
  result(
    pathOf: ReadonlyMap<Oid, string>,
    landing: ReadonlySet<Oid>,
  ): { secrets: SecretFinding[]; maskedValues: SecretFinding[] } {
    // When findings were dropped, nobody knows which: then none is excused.
    const fresh = this.#findings.filter(({ digest }) => !this.#isComplete || !this.#existing.has(digest));
    const shown = ({ kind, oid, path = pathOf.get(oid ?? ""), line, isCertain }: Finding): SecretFinding => ({
      kind,
      isCertain,
      // The path itself may be the secret, and a refusal names it.
      ...(path !== undefined && { path: this.#masker.mask(path).text }),
      ...(line !== undefined && { line }),
      ...(oid !== undefined && { oid }),
    });
    return {
      secrets: fresh.filter(({ isMask }) => !isMask).map(shown),
      maskedValues: fresh.filter(({ isMask, oid = "" }) => isMask && landing.has(oid)).map(shown),
    };
  }

  #search(bytes: Bytes): LocatedHit[] {
    const hits = searchAt(bytes, this.#masker);
    if (hits.length >= floodedFrom) this.#isComplete = false;
    return hits;
  }

  #add(hit: Omit<Hit, "line"> & { line?: number | undefined }, place: Place): void {
    const count = (this.#places.get(hit.digest) ?? 0) + 1;
    if (count > placesPerValue) return;
    // Counted apart, so that a flood of doubtful findings cannot hide a certain one.
    const alike = this.#findings.filter(({ isCertain }) => isCertain === hit.isCertain).length;
    if (alike >= this.#limit) {
      this.#isComplete = false;
      return;
    }
    this.#places.set(hit.digest, count);
    const { line, ...rest } = hit;
    this.#findings.push({ ...rest, ...place, ...(line !== undefined && { line }) });
  }
}

/** Every finding in one text, lines counted from 1. */
export function search(bytes: Bytes, masker: Masker): (Hit & { line: number })[] {
  return searchAt(bytes, masker);
}

function searchAt(bytes: Bytes, masker: Masker): LocatedHit[] {
  const hits: LocatedHit[] = [];
  let line = 1;
  let counted = 0;
  for (const { found, isMask } of foundIn(bytes, masker)) {
    line += countNewlines(bytes, counted, found.offset);
    counted = found.offset;
    const value = bytes.subarray(found.offset, found.offset + found.length);
    const digest = createHash("sha256").update(`${found.kind}\0`).update(value).digest("hex");
    hits.push({ kind: found.kind, line, isCertain: found.isCertain, isMask, digest, offset: found.offset });
  }
  return hits;
}

function foundIn(bytes: Bytes, masker: Masker): { found: Found; isMask: boolean }[] {
  try {
    return [
      ...masker.find(bytes).map((found) => ({ found, isMask: false })),
      ...masker.findMasked(bytes).map((found) => ({ found, isMask: true })),
    ].sort((a, b) => a.found.offset - b.found.offset);
  } catch (cause) {
    throw unavailable("the search for secrets failed", cause);
  }
}

function countNewlines(bytes: Bytes, from: number, to: number): number {
  const buffer = asBuffer(bytes);
  let count = 0;
  for (let at = buffer.indexOf(0x0a, from); at >= 0 && at < to; at = buffer.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
