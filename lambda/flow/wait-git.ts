// A push that waits: lines that people read, a sign of life every second, and git's own report at the end.
import { holdLines, keepAlive, pushReport, remoteLines } from "../approval/git-answer.ts";
import type { PushRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { Answer, Bytes } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import { waitsUntilMs } from "./deadline.ts";
import { endingWith } from "./ending.ts";
import { planLink, planRefusal } from "./plan-words.ts";
import { gitResult, refusalBytes } from "./push-answers.ts";
import type { Judged } from "./request.ts";

/** How often a silent connection shows a sign of life: some clients give up below a byte a second. */
const beatMs = 1_000;

export function waitForGit(passage: Judged, plan: Plan, push: PushRequest): Answer {
  const { world, entry, live } = passage;
  const seen: { plan: Plan; error?: GateError } = { plan };
  const body = endingWith(waiting(passage, push, seen), {
    tailBytes: 4,
    drainsWhenCut: false,
    settle: async (cause, responseBytes) => {
      entry.mark("wait");
      const isDone = seen.plan.state === "done";
      await entry.conclude({
        result:
          cause.is === "cut"
            ? "cut"
            : isDone
              ? "answered"
              : seen.plan.result === undefined
                ? "refused"
                : "failed",
        status: 200,
        responseBytes,
        refResults: [],
        ...(seen.error === undefined ? {} : { error: seen.error.code }),
      });
      live.leave();
      world.log("wait-ended", { plan: plan.id, state: seen.plan.state });
    },
  });
  return gitResult(body);
}

async function* waiting(
  passage: Judged,
  push: PushRequest,
  seen: { plan: Plan; error?: GateError },
): AsyncGenerator<Bytes> {
  const { world, live, incoming } = passage;
  const link = planLink(world, seen.plan);
  const isSideBand = push.capabilities.includes("side-band-64k");
  const ending = AbortSignal.any([live.signal, world.live.closing]);
  const untilMs = waitsUntilMs(incoming, world.config.hold.pushWaitMs, world);
  if (isSideBand) yield holdLines(seen.plan, { link, nowMs: world.clock.now() });
  for (;;) {
    const { plan } = seen;
    const end = ended(passage, seen.plan, link, untilMs);
    if (end !== undefined) {
      yield* no(passage, push, seen, end);
      return;
    }
    if (plan.result !== undefined && plan.state !== "unknown") {
      yield* landed(plan, push, isSideBand);
      return;
    }
    const next = await world.plans.changed(plan.id, plan.version, beatMs, ending);
    if (next !== undefined && next.version > plan.version) {
      seen.plan = next;
      if (isSideBand && next.state === "approved")
        yield remoteLines(`Approved by ${approvers(next)}. Sending to GitHub …`);
    } else if (isSideBand) yield keepAlive;
  }
}

/** Why the wait is over without a result, if it is. */
function ended({ world, live }: Judged, plan: Plan, link: string, untilMs: number): GateError | undefined {
  if (live.signal.aborted) return new GateError("GH_SESSION_STOPPED");
  const isOpen = plan.state === "pending" || plan.state === "approved" || plan.state === "executing";
  if (!isOpen && (plan.result === undefined || plan.state === "unknown")) return planRefusal(plan, link);
  if (isOpen && (world.clock.now() >= untilMs || world.live.closing.aborted)) return stillPending(plan, link);
  return undefined;
}

function* no(
  passage: Judged,
  push: PushRequest,
  seen: { error?: GateError },
  error: GateError,
): Generator<Bytes> {
  seen.error = error;
  yield refusalBytes(push, error, passage.entry.id);
}

function* landed(plan: Plan, push: PushRequest, isSideBand: boolean): Generator<Bytes> {
  const { result } = plan;
  if (result === undefined) return;
  if (isSideBand && result.remoteText !== undefined && result.remoteText !== "")
    yield remoteLines(result.remoteText);
  yield pushReport({ capabilities: push.capabilities, unpack: "ok", refs: result.refs });
}

function approvers(plan: Plan): string {
  return plan.votes
    .filter(({ decision }) => decision === "approve")
    .map(({ login }) => login)
    .join(", ");
}

function stillPending(plan: Plan, link: string): GateError {
  return new GateError("GH_PENDING", {
    reviewers: plan.demands.flatMap(({ reviewers }) => reviewers).join(", "),
    link,
    plan: `${plan.id}; it will land when approved`,
  });
}
