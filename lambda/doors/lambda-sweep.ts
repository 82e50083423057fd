// Each minute: closes and carries on what a crash left open, wherever it happened.
import { sweepLeftOvers } from "../flow/sweep.ts";
import { createAwsWorld } from "./aws-world.ts";
import { invocation } from "./invocation.ts";

/** Lambda ends every invocation after 15 minutes: what is older than this is nobody's any more. */
const longestLifeMs = 16 * 60_000;

const opened = createAwsWorld(process.env);

export const handler = invocation(async () => {
  const { world, platform } = await opened();
  await sweepLeftOvers(world, longestLifeMs);
  await platform.events.flush();
});
