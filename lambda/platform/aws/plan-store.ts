// Plans in DynamoDB: one item each, changed only by whoever saw its newest version; one more item says which one is alive.
import { RecordExists } from "../../model/errors.ts";
import type { Plan, PlanState } from "../../model/plan.ts";
import type { Clock, Ids, PlanStore } from "../../model/ports.ts";
import { isNew, textIn } from "./expressions.ts";
import type { Item, Items } from "./items.ts";
import { written } from "./own-write.ts";
import { packed, unpacked } from "./packed.ts";
import { createPlanWatch } from "./plan-watch.ts";
import { listPlans } from "./plan-lists.ts";
import { keys, short, sortable } from "./table.ts";

const live: ReadonlySet<PlanState> = new Set(["pending", "approved", "executing"]);
/** Each round somebody else got further, so a handful is plenty. */
const maxRounds = 8;
const daySeconds = 86_400;

export function createPlanStore(items: Items, clock: Clock, ids: Pick<Ids, "next">): PlanStore {
  const watch = createPlanWatch(clock, get);

  async function get(id: string): Promise<Plan | undefined> {
    const item = await items.get(keys.plan(id));
    return item && planOf(item);
  }

  /** Stored, but in no list and gone in a day, until it is known to be the live one. */
  async function draft(plan: Plan): Promise<void> {
    const key = keys.plan(plan.id);
    const write = ids.next("wrt");
    const item = {
      ...key,
      ...packed(plan),
      version: plan.version,
      write,
      expiresAt: Math.ceil(clock.now() / 1000) + daySeconds,
    };
    if (!(await written(items, key, write, () => items.put(item, isNew)))) throw new RecordExists(plan.id);
  }

  async function publish(plan: Plan): Promise<void> {
    await items.update(
      keys.plan(plan.id),
      { set: listed(plan), remove: ["expiresAt"] },
      {
        expression: "#version = :version AND attribute_not_exists(#list)",
        values: { version: plan.version },
      },
    );
  }

  /** Undefined when the lock is ours now; else the live plan that holds it. */
  async function claim(plan: Plan): Promise<Plan | undefined> {
    const key = keys.livePlan(plan.session, plan.hash);
    for (let round = 0; round < maxRounds; round += 1) {
      const lock = await items.get(key);
      const holder = lock && textIn(lock, "plan");
      if (holder === plan.id) return undefined;
      const held = holder === undefined ? undefined : await get(holder);
      if (held !== undefined && live.has(held.state)) return held;
      const expiresAt = Math.ceil(plan.expiresAtMs / 1000) + 30 * daySeconds;
      const taken = await items.put(
        { ...key, plan: plan.id, expiresAt },
        holder === undefined ? isNew : { expression: "#plan = :holder", values: { holder } },
      );
      if (taken) return undefined;
    }
    throw new Error("the plan could not be opened: too many others of its kind are being opened");
  }

  /** Who finds a live plan makes sure that it is listed: the one who opened it may have ended in between. */
  async function join(plan: Plan): Promise<{ plan: Plan; isNew: false }> {
    await publish(plan);
    return { plan, isNew: false };
  }

  return {
    async open(plan) {
      if (live.has(plan.state)) {
        const lock = await items.get(keys.livePlan(plan.session, plan.hash));
        const held = lock && (await get(textIn(lock, "plan")));
        if (held !== undefined && held.id !== plan.id && live.has(held.state)) return join(held);
      }
      // The plan comes before its lock: a lock never points to a plan that is still to be written.
      await draft(plan);
      const holder = live.has(plan.state) ? await claim(plan) : undefined;
      if (holder !== undefined) {
        await items.remove(keys.plan(plan.id), { expression: "attribute_not_exists(#list)" });
        return join(holder);
      }
      await publish(plan);
      return { plan, isNew: true };
    },
    get,
    async replace(plan) {
      const key = keys.plan(plan.id);
      const write = ids.next("wrt");
      const item = { ...key, ...packed(plan), version: plan.version, write, ...listed(plan) };
      const seen = { expression: "#version = :seen", values: { seen: plan.version - 1 } };
      // Two processes may move a plan on to the same state with the same words: only the write's own id tells whose it was.
      const isReplaced = await written(items, key, write, () => items.put(item, seen));
      if (isReplaced) watch.wake(plan.id);
      return isReplaced;
    },
    list: (filter, page) => listPlans(items, filter, page),
    changed: watch.changed,
  };
}

function listed(plan: Plan): Item {
  return {
    list: "plans",
    session: `plans#${plan.session}`,
    person: `plans#${short(plan.requester.subject)}`,
    work: `plans#${plan.state}`,
    at: `${sortable(plan.createdAtMs)}#${plan.id}`,
  };
}

export function planOf(item: Item): Plan {
  return unpacked(item) as Plan;
}
