// The content of a pack's objects, deltas resolved, with a bounded cache of what was built last.
import type { Bytes } from "../model/http.ts";
import { ByteCache } from "./byte-cache.ts";
import { applyDelta, deltaSizes } from "./delta.ts";
import { holdable } from "./entries.ts";
import { inflateWhole } from "./inflate.ts";
import type { ScanLimits } from "./limits.ts";
import type { PackFile } from "./pack-file.ts";
import type { PackTable } from "./pack-table.ts";
import type { Work } from "./work.ts";

export class PackBodies {
  readonly #file: PackFile;
  readonly #table: PackTable;
  readonly #limits: ScanLimits;
  readonly #work: Work;
  readonly #cache: ByteCache<number, Bytes>;

  constructor(file: PackFile, table: PackTable, limits: ScanLimits, work: Work) {
    this.#file = file;
    this.#table = table;
    this.#limits = limits;
    this.#work = work;
    this.#cache = new ByteCache(limits.cacheBytes);
  }

  /** All bases on the way must be linked already. */
  async of(index: number): Promise<Bytes> {
    const chain: number[] = [];
    let at = index;
    let bytes = this.#cache.get(at);
    while (bytes === undefined && this.#table.isDelta(at)) {
      chain.push(at);
      at = this.#table.base(at);
      bytes = this.#cache.get(at);
    }
    bytes ??= await this.#stored(at);
    for (const link of chain.reverse()) {
      const delta = await this.#stored(link);
      const sizes = deltaSizes(delta);
      holdable(sizes.result, this.#limits);
      this.#work.charge(sizes.result);
      bytes = applyDelta(bytes, delta, sizes);
      this.#cache.set(link, bytes, bytes.length);
      await this.#work.pause();
    }
    if (!this.#table.isDelta(index)) this.#cache.set(index, bytes, bytes.length);
    return bytes;
  }

  async #stored(index: number): Promise<Bytes> {
    const size = this.#table.storedSize(index);
    holdable(size, this.#limits);
    this.#work.charge(size);
    return (await inflateWhole(this.#file, this.#table.dataOffset(index), size)).bytes;
  }
}
