// The kill switch: ends a session's tokens, its live requests, and whatever of it still waits.
import type { SignedIn } from "../console/desk.ts";
import { endPlan } from "./plan-steps.ts";
import type { World } from "./world.ts";

export async function stopSession(
  session: string,
  subject: string,
  who: SignedIn,
  reason: string,
  world: World,
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
  await world.stops.stop({ session, subject, atMs: world.clock.now(), by: who.subject });
  world.live.stop(session);
  const { items } = await world.plans.list({ states: ["pending", "approved"], session }, { limit: 1_000 });
  for (const plan of items) await endPlan(world, plan, "void", `its session was stopped by ${who.login}`);
}
