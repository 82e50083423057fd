// Which objects of a pack the new tips reach: the rest would be stored at GitHub without anybody having seen it.
import type { Oid } from "../model/action.ts";
import { treeMode } from "./objects.ts";
import type { PackIndex } from "./pack-index.ts";
import type { ObjectSource } from "./source.ts";

/** Returns the number of objects that no tip reaches through the pack. */
export async function countUnreachable(
  pack: PackIndex,
  source: ObjectSource,
  tips: readonly Oid[],
): Promise<number> {
  const reached = new Uint8Array(pack.count);
  let count = 0;
  const stack: Oid[] = [];
  const reach = (oid: Oid, isBlob: boolean): void => {
    const index = pack.indexOf(oid);
    if (index < 0 || reached[index] === 1) return;
    reached[index] = 1;
    count += 1;
    if (!isBlob) stack.push(oid);
  };
  for (const tip of tips) reach(tip, false);
  for (let oid = stack.pop(); oid !== undefined; oid = stack.pop()) {
    switch (pack.typeOf(oid)) {
      case "commit": {
        const commit = await source.commit(oid);
        for (const next of commit === undefined ? [] : [commit.tree, ...commit.parents]) reach(next, false);
        break;
      }
      case "tag": {
        const tag = await source.tag(oid);
        if (tag !== undefined) reach(tag.object, false);
        break;
      }
      case "tree":
        for (const entry of (await source.tree(oid)) ?? []) reach(entry.oid, entry.mode !== treeMode);
        break;
      case "blob":
      case undefined:
    }
  }
  return pack.count - count;
}
