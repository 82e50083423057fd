// What the approval state machine calls: do what is due of a plan, or carry it out.
import * as z from "zod";
import { clockStep } from "../flow/clock-step.ts";
import { createAwsWorld } from "./aws-world.ts";
import { invocation } from "./invocation.ts";

const opened = createAwsWorld(process.env);

const call = z.strictObject({
  step: z.enum(["advance", "carry-out"]),
  plan: z.string().min(1),
  taskToken: z.string().min(1).optional(),
});

export const handler = invocation(async (event: unknown) => {
  const { taskToken, ...step } = call.parse(event);
  const { world, platform } = await opened();
  const answer = await clockStep(
    { ...step, ...(taskToken === undefined ? {} : { taskToken }) },
    world,
    platform.storeTaskToken,
  );
  await platform.events.flush();
  return answer;
});
