// The caller and the action that a plan was made of, as execution asks policy about them once more.
import type { Action } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import type { Plan } from "../model/plan.ts";
import type { World } from "./world.ts";

export function callerOf(plan: Plan, teams: readonly string[], world: World): Caller {
  const { requester } = plan;
  return {
    ...requester,
    teams,
    session: plan.session,
    proof: "session-token",
    issuedAtMs: plan.createdAtMs,
    expiresAtMs: world.clock.now(),
    claimedLabels: {},
    remoteAddress: "",
  };
}

export function actionOf(plan: Plan): Action {
  return {
    surface: plan.surface,
    operation: plan.substance.operation,
    title: plan.title,
    effect: plan.effect,
    repository: plan.repository,
    branches: { from: "refs", refs: plan.substance.refs },
    paths: plan.findings.paths,
    parameters: plan.substance.parameters,
    ...(plan.substance.parts === undefined ? {} : { parts: plan.substance.parts }),
    send: { ...plan.send, body: { is: "none" } },
  };
}
