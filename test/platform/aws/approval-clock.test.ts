// The approval clock on Step Functions.
import { describe, expect, it } from "@jest/globals";
import { plan } from "../contract/samples.ts";
import { services } from "./services.ts";

describe("the approval clock", () => {
  const on = services();
  const pending = plan("pln_aa", { createdAtMs: 0, expiresAtMs: 60_000 });

  function executions(): { name: string; input: unknown }[] {
    return [...on.aws.states.executions.values()]
      .filter(({ stateMachineArn }) => stateMachineArn === on.deployment.env.GATEHOUSE_STATE_MACHINE)
      .map(({ name, input }) => ({ name, input: JSON.parse(input) as unknown }));
  }

  async function decide(state: "approved" | "denied"): Promise<void> {
    const next = { ...pending, state, version: 2 };
    await on.platform.plans.replace(next);
    await on.platform.approvals.decided(next);
  }

  it("starts one execution for a plan, named after it and told when something is due", async () => {
    await on.platform.approvals.opened(pending);
    expect(executions()).toEqual([
      { name: "pln_aa", input: { plan: "pln_aa", schedule: { expiresAt: "1970-01-01T00:01:00.000Z" } } },
    ]);
  });

  it("starts no second one, whether the first still runs, runs with other times, or has ended", async () => {
    await on.platform.approvals.opened(pending);
    await on.platform.approvals.opened(pending);
    await on.platform.approvals.opened({ ...pending, schedule: { ...pending.schedule, remindAtMs: 5 } });
    const [running] = on.aws.states.executions.keys();
    on.aws.states.finish(running ?? "", { status: "SUCCEEDED" });
    await on.platform.approvals.opened(pending);
    expect(executions()).toHaveLength(1);
  });

  it.each(["approved", "denied"] as const)("wakes the execution when the plan is %s", async (state) => {
    await on.platform.plans.open(pending);
    const task = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_aa", task.token);
    await decide(state);
    await expect(task.result).resolves.toEqual({ is: "success", output: "{}" });
  });

  it("wakes an execution that begins to wait only after the decision", async () => {
    await on.platform.plans.open(pending);
    await decide("approved");
    const task = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_aa", task.token);
    await expect(task.result).resolves.toMatchObject({ is: "success" });
  });

  it("leaves an execution asleep while the plan is pending", async () => {
    await on.platform.plans.open(pending);
    const task = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_aa", task.token);
    task.expire();
    await expect(task.result).resolves.toEqual({ is: "timed-out" });
  });

  it("wakes an execution whose plan does not exist", async () => {
    const task = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_zz", task.token);
    await expect(task.result).resolves.toMatchObject({ is: "success" });
  });

  it("takes a decision although nobody waits any more, and a second one of the same plan", async () => {
    await on.platform.plans.open(pending);
    const task = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_aa", task.token);
    task.expire();
    await decide("approved");
    await expect(decide("approved")).resolves.toBeUndefined();
  });

  it("takes a decision before any token is known", async () => {
    await on.platform.plans.open(pending);
    await expect(decide("approved")).resolves.toBeUndefined();
  });

  it("says that Step Functions could not be reached, and not with which token", async () => {
    await on.platform.plans.open(pending);
    const { token } = on.aws.states.taskToken();
    await on.platform.storeTaskToken("pln_aa", token);
    const { SendTaskSuccess: works } = on.aws.states.operations;
    on.aws.states.operations.SendTaskSuccess = () => {
      throw new Error(`no luck with ${token}`);
    };
    try {
      const failed = decide("approved");
      await expect(failed).rejects.toThrow("could not be told that a plan was decided");
      await expect(failed).rejects.not.toThrow(token);
    } finally {
      if (works !== undefined) on.aws.states.operations.SendTaskSuccess = works;
    }
  });
});
