// A REST write that waits: its own answer if a person is quick, otherwise 409 and a link; asking again joins the same plan.
import { GateError } from "../model/errors.ts";
import type { Answer } from "../model/http.ts";
import { streamOf } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import { endingWith } from "./ending.ts";
import { planLink, planRefusal, reviewersOf } from "./plan-words.ts";
import { refusal, roadHeaders } from "./refusal.ts";
import type { Judged } from "./request.ts";

export async function waitForRest(passage: Judged, opened: Plan): Promise<Answer> {
  const { world, live, incoming } = passage;
  const untilMs = world.clock.now() + world.config.hold.restWaitMs;
  const gone = AbortSignal.any([live.signal, incoming.signal, world.live.closing]);
  let plan = opened;
  while (isOpen(plan) && world.clock.now() < untilMs && !gone.aborted) {
    const left = Math.max(0, untilMs - world.clock.now());
    plan = (await world.plans.changed(plan.id, plan.version, Math.min(left, 1_000), gone)) ?? plan;
  }
  passage.entry.mark("wait");
  return plan.result?.answer === undefined ? no(passage, plan) : landed(passage, plan, plan.result.answer);
}

function isOpen(plan: Plan): boolean {
  return plan.state === "pending" || plan.state === "approved" || plan.state === "executing";
}

/** The answer that GitHub gave when the plan was carried out, masked already. */
function landed(
  passage: Judged,
  plan: Plan,
  answer: NonNullable<NonNullable<Plan["result"]>["answer"]>,
): Answer {
  const { entry, live } = passage;
  const bytes = Buffer.from(answer.bodyBase64, "base64");
  const status = plan.result?.status ?? 502;
  const source = streamOf(bytes);
  return {
    status,
    headers: [...answer.headers, ["Content-Length", String(bytes.length)], ...roadHeaders],
    body: endingWith(source, {
      tailBytes: 0,
      contentLength: bytes.length,
      drainsWhenCut: false,
      settle: async (cause, responseBytes) => {
        await entry.conclude({ result: cause.is === "whole" ? "answered" : "cut", status, responseBytes });
        live.leave();
      },
    }),
  };
}

async function no(passage: Judged, plan: Plan): Promise<Answer> {
  const { world, entry, live } = passage;
  const link = planLink(world, plan);
  const error = passage.live.signal.aborted
    ? new GateError("GH_SESSION_STOPPED")
    : isOpen(plan)
      ? new GateError("GH_PENDING", { reviewers: reviewersOf(plan), link, plan: plan.id })
      : planRefusal(plan, link);
  await entry.conclude({
    result: passage.incoming.signal.aborted ? "cut" : "refused",
    status: error.status,
    error: error.code,
  });
  live.leave();
  const extra = {
    plan: plan.id,
    link,
    state: plan.state,
    expiresAt: new Date(plan.expiresAtMs).toISOString(),
  };
  return refusal(error, { entry: entry.id, isGit: false, challenge: [] }, extra);
}
