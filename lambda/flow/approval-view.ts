// What a reviewer sees of a plan.
import { mayDecide } from "../approval/vote.ts";
import { planSentence } from "../approval/sentence.ts";
import type { SignedIn } from "../console/desk.ts";
import type { ApprovalCard, ApprovalView } from "../model/api.ts";
import type { ChangeSummary } from "../model/change.ts";
import type { Plan } from "../model/plan.ts";
import { readBody } from "../record/read-body.ts";
import type { World } from "./world.ts";

export function approvalCard(plan: Plan, who: SignedIn, world: World): ApprovalCard {
  const { is, because } = mayDecide(plan, who, world.clock.now());
  return {
    id: plan.id,
    planHash: plan.hash,
    state: plan.state,
    title: plan.title,
    operation: plan.substance.operation,
    repository: plan.repository.fullName,
    refs: plan.substance.refs,
    requester: plan.requester,
    session: plan.session,
    entry: plan.entry,
    demands: plan.demands,
    headline: plan.headline,
    votes: plan.votes,
    createdAtMs: plan.createdAtMs,
    expiresAtMs: plan.expiresAtMs,
    ...(plan.endReason === undefined ? {} : { endReason: plan.endReason }),
    ...(plan.coveredBy === undefined ? {} : { coveredBy: plan.coveredBy }),
    ...(plan.result === undefined ? {} : { result: withoutAnswer(plan.result) }),
    mayDecide: is,
    ...(because === undefined ? {} : { mayNotBecause: because }),
    mayWithdraw: plan.state === "pending" && plan.requester.subject === who.subject,
  };
}

export async function approvalView(plan: Plan, who: SignedIn, world: World): Promise<ApprovalView> {
  const change = plan.changeBody === undefined ? undefined : await readBody(world.bodies, plan.changeBody);
  const body = plan.push === undefined ? await readBody(world.bodies, `${plan.entry}/request`) : undefined;
  return {
    ...approvalCard(plan, who, world),
    sentence: planSentence(plan),
    parameters: plan.substance.parameters,
    protection: plan.protection,
    policyHash: plan.policyHash,
    ...(plan.packSha256 === undefined ? {} : { packSha256: plan.packSha256 }),
    ...(change === undefined ? {} : { change: parsedChange(change) }),
    ...(body === undefined ? {} : { requestBody: new TextDecoder().decode(body) }),
  };
}

function parsedChange(bytes: Uint8Array): ChangeSummary {
  return JSON.parse(new TextDecoder().decode(bytes)) as ChangeSummary;
}

function withoutAnswer(result: NonNullable<Plan["result"]>): Omit<NonNullable<Plan["result"]>, "answer"> {
  const { atMs, status, refs, executionEntry, remoteText } = result;
  return { atMs, status, refs, executionEntry, ...(remoteText === undefined ? {} : { remoteText }) };
}
