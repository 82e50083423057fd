// Tidies up after crashes and time: orphaned intents, plans half sent before a restart, stale escrow.
import { RecordExists } from "../model/errors.ts";
import type { Plan, PlanState } from "../model/plan.ts";
import { advance } from "./advance.ts";
import { carryOut, recover } from "./carry-out.ts";
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

/** The state machine itself carries out and expires; this long after its turn it is late. */
const lateMs = 2 * 60_000;

/**
 * Where many processes work at once and none lives longer than `lifeMs`: what is older than that was left by a crash.
 * Safe beside live requests, executions and a second sweep.
 */
export async function sweepLeftOvers(world: World, lifeMs: number): Promise<void> {
  const nowMs = world.clock.now();
  await closeOrphans(world, nowMs - lifeMs);
  const { items } = await world.plans.list({ states: openStates }, { limit: 1_000 });
  for (const plan of items) {
    try {
      await carryOn(plan, nowMs, lifeMs, world);
    } catch (error) {
      world.log("recovery-postponed", { plan: plan.id, cause: String(error) });
    }
  }
  await dropForgottenEscrow(world, nowMs - lifeMs);
}

async function carryOn(plan: Plan, nowMs: number, lifeMs: number, world: World): Promise<void> {
  const decidedAtMs = Math.max(plan.createdAtMs, ...plan.votes.map(({ atMs }) => atMs));
  if (plan.state === "pending" && nowMs > plan.expiresAtMs + lateMs) await advance(plan.id, world);
  if (plan.state === "approved" && nowMs > decidedAtMs + lateMs) await carryOut(plan.id, world);
  if (plan.state === "executing" && nowMs > (plan.claimedAtMs ?? decidedAtMs) + lifeMs) {
    // Whoever claimed it is gone; of two sweeps only one takes its place.
    const mine: Plan = { ...plan, claimedAtMs: nowMs, version: plan.version + 1 };
    if (await world.plans.replace(mine)) await recover(mine, world);
  }
}

/** A plan is opened before the request that asked for it has its outcome: with an old outcome and no open plan, nobody reads it. */
async function dropForgottenEscrow(world: World, beforeMs: number): Promise<void> {
  const ended: string[] = [];
  for (const id of (await unneededEscrow(world)).slice(0, batch)) {
    const records = await world.records.entry(id);
    if (records.some(({ record }) => record.kind === "outcome" && record.atMs < beforeMs)) ended.push(id);
  }
  const unneeded = new Set(ended.length === 0 ? [] : await unneededEscrow(world));
  for (const id of ended) if (unneeded.has(id)) await world.escrow.remove(id);
}

/** Escrow that no open plan of any page names. */
async function unneededEscrow(world: World): Promise<readonly string[]> {
  const unneeded = new Set(await world.escrow.list());
  let after: string | undefined;
  do {
    const page = await world.plans.list(
      { states: openStates },
      { limit: batch, ...(after === undefined ? {} : { after }) },
    );
    for (const { entry } of page.items) unneeded.delete(entry);
    after = page.next;
  } while (after !== undefined);
  return [...unneeded];
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
  if (closed > 0) world.log("orphans-closed", { entries: closed });
  return closed;
}

/** Escrow outlives neither its request nor its plan. */
async function dropStaleEscrow(world: World): Promise<void> {
  for (const id of await unneededEscrow(world)) if (!world.live.has(id)) await world.escrow.remove(id);
}
