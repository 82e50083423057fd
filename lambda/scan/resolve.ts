// Second pass over a pack: every delta is resolved to its object, bases before what is built on them.
import type { PackBodies } from "./bodies.ts";
import type { Entries } from "./entries.ts";
import type { ScanLimits } from "./limits.ts";
import type { PackTable } from "./pack-table.ts";
import { badPack } from "./unsound.ts";
import type { ObjectVisitor } from "./visitor.ts";
import { objectHash } from "./visitor.ts";

/** Depth first, so that a base is still in the cache when the deltas against it are built. */
export async function resolveDeltas(
  entries: Entries,
  bodies: PackBodies,
  limits: ScanLimits,
  visitor: ObjectVisitor,
): Promise<void> {
  const { table, refDeltas } = entries;
  const childrenOf = offsetChildren(table);
  const depths = new Uint16Array(table.count);
  let unresolved = 0;
  for (let index = 0; index < table.count; index += 1) if (table.isDelta(index)) unresolved += 1;

  for (let root = 0; root < table.count && unresolved > 0; root += 1) {
    if (table.isDelta(root)) continue;
    const stack = [root];
    for (let base = stack.pop(); base !== undefined; base = stack.pop()) {
      const type = table.type(base);
      if (type === undefined) throw badPack("a delta chain has no beginning");
      for (const child of [...childrenOf(base), ...takeRefChildren(table, refDeltas, base)]) {
        const depth = (depths[base] ?? 0) + 1;
        if (depth > limits.deltaDepth) throw badPack(`a delta chain is longer than ${limits.deltaDepth}`);
        depths[child] = depth;
        table.setBase(child, base);
        const bytes = await bodies.of(child);
        table.setObject(child, type, bytes.length, objectHash(type, bytes.length).update(bytes).digest());
        visitor.whole(type, table.oid(child), bytes);
        unresolved -= 1;
        stack.push(child);
      }
    }
  }
  if (unresolved > 0)
    throw badPack(
      `${unresolved} of its deltas are made against objects outside it, although this gateway asked for a ` +
        "self-contained pack (no-thin); update git, or push again with --no-thin",
    );
}

/** Deltas that name their base by id wait until an object with that id appears. */
function takeRefChildren(table: PackTable, refDeltas: Map<string, number[]>, base: number): number[] {
  if (refDeltas.size === 0) return [];
  const oid = table.oid(base);
  const children = refDeltas.get(oid) ?? [];
  refDeltas.delete(oid);
  return children;
}

/** Children of each base that is named by offset, as slices of one array. */
function offsetChildren(table: PackTable): (base: number) => Int32Array {
  const starts = new Int32Array(table.count + 1);
  for (let index = 0; index < table.count; index += 1) {
    const base = table.base(index);
    if (base >= 0) starts[base + 1] = (starts[base + 1] ?? 0) + 1;
  }
  for (let index = 1; index <= table.count; index += 1)
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0);
  const children = new Int32Array(starts[table.count] ?? 0);
  const filled = starts.slice();
  for (let index = 0; index < table.count; index += 1) {
    const base = table.base(index);
    if (base < 0) continue;
    const place = filled[base] ?? 0;
    children[place] = index;
    filled[base] = place + 1;
  }
  return (base) => children.subarray(starts[base] ?? 0, starts[base + 1] ?? 0);
}
