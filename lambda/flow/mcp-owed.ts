// What is owed to a tool call that waits: a client that asks again hears of its plan, and nothing is done twice.
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { World } from "./world.ts";

/** How long a result waits for a client that was told to repeat its call after the approval. */
const graceMs = 60 * 60_000;
/** A client asks again at once; the wait itself is at most ten minutes. */
const stateForMs = 15 * 60_000;

type Keyed = Pick<World, "keyed" | "ids" | "clock" | "plans">;

interface Asking {
  readonly caller: Pick<Caller, "session" | "subject">;
  /** Of tool and arguments. */
  readonly digest: string;
}

export async function owe(
  { plan, ...asking }: Asking & { readonly plan: Plan },
  world: Keyed,
): Promise<void> {
  await world.keyed.put(keyOf(asking), plan.id, plan.expiresAtMs + graceMs);
}

export async function settleDebt(asking: Asking, world: Keyed): Promise<void> {
  await world.keyed.remove(keyOf(asking));
}

/** An opaque word, good for one further call with the same arguments by the same caller. */
export async function stateFor(
  { caller, digest, plan, round }: Asking & { readonly plan: Plan; readonly round: number },
  world: Keyed,
): Promise<string> {
  const id = world.ids.next("mcs");
  const value = JSON.stringify({
    subject: caller.subject,
    session: caller.session,
    digest,
    plan: plan.id,
    round,
  });
  await world.keyed.put(`mcp-state:${id}`, value, world.clock.now() + stateForMs);
  return id;
}

/** Throws GH_BAD_BODY for a `requestState` that we did not give for this very call. */
export async function findWaiting(
  { requestState, ...asking }: Asking & { readonly requestState: string | undefined },
  world: Keyed,
): Promise<{ readonly plan: Plan; readonly round: number } | undefined> {
  if (requestState === undefined) {
    const plan = await planOf(await world.keyed.get(keyOf(asking)), asking, world);
    return plan && { plan, round: 0 };
  }
  const stored = await world.keyed.take(`mcp-state:${requestState.slice(0, 64)}`);
  const state = stored === undefined ? undefined : (JSON.parse(stored) as Record<string, unknown>);
  const { subject, session } = asking.caller;
  const isOurs = state?.subject === subject && state.session === session && state.digest === asking.digest;
  const plan = isOurs ? await planOf(state.plan, asking, world) : undefined;
  if (plan === undefined || typeof state?.round !== "number")
    throw new GateError("GH_BAD_BODY", {
      why: "its requestState was not given for this call, was used before, or has expired; send the call without it",
    });
  return { plan, round: state.round };
}

async function planOf(id: unknown, { caller }: Asking, world: Keyed): Promise<Plan | undefined> {
  const plan = typeof id === "string" ? await world.plans.get(id) : undefined;
  return plan?.session === caller.session && plan.requester.subject === caller.subject ? plan : undefined;
}

function keyOf({ caller, digest }: Asking): string {
  return `mcp-owed:${caller.session}:${digest}`;
}
