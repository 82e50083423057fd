// Which files differ between two trees, descending only where the trees themselves differ.
import type { Oid } from "../model/action.ts";
import { sortKey } from "./fsck.ts";
import type { ScanLimits } from "./limits.ts";
import type { TreeEntry } from "./objects.ts";
import { treeMode } from "./objects.ts";
import type { ObjectSource } from "./source.ts";

export interface TreeChange {
  /** One character per byte. */
  readonly path: string;
  readonly old?: TreeEntry;
  readonly new?: TreeEntry;
}

interface Pair {
  readonly prefix: string;
  readonly depth: number;
  readonly old: Oid | undefined;
  readonly new: Oid | undefined;
}

/** Shared by all comparisons of one push. */
export class TreeDiffer {
  readonly #source: ObjectSource;
  readonly #depth: number;
  #entriesLeft: number;

  constructor(source: ObjectSource, limits: ScanLimits) {
    this.#source = source;
    this.#depth = limits.treeDepth;
    this.#entriesLeft = limits.treeEntries;
  }

  /** Undefined stands for the empty tree. False when some tree was missing or the limits ended it: more may differ. */
  async diff(
    old: Oid | undefined,
    fresh: Oid | undefined,
    visit: (change: TreeChange) => void,
  ): Promise<boolean> {
    let isComplete = true;
    const stack: Pair[] = [{ prefix: "", depth: 0, old, new: fresh }];
    for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
      if (pair.old === pair.new) continue;
      if (pair.depth > this.#depth || this.#entriesLeft <= 0) {
        isComplete = false;
        continue;
      }
      const [before, after] = await Promise.all([this.#entries(pair.old), this.#entries(pair.new)]);
      if (before === undefined || after === undefined) {
        isComplete = false;
        continue;
      }
      this.#entriesLeft -= before.length + after.length + 1;
      compare(pair, before, after, stack, visit);
    }
    return isComplete;
  }

  async #entries(oid: Oid | undefined): Promise<readonly TreeEntry[] | undefined> {
    return oid === undefined ? [] : this.#source.tree(oid);
  }
}

function compare(
  pair: Pair,
  before: readonly TreeEntry[],
  after: readonly TreeEntry[],
  stack: Pair[],
  visit: (change: TreeChange) => void,
): void {
  const differs = (old: TreeEntry | undefined, fresh: TreeEntry | undefined): void => {
    const either = fresh ?? old;
    if (either === undefined) return;
    const path = pair.prefix + either.name;
    // Folders have keys of their own, so both sides are folders here, or one is absent.
    if (either.mode === treeMode)
      stack.push({ prefix: `${path}/`, depth: pair.depth + 1, old: old?.oid, new: fresh?.oid });
    else visit({ path, ...(old && { old }), ...(fresh && { new: fresh }) });
  };
  let left = 0;
  let right = 0;
  for (;;) {
    const old = before[left];
    const fresh = after[right];
    if (old === undefined && fresh === undefined) return;
    const order = keyOrder(old, fresh);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
    if (order < 0) differs(old, undefined);
    else if (order > 0) differs(undefined, fresh);
    else if (old?.oid !== fresh?.oid || old?.mode !== fresh?.mode) differs(old, fresh);
  }
}

/** Negative when `old` comes first, zero when both have the same key. An absent entry comes last. */
function keyOrder(old: TreeEntry | undefined, fresh: TreeEntry | undefined): number {
  if (old === undefined) return 1;
  if (fresh === undefined) return -1;
  const [a, b] = [sortKey(old.mode, old.name), sortKey(fresh.mode, fresh.name)];
  return a < b ? -1 : a > b ? 1 : 0;
}
