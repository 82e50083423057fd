// An allowed request: intent, forward, mask, outcome, end.
import type { Answer, ByteStream } from "../model/http.ts";
import { header } from "../model/http.ts";
import type { RefResult } from "../model/plan.ts";
import type { Effect, UpstreamRequest } from "../model/action.ts";
import type { Credential, UpstreamAnswer } from "../model/ports.ts";
import { GateError } from "../model/errors.ts";
import { answerHeaders } from "../forward/answer-headers.ts";
import { decoded } from "../forward/decoded.ts";
import { transfer } from "../forward/large-files.ts";
import { rewriteBatch } from "../forward/lfs-batch.ts";
import { followRead } from "../forward/redirects.ts";
import { rewriteUrls } from "../forward/rewrite-urls.ts";
import { seatOf } from "../forward/seat.ts";
import { rewriteAdvertisement } from "../classify/git-advertisement.ts";
import { isChangedAnswer, recordableAnswer, withSessionToken } from "../forward/copilot-answers.ts";
import { endsModelAnswer } from "../forward/model-stream.ts";
import { shownCredential } from "../identity/credential.ts";
import { untilDeadline } from "./deadline.ts";
import { endingWith, type EndCause } from "./ending.ts";
import { judged } from "./judge.ts";
import { mcpAnswer, type Ending as McpEnding } from "./mcp-upstream.ts";
import { answerRecorder, maskKind, recordChange, recordRequestBody, type AnswerRecorder } from "./bodies.ts";
import type { Judged } from "./request.ts";
import { forgetAfterWrite } from "./staleness.ts";

export async function execute(passage: Judged): Promise<Answer> {
  const { world, entry, caller, target, finding, incoming, live } = passage;
  const { action } = target;
  const isRead = action.effect === "read" || action.effect === "read-many";
  // All of it before the first byte leaves: what cannot be recorded is not sent.
  const [bodies] = await Promise.all([
    Promise.all([recordRequestBody(entry.id, action, world), recordChange(entry.id, finding, world)]),
    entry.intend({
      caller,
      target,
      request: incoming,
      verdict: judged(passage.judgement, world),
      ...(finding.pack === undefined ? {} : { bodyBytes: finding.pack.bytes }),
    }),
  ]);
  const credential = await world.credentials.credential(
    caller,
    action.effect,
    target.repository,
    seatOf(action),
  );
  // A read ends with its client; a write that GitHub may already carry out is followed to its end.
  const signal = isRead ? untilDeadline(incoming, incoming.signal, live.signal) : untilDeadline(incoming);
  passage.progress.isSent = true;
  const sent = await send(passage, credential, signal);
  entry.mark("upstream");
  const last: McpEnding = { isLast: false };
  const answer =
    action.mcp === undefined ? await followed(passage, sent, signal) : await mcpAnswer(passage, sent, last);
  const recorder = answerRecorder(passage, answer);
  const headers = answerHeaders(answer, { config: world.config, surface: action.surface });
  const contentLength = recorder.keepsLength ? numberOf(header(headers, "content-length")) : undefined;
  const settle = async (cause: EndCause, bytes: number): Promise<void> => {
    entry.mark("upstream");
    try {
      const recorded = await recorder.finish();
      await entry.conclude({
        result: cause.is === "whole" ? "answered" : cause.is,
        status: answer.status,
        upstreamStatus: answer.status,
        responseBytes: bytes,
        bodies: [...bodies.flat(), ...recorded.bodies],
        refResults: recorded.refResults,
        ...(recorded.toolCalls === undefined ? {} : { toolCalls: recorded.toolCalls }),
        commits: landedCommits(passage, recorded.refResults),
        landed: { repository: target.repository?.fullName, commits: recorded.commits },
        ...(cause.is === "failed"
          ? { error: cause.error instanceof GateError ? cause.error.code : "GH_INTERNAL" }
          : {}),
      });
      if (target.repository !== undefined && unsettles(action.effect))
        await forgetAfterWrite(target.repository.id, world);
    } catch (error) {
      // Does nothing when the outcome itself could not be written.
      await entry
        .conclude({ result: "failed", status: answer.status, error: "GH_OUTCOME_UNRECORDED" })
        .catch(() => undefined);
      throw new GateError("GH_OUTCOME_UNRECORDED", {}, { cause: error });
    } finally {
      if (finding.pack !== undefined) await world.escrow.remove(entry.id);
      live.leave();
    }
  };
  return {
    status: answer.status,
    headers: recorder.keepsLength
      ? headers
      : headers.filter(([name]) => name.toLowerCase() !== "content-length"),
    body: endingWith(cutWhen(passage, transformed(passage, answer, recorder)), {
      tailBytes: action.surface === "git" ? 4 : 0,
      drainsWhenCut: !isRead,
      ...(contentLength === undefined ? {} : { contentLength }),
      ...(action.model === undefined ? {} : { isTerminator: endsModelAnswer }),
      ...(action.mcp === undefined ? {} : { isTerminator: () => last.isLast }),
      settle,
    }),
  };
}

