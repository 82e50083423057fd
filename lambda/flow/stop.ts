// The kill switch: ends a session's tokens, its live requests, and whatever of it still waits.
import type { SignedIn } from "../console/desk.ts";
import type { SessionHolder } from "../identity/identity.ts";
import { emit } from "./emit.ts";
import { endPlan } from "./plan-steps.ts";
import type { World } from "./world.ts";

export async function stopSession(
  session: string,
  subject: string,
  who: Pick<SignedIn, "subject" | "login">,
  reason: string,
  world: Omit<World, "login">,
): Promise<void> {
  await end({ session, subject, who, reason, barsUntilMs: world.clock.now() }, world);
}

/** What a person ends of their own: their company tokens, which other programs may hold, stay good. */
export async function signOut({ session, who }: SessionHolder, world: Omit<World, "login">): Promise<void> {
  const { subject } = who;
  if (await world.stops.isStopped({ session, subject, issuedAtMs: 0, proof: "session-token" })) return;
  await end({ session, subject, who, reason: "signed out", barsUntilMs: 0 }, world);
}

interface Stop {
  readonly session: string;
  readonly subject: string;
  readonly who: Pick<SignedIn, "subject" | "login">;
  readonly reason: string;
  /** Company tokens of the subject that were issued until then are barred as well. */
  readonly barsUntilMs: number;
}

async function end(
  { session, subject, who, reason, barsUntilMs }: Stop,
  world: Omit<World, "login">,
): Promise<void> {
  await world.ledger.write([
    {
      kind: "event",
      event: "session-stopped",
      subject: who.subject,
      login: who.login,
      about: session,
      details: { reason: world.masker.mask(reason).text },
    },
  ]);
  await world.stops.stop({ session, subject, atMs: barsUntilMs, by: who.subject });
  world.live.stop(session);
  emit(world, { type: "kill", session, subject, by: who.login });
  const { items } = await world.plans.list({ states: ["pending", "approved"], session }, { limit: 1_000 });
  for (const plan of items) await voidWaiting(plan.id, `its session was stopped by ${who.login}`, world);
}

const tries = 5;

/** A vote in the same moment may be faster; then the plan is looked at again. */
async function voidWaiting(id: string, reason: string, world: Omit<World, "login">): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const plan = await world.plans.get(id);
    if (plan?.state !== "pending" && plan?.state !== "approved") return;
    if (await endPlan(world, plan, "void", reason)) return;
  }
}
