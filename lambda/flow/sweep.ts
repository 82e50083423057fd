// Tidies up after crashes and time: orphaned intents, plans half sent before a restart, stale escrow.
import { RecordExists } from "../model/errors.ts";
import type { PlanState } from "../model/plan.ts";
import { recover } from "./carry-out.ts";
import type { World } from "./world.ts";

const batch = 200;
const openStates: readonly PlanState[] = ["pending", "approved", "executing"];

/** At start, before the first request: nothing of an earlier life is still under way. */
export async function recoverAll(world: World): Promise<void> {
  const { items } = await world.plans.list({ states: ["executing"] }, { limit: batch });
  for (const plan of items) {
    try {
      await recover(plan, world);
    } catch (error) {
      world.log("recovery-postponed", { plan: plan.id, cause: String(error) });
    }
  }
  await closeOrphans(world, world.clock.now() + 1);
  await dropStaleEscrow(world);
}

/** Closes intents without an outcome as `unknown`; those of requests under way here are left alone. */
export async function closeOrphans(world: World, beforeMs: number): Promise<number> {
  let closed = 0;
  const orphans = await world.records.orphans(beforeMs, batch);
  for (const entry of orphans) {
    if (world.live.has(entry)) continue;
    const session = (await world.records.entry(entry)).find(({ record }) => record.kind === "intent")?.record;
    if (session?.kind !== "intent") continue;
    try {
      await world.ledger.write([
        {
          kind: "outcome",
          entry,
          session: session.session,
          result: "unknown",
          status: 0,
          responseBytes: 0,
          bodies: [],
          refResults: [],
          timings: { total: 0 },
        },
      ]);
      closed += 1;
    } catch (error) {
      if (!(error instanceof RecordExists)) throw error;
    }
  }
  return closed;
}

/** Escrow outlives neither its request nor its plan. */
async function dropStaleEscrow(world: World): Promise<void> {
  const { items } = await world.plans.list({ states: openStates }, { limit: 1_000 });
  const needed = new Set(items.map(({ entry }) => entry));
  for (const id of await world.escrow.list())
    if (!needed.has(id) && !world.live.has(id)) await world.escrow.remove(id);
}