/** Whether a call of this effect may change protection, name, owner, visibility or default branch of its repository. */
export function unsettles(effect: Effect): boolean {
  return effect === "protection-weaken" || effect === "admin";
}

/** A push brings its pack's commits; any other write to a branch makes one. */
function landedCommits({ target, finding }: Judged, results: readonly RefResult[]): number {
  if (!results.some(({ ok }) => ok)) return 0;
  return target.action.push === undefined ? 1 : finding.commits;
}

function send(passage: Judged, credential: Credential, signal: AbortSignal): Promise<UpstreamAnswer> {
  const { upstream } = passage.world;
  const { largeFile, send: batch } = passage.target.action;
  if (largeFile !== undefined) return transfer(largeFile, batch, { upstream, credential, signal });
  return upstream.send(sendOf(passage), credential, signal);
}

/** For a push: its command list, rebuilt, and then the pack as it lies in escrow. */
function sendOf({ target: { action }, finding }: Judged): UpstreamRequest {
  if (action.push === undefined) return action.send;
  const { preamble } = action.push;
  const { pack } = finding;
  return {
    ...action.send,
    body: {
      is: "stream",
      length: preamble.length + (pack?.bytes ?? 0),
      stream: joined(preamble, pack?.stream()),
    },
  };
}

export async function* joined(
  preamble: Uint8Array,
  pack: ByteStream | undefined,
): AsyncGenerator<Uint8Array> {
  yield preamble;
  if (pack !== undefined) yield* pack;
}

async function followed(
  passage: Judged,
  answer: UpstreamAnswer,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const { world, target } = passage;
  const isRead = target.action.effect === "read" || target.action.effect === "read-many";
  const final = await followRead(answer, { config: world.config, isRead, upstream: world.upstream, signal });
  return decoded(final);
}

async function* transformed(
  passage: Judged,
  answer: UpstreamAnswer,
  recorder: AnswerRecorder,
): AsyncGenerator<Uint8Array> {
  const { action } = passage.target;
  const isAdvertisement = action.surface === "git" && action.operation.startsWith("git/advertise");
  if (isAdvertisement && answer.status === 200) {
    const service =
      action.operation === "git/advertise-receive-pack" ? "git-receive-pack" : "git-upload-pack";
    yield* recorder.pass(rewriteAdvertisement(answer.body, service));
  } else if (action.operation.startsWith("lfs/batch") && answer.status === 200) {
    const repository = passage.target.repository ?? { owner: "", name: "" };
    const about = { gateway: passage.world.config.gateway.url, repository };
    yield* recorder.pass(rewriteBatch(answer.body, about));
  } else if (action.surface === "copilot") yield* copilotAnswer(passage, answer, recorder);
  else if (maskKind(answer) === "json" && action.mcp === undefined)
    yield* recorder.pass(rewriteUrls(answer.body, passage.world.config));
  else yield* recorder.pass(answer.body);
}

/** A model's words are no links: nothing in them is rewritten. */
async function* copilotAnswer(
  { world, caller, incoming, target }: Judged,
  answer: UpstreamAnswer,
  recorder: AnswerRecorder,
): AsyncGenerator<Uint8Array> {
  const { operation } = target.action;
  if (answer.status !== 200 || !isChangedAnswer(operation)) {
    yield* recorder.pass(answer.body);
    return;
  }
  const recorded = recorder.pass(recordableAnswer(answer.body, operation, world.config.gateway.url));
  const { unverifiedToken: token } = shownCredential(incoming.headers);
  const { expiresAtMs } = caller;
  yield* operation === "copilot/token" ? withSessionToken(recorded, { token, expiresAtMs }) : recorded;
}

/** A stopped session's stream breaks off; it does not end. */
async function* cutWhen({ live }: Judged, source: ByteStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (live.signal.aborted) throw new GateError("GH_SESSION_STOPPED");
    yield chunk;
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
