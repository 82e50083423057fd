// Finds where candidates begin: a table of byte pairs that clean text rarely holds, then a trie of all literals.
import type { Bytes } from "../model/http.ts";
import type { Detector } from "./detector.ts";
import { beginsEscape } from "./spelling.ts";

/** One literal and the place in it that the pair table watches. */
export interface Entry {
  readonly detector: Detector;
  /** Looking at every second byte meets the pair here or the pair one byte further on. */
  readonly watched: number;
}

export interface LiteralIndex {
  /** By pair (first byte low, second byte high): 0 is nothing, 1 an escape, anything else a place in `distances`. */
  readonly pairs: Uint16Array;
  /** How far before a watched pair a literal may begin. */
  readonly distances: readonly (readonly number[])[];
  /** Trie: `next[node * 256 + byte]` is the child, 0 is none. */
  readonly next: Uint16Array;
  readonly endsAt: readonly (readonly Entry[])[];
  readonly isEnd: Uint8Array;
  readonly hasChildren: Uint8Array;
  /** Bytes that begin a literal, and bytes that occur in one. */
  readonly first: Uint8Array;
  readonly members: Uint8Array;
}

export const escapeOnly = 1;

/** No literal is longer: what a scan holds and looks back stays small. */
export const longestLiteral = 32;

export function indexLiterals(detectors: readonly Detector[]): LiteralIndex {
  const children = [new Map<number, number>()];
  const endsAt: Entry[][] = [[]];
  const pairs = watchEscapes();
  const distances: number[][] = [[], []];
  const first = new Uint8Array(256);
  const members = new Uint8Array(256);
  for (const detector of detectors) {
    const { literal } = detector;
    if (literal.length < 3 || literal.length > longestLiteral) {
      throw new RangeError(
        `A literal has 3 to ${String(longestLiteral)} bytes, not ${String(literal.length)}.`,
      );
    }
    const watched = rarestPlace(literal);
    for (const distance of [watched, watched + 1]) {
      const pair = pairAt(literal, distance);
      if ((pairs[pair] ?? 0) <= escapeOnly) pairs[pair] = distances.push([]) - 1;
      const known = distances[pairs[pair] ?? 0] ?? [];
      if (!known.includes(distance)) known.push(distance);
    }
    let node = 0;
    for (const byte of literal) {
      members[byte] = 1;
      node = children[node]?.get(byte) ?? grow(children, endsAt, node, byte);
    }
    first[literal[0] ?? 0] = 1;
    endsAt[node]?.push({ detector, watched });
  }
  const isEnd = Uint8Array.from(endsAt, (entries) => (entries.length > 0 ? 1 : 0));
  return { pairs, distances, ...flatten(children), endsAt, isEnd, first, members };
}

function grow(children: Map<number, number>[], endsAt: Entry[][], parent: number, byte: number): number {
  const node = children.length;
  if (node > 0xffff) throw new RangeError("Too many credentials to mask by value.");
  children[parent]?.set(byte, node);
  children.push(new Map());
  endsAt.push([]);
  return node;
}

function flatten(children: readonly Map<number, number>[]): Pick<LiteralIndex, "next" | "hasChildren"> {
  const next = new Uint16Array(children.length * 256);
  const hasChildren = new Uint8Array(children.length);
  children.forEach((map, node) => {
    hasChildren[node] = map.size > 0 ? 1 : 0;
    for (const [byte, child] of map) next[node * 256 + byte] = child;
  });
  return { next, hasChildren };
}

/** Spelled characters can hide a literal, so every backslash and percent sign is looked at. */
function watchEscapes(): Uint16Array {
  const pairs = new Uint16Array(65_536);
  for (let pair = 0; pair < 65_536; pair++) {
    if (beginsEscape(pair & 0xff) || beginsEscape(pair >> 8)) pairs[pair] = escapeOnly;
  }
  return pairs;
}

function pairAt(literal: Bytes, at: number): number {
  return (literal[at] ?? 0) | ((literal[at + 1] ?? 0) << 8);
}

function rarestPlace(literal: Bytes): number {
  let best = 0;
  let lowest = Infinity;
  for (let at = 0; at + 3 <= literal.length; at++) {
    const score = commonness(literal, at) + commonness(literal, at + 1);
    if (score < lowest) {
      lowest = score;
      best = at;
    }
  }
  return best;
}

/** Roughly how often a pair occurs in JSON and source text. */
function commonness(literal: Bytes, at: number): number {
  return weight(literal[at] ?? 0) * weight(literal[at + 1] ?? 0) * (literal[at] === literal[at + 1] ? 2 : 1);
}

function weight(byte: number): number {
  const place = 'etaoinsr/lhdcum":._pgfby-wv,0123k456789x'.indexOf(String.fromCharCode(byte));
  if (place >= 0) return 60 - place;
  return byte >= 0x41 && byte <= 0x5a ? 8 : 4;
}
