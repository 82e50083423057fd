// Small values of one sign-in, one console session or one linked account.
import { createHash } from "node:crypto";
import type { Clock, Ids, KeyedStore } from "../../model/ports.ts";
import { numberIn, textIn } from "./expressions.ts";
import type { Item, Items } from "./items.ts";
import { written } from "./own-write.ts";
import { keys } from "./table.ts";
import type { ItemKey } from "./table.ts";

export function createKeyedStore(
  items: Items,
  clock: Pick<Clock, "now">,
  ids: Pick<Ids, "next">,
): KeyedStore {
  /** DynamoDB deletes expired items within days: the time counts, not whether the item is still there. */
  function alive(item: Item | undefined): string | undefined {
    return item !== undefined && numberIn(item, "expiresAtMs") > clock.now()
      ? textIn(item, "value")
      : undefined;
  }

  return {
    get: async (key) => alive(await items.get(hashed(key))),
    async put(key, value, expiresAtMs) {
      await items.put({ ...hashed(key), ...content(value, expiresAtMs) });
    },
    putNew(key, value, expiresAtMs) {
      const write = ids.next("wrt");
      const item = { ...hashed(key), ...content(value, expiresAtMs), write };
      const unless = {
        expression: "attribute_not_exists(#pk) OR #expiresAtMs <= :now",
        values: { now: clock.now() },
      };
      return written(items, hashed(key), write, () => items.put(item, unless));
    },
    replace(key, known, value, expiresAtMs) {
      const write = ids.next("wrt");
      const item = { ...hashed(key), ...content(value, expiresAtMs), write };
      const when = {
        expression: "#value = :known AND #expiresAtMs > :now",
        values: { known, now: clock.now() },
      };
      return written(items, hashed(key), write, () => items.put(item, when));
    },
    // A delete whose answer was lost finds nothing on its second try: the value is spent, and nobody has it.
    take: async (key) => alive(await items.remove(hashed(key))),
    async remove(key) {
      await items.remove(hashed(key));
    },
  };
}

function content(value: string, expiresAtMs: number): Item {
  return { value, expiresAtMs, expiresAt: Math.ceil(expiresAtMs / 1000) };
}

/** Keys are often the secret in somebody's cookie: who reads the table must not be able to become them. */
function hashed(key: string): ItemKey {
  return keys.keyed(createHash("sha256").update(key).digest("hex"));
}
