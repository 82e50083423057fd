// The approval clock on Step Functions: one execution for each plan keeps time; whoever ends the waiting only wakes it up.
import { SendTaskSuccessCommand, StartExecutionCommand, type SFNClient } from "@aws-sdk/client-sfn";
import type { Plan } from "../../model/plan.ts";
import type { ApprovalClock, PlanStore } from "../../model/ports.ts";
import { textIn } from "./expressions.ts";
import type { Items } from "./items.ts";
import { keys } from "./table.ts";
import { isNamed } from "./write-once.ts";

export interface AwsApprovalClock extends ApprovalClock {
  /**
   * Keeps the token by which the waiting execution is woken. A plan that was decided before the token was known wakes
   * it at once: between "decided, no token yet" and "token stored, still waiting" nobody is left asleep.
   */
  readonly storeTaskToken: (plan: string, token: string) => Promise<void>;
}

/** Nobody waits behind this token any more, so there is nobody to wake: the execution looks at the plan by itself. */
const nobodyWaits = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];
const daySeconds = 86_400;

export function createApprovalClock(
  states: SFNClient,
  machineArn: string,
  items: Items,
  plans: Pick<PlanStore, "get">,
): AwsApprovalClock {
  /** Whatever the callback says, the execution reads the plan: the token alone can approve nothing. */
  async function wake(taskToken: string): Promise<void> {
    const trouble = await states.send(new SendTaskSuccessCommand({ taskToken, output: "{}" })).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.name : "unknown"),
    );
    if (trouble === undefined || nobodyWaits.includes(trouble)) return;
    // Only the error's name: its text goes into logs and could quote the token.
    throw new Error(`Step Functions could not be told that a plan was decided: ${trouble}`);
  }

  return {
    async opened(plan) {
      const { id, schedule } = plan;
      try {
        await states.send(
          new StartExecutionCommand({
            stateMachineArn: machineArn,
            name: id,
            input: JSON.stringify({ plan: id, schedule: times(schedule) }),
          }),
        );
      } catch (error) {
        // The plan's clock runs already: a second start is the same as the first.
        if (!isNamed(error, "ExecutionAlreadyExists")) throw error;
      }
    },
    async decided(plan) {
      const item = await items.get(keys.taskToken(plan.id));
      if (item !== undefined) await wake(textIn(item, "token"));
    },
    async storeTaskToken(plan, token) {
      const stored = await plans.get(plan);
      if (stored !== undefined) {
        const expiresAt = Math.ceil(stored.expiresAtMs / 1000) + daySeconds;
        await items.put({ ...keys.taskToken(plan), token, expiresAt });
      }
      const now = await plans.get(plan);
      if (now?.state !== "pending") await wake(token);
    },
  };
}

/** As Step Functions reads and shows times. */
function times(schedule: Plan["schedule"]): Record<string, string> {
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  const { remindAtMs, escalateAtMs, expiresAtMs } = schedule;
  const named = { remindAt: iso(remindAtMs), escalateAt: iso(escalateAtMs), expiresAt: iso(expiresAtMs) };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, time]) => (time === undefined ? [] : [[name, time] as const])),
  );
}
