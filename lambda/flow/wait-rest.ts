// A REST or GraphQL write that waits: its own answer if a person is quick, otherwise 409 and a link; asking again joins the same plan.
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes, type HeaderList } from "../model/http.ts";
import type { Plan, PlanResult } from "../model/plan.ts";
import { readBody } from "../record/read-body.ts";
import { waitsUntilMs } from "./deadline.ts";
import { endingWith } from "./ending.ts";
import { planLink, planRefusal, reviewersOf } from "./plan-words.ts";
import { protocolOf, refusal } from "./refusal.ts";
import { roadHeaders } from "./road-headers.ts";
import type { Judged } from "./request.ts";

export async function waitForRest(passage: Judged, opened: Plan): Promise<Answer> {
  const { world, live, incoming } = passage;
  const untilMs = waitsUntilMs(incoming, world.config.hold.restWaitMs, world);
  const gone = AbortSignal.any([live.signal, incoming.signal, world.live.closing]);
  let plan = opened;
  while (isOpen(plan) && world.clock.now() < untilMs && !gone.aborted) {
    const left = Math.max(0, untilMs - world.clock.now());
    plan = (await world.plans.changed(plan.id, plan.version, Math.min(left, 1_000), gone)) ?? plan;
  }
  passage.entry.mark("wait");
  const { result } = plan;
  return result === undefined || result.status >= 500 ? no(passage, plan) : landed(passage, result);
}

function isOpen(plan: Plan): boolean {
  return plan.state === "pending" || plan.state === "approved" || plan.state === "executing";
}

/** The answer that GitHub gave when the plan was carried out, as it was recorded. */
async function landed(passage: Judged, result: PlanResult): Promise<Answer> {
  const { entry, live, world } = passage;
  const kept = result.answer === undefined ? undefined : await readBody(world.bodies, result.answer.body);
  const bytes = kept ?? notKept(result);
  const headers: HeaderList =
    kept === undefined ? [["Content-Type", "application/json"]] : (result.answer?.headers ?? []);
  return {
    status: result.status,
    headers: [...headers, ["Content-Length", String(bytes.length)], ...roadHeaders],
    body: endingWith(streamOf(bytes), {
      tailBytes: 0,
      contentLength: bytes.length,
      drainsWhenCut: false,
      settle: async (cause, responseBytes) => {
        await entry.conclude({
          result: cause.is === "whole" ? "answered" : "cut",
          status: result.status,
          responseBytes,
        });
        live.leave();
      },
    }),
  };
}

function notKept(result: PlanResult): Bytes {
  const message = `GitHub took this with status ${result.status}; its answer was too large to keep for you. Read the result at GitHub.`;
  return new TextEncoder().encode(JSON.stringify({ message, gatehouse: { entry: result.executionEntry } }));
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
  return refusal(error, { entry: entry.id, protocol: protocolOf(passage.incoming), challenge: [] }, extra);
}
