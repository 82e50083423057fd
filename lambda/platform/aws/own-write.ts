// Tells a conditional write that somebody else prevented from one of ours whose answer was lost.
import type { Items } from "./items.ts";
import type { ItemKey } from "./table.ts";

/**
 * True when this very write is stored, also when its answer was lost and a second try ran into the first one. `put`
 * writes `write`, an id of its own, into the item.
 */
export async function written(
  items: Items,
  key: ItemKey,
  write: string,
  put: () => Promise<boolean>,
): Promise<boolean> {
  const failure: { error?: unknown } = {};
  try {
    if (await put()) return true;
  } catch (error) {
    failure.error = error;
  }
  const stored = await items.get(key);
  if (stored?.write === write) return true;
  if ("error" in failure) throw failure.error;
  return false;
}
