// What is known of every entry of a pack, in typed arrays: some 60 bytes for each, whatever the objects weigh.
import type { Oid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { badPack } from "./unsound.ts";

export type ObjectType = "commit" | "tree" | "blob" | "tag";

const typeNames: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
export const offsetDelta = 6;
export const refDelta = 7;

export interface EntryHead {
  /** As stored: 1 commit, 2 tree, 3 blob, 4 tag, 6 and 7 deltas. */
  readonly stored: number;
  /** Inflated bytes of what is stored: the object, or the delta. */
  readonly size: number;
  readonly headBytes: number;
  readonly baseOffset?: number;
  readonly baseOid?: Oid;
}

export class PackTable {
  readonly count: number;
  readonly #offsets: Float64Array;
  readonly #heads: Uint8Array;
  readonly #stored: Uint8Array;
  readonly #storedSizes: Float64Array;
  readonly #sizes: Float64Array;
  readonly #types: Uint8Array;
  readonly #bases: Int32Array;
  readonly #oids: Buffer;
  #byOid = new Uint32Array(0);

  constructor(count: number) {
    this.count = count;
    this.#offsets = new Float64Array(count);
    this.#heads = new Uint8Array(count);
    this.#stored = new Uint8Array(count);
    this.#storedSizes = new Float64Array(count);
    this.#sizes = new Float64Array(count);
    this.#types = new Uint8Array(count);
    this.#bases = new Int32Array(count).fill(-1);
    this.#oids = Buffer.alloc(count * 20);
  }

  addEntry(index: number, offset: number, head: EntryHead): void {
    this.#offsets[index] = offset;
    this.#heads[index] = head.headBytes;
    this.#stored[index] = head.stored;
    this.#storedSizes[index] = head.size;
  }

  setBase(index: number, base: number): void {
    this.#bases[index] = base;
  }

  /** The object behind the entry is known now. */
  setObject(index: number, type: ObjectType, size: number, id: Bytes): void {
    this.#types[index] = typeNames.indexOf(type);
    this.#sizes[index] = size;
    this.#oids.set(id, index * 20);
  }

  dataOffset(index: number): number {
    return (this.#offsets[index] ?? 0) + (this.#heads[index] ?? 0);
  }

  storedType(index: number): number {
    return this.#stored[index] ?? 0;
  }

  isDelta(index: number): boolean {
    return this.storedType(index) >= offsetDelta;
  }

  storedSize(index: number): number {
    return this.#storedSizes[index] ?? 0;
  }

  size(index: number): number {
    return this.#sizes[index] ?? 0;
  }

  /** Undefined as long as the entry is a delta that was not resolved. */
  type(index: number): ObjectType | undefined {
    return typeNames[this.#types[index] ?? 0];
  }

  base(index: number): number {
    return this.#bases[index] ?? -1;
  }

  oid(index: number): Oid {
    return this.#oids.toString("hex", index * 20, index * 20 + 20);
  }

  /** The entry that begins exactly at `offset`, among the first `known`, or -1. */
  atOffset(offset: number, known: number): number {
    return search(known, (index) => (this.#offsets[index] ?? 0) - offset);
  }

  /** All objects are known: makes `find` work. An object that is there twice is refused. */
  seal(): void {
    this.#byOid = Uint32Array.from({ length: this.count }, (_, index) => index).sort((a, b) =>
      this.#compare(a, this.#oids, b * 20),
    );
    for (let at = 1; at < this.count; at += 1) {
      const [before, here] = [this.#byOid[at - 1] ?? 0, this.#byOid[at] ?? 0];
      if (this.#compare(before, this.#oids, here * 20) === 0) throw badPack("it holds the same object twice");
    }
  }

  find(oid: Oid): number {
    const wanted = Buffer.from(oid, "hex");
    if (wanted.length !== 20) return -1;
    const at = search(this.#byOid.length, (place) => this.#compare(this.#byOid[place] ?? 0, wanted, 0));
    return at < 0 ? -1 : (this.#byOid[at] ?? -1);
  }

  #compare(index: number, other: Buffer, otherStart: number): number {
    return -other.compare(this.#oids, index * 20, index * 20 + 20, otherStart, otherStart + 20);
  }
}

/** Binary search; `compare` is negative for places before the wanted one. */
function search(length: number, compare: (place: number) => number): number {
  let low = 0;
  let high = length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compare(middle);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
