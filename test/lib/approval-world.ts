// Approvals under way as AWS runs them: the synthesised machine, the real turns of the clock, plans in a store with conditional writes.
import { castVote } from "../../lambda/approval/vote.ts";
import { claim, finish } from "../../lambda/approval/endings.ts";
import { clockStep, type ClockCall } from "../../lambda/flow/clock-step.ts";
import type { World } from "../../lambda/flow/world.ts";
import type { NoticeMessage } from "../../lambda/model/notices.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { openDatabase } from "../../lambda/platform/local/database.ts";
import { createPlanStore } from "../../lambda/platform/local/plan-store.ts";
import { aPlan, openedAtMs, type person } from "../approval/a-plan.ts";
import { steeredClock, type SteeredClock } from "../platform/steered-clock.ts";
import { AwsError } from "../stand-ins/aws/aws-error.ts";
import { runStateMachine, type MachineStandIn } from "../stand-ins/aws/state-machine.ts";
import { createStepFunctionsStandIn, type StepFunctionsStandIn } from "../stand-ins/aws/step-functions.ts";

export interface Approvals {
  readonly clock: SteeredClock;
  readonly machine: MachineStandIn;
  readonly steps: StepFunctionsStandIn;
  /** `reminder to platform-team`, in order. */
  readonly told: readonly string[];
  /** Plans that were sent to GitHub, in order. */
  readonly sent: readonly string[];
  readonly tokens: ReadonlyMap<string, string>;
  /** Called before each turn; what it throws is what the function throws. */
  before: (call: ClockCall) => void;
  /** Called after a plan was claimed and before it is sent. */
  atGitHub: () => void;
  open(change?: Partial<Plan>): Promise<Plan>;
  vote(plan: string, who: ReturnType<typeof person>, decision: "approve" | "deny"): Promise<Plan>;
  plan(id: string): Promise<Plan>;
  status(id: string): string | undefined;
  wake(token: string): void;
  /** Turns until it is so. */
  until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
}

/** `definition`: of the machine, as CDK wrote it. */
export function approvalsUnderWay(definition: string): Approvals {
  const clock = steeredClock(openedAtMs);
  const plans = createPlanStore(openDatabase({ file: ":memory:" }), clock);
  const steps = createStepFunctionsStandIn();
  const stateMachineArn = steps.createStateMachine("approvals");
  const tokens = new Map<string, string>();
  const told: string[] = [];
  const sent: string[] = [];

  function wake(taskToken: string): void {
    steps.operations.SendTaskSuccess?.({ taskToken, output: "{}" });
  }
  const approvals: World["approvals"] = {
    opened: ({ id, schedule }) => {
      const input = JSON.stringify({ plan: id, schedule });
      steps.operations.StartExecution?.({ stateMachineArn, name: id, input });
      return Promise.resolve();
    },
    decided: ({ id }) => {
      const token = tokens.get(id);
      if (token === undefined) return Promise.resolve();
      try {
        wake(token);
      } catch (error) {
        // Too late, or somebody did already: the machine looks at the plan by itself.
        if (!(error instanceof AwsError) || error.type !== "TaskTimedOut") throw error;
      }
      return Promise.resolve();
    },
  };
  const world = {
    clock,
    plans,
    approvals,
    ids: { next: (prefix: string) => `${prefix}_1` },
    config: {
      notices: { teams: { "platform-team": [{ inbox: true }], "security-team": [{ inbox: true }] } },
      console: { url: "https://console.gw.example.com" },
    },
    masker: { mask: (text: string) => ({ text }) },
    notices: {
      send: (_: unknown, message: NoticeMessage) => {
        told.push(`${message.kind} to ${message.team}`);
        return Promise.resolve();
      },
    },
    events: { emit: () => Promise.resolve() },
    escrow: { remove: () => Promise.resolve() },
    ledger: { write: () => Promise.resolve([]) },
    log: () => undefined,
  } as unknown as World;

  /** Carries out as the flow does (claimed by one conditional write), with a list in GitHub's place. */
  async function execute(id: string): Promise<unknown> {
    const plan = await plans.get(id);
    if (plan?.state !== "approved") return { state: plan?.state ?? "absent", waitSeconds: 1 };
    const claimed = claim(plan);
    if (!(await plans.replace(claimed))) return { state: "executing", waitSeconds: 1 };
    under.atGitHub();
    sent.push(id);
    const result = { atMs: clock.now(), status: 200, refs: [], executionEntry: "exe_1" };
    await plans.replace(finish(claimed, result, "done"));
    return { state: "done", waitSeconds: 1 };
  }

  const machine = runStateMachine({
    definition,
    stepFunctions: steps,
    clock,
    invoke: async (payload) => {
      const call = payload as unknown as ClockCall;
      under.before(call);
      if (call.step === "carry-out") return execute(call.plan);
      return clockStep(call, world, (plan, token) => {
        tokens.set(plan, token);
        return Promise.resolve();
      });
    },
  });

  async function stored(id: string): Promise<Plan> {
    const plan = await plans.get(id);
    if (plan === undefined) throw new Error(`there is no plan ${id}`);
    return plan;
  }

  const under: Approvals = {
    clock,
    machine,
    steps,
    told,
    sent,
    tokens,
    before: () => undefined,
    atGitHub: () => undefined,
    async open(change = {}) {
      const { plan } = await plans.open(aPlan(change));
      await approvals.opened(plan);
      return plan;
    },
    async vote(id, who, decision) {
      const before = await stored(id);
      const next = castVote(
        before,
        who,
        { decision, reason: "looked at it", planHash: before.hash },
        clock.now(),
      );
      if (!(await plans.replace(next))) throw new Error("somebody was faster");
      if (next.state !== "pending") await approvals.decided(next);
      return next;
    },
    plan: stored,
    status: (id) => [...steps.executions.values()].find(({ name }) => name === id)?.status,
    wake,
    async until(what, isSo) {
      for (let left = 2_000; left > 0; left -= 1) {
        if (await isSo()) return;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      throw new Error(`it never came to be: ${what}`);
    },
  };
  return under;
}
