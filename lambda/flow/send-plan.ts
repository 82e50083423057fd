// Sends what lies in escrow to GitHub and reads the answer to its end.
import { pushPreamble } from "../classify/git-push.ts";
import { zeroOid, type UpstreamBody } from "../model/action.ts";
import { header, type HeaderList } from "../model/http.ts";
import type { ChangeSummary } from "../model/change.ts";
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import type { Plan, PlanResult, RefResult } from "../model/plan.ts";
import type { UpstreamAnswer } from "../model/ports.ts";
import { answerHeaders } from "../forward/answer-headers.ts";
import { decoded } from "../forward/decoded.ts";
import { PushReportReader } from "../forward/push-report.ts";
import { rewriteUrls } from "../forward/rewrite-urls.ts";
import { seatOf } from "../forward/seat.ts";
import { createBodyRecorder } from "../record/body-recorder.ts";
import { readBody } from "../record/read-body.ts";
import { maskKind, recordedAs } from "./bodies.ts";
import type { Entry } from "./entry.ts";
import { commitsPushed } from "./made-commits.ts";
import { joined } from "./execute.ts";
import { sendCall } from "./send-call.ts";
import type { Target, World } from "./world.ts";
import { writeResults } from "./write-results.ts";

export interface Sent {
  readonly result: PlanResult;
  /** False when GitHub broke off, so that nobody knows what happened. */
  readonly isKnown: boolean;
  /** GitHub answered with success and yet did not do it all: GraphQL says so inside its answer. */
  readonly isRefused?: boolean;
}

export async function sendPlan(
  plan: Plan,
  { caller, target }: { caller: Caller; target: Target },
  entry: Entry,
  world: World,
): Promise<Sent> {
  if (plan.surface === "mcp") return await sendCall(plan, { caller, target }, entry, world);
  const body = await escrowedBody(plan, world);
  const credential = await world.credentials.credential(
    caller,
    plan.effect,
    plan.repository,
    seatOf(target.action),
  );
  const sent = await world.upstream.send(
    { ...target.action.send, body },
    credential,
    new AbortController().signal,
  );
  entry.mark("upstream");
  try {
    return plan.push === undefined
      ? await restResult(plan, decoded(sent), entry, world)
      : await pushResult(plan, plan.push.capabilities, decoded(sent), entry, world);
  } catch (error) {
    if (error instanceof GateError && error.code.startsWith("GH_UPSTREAM")) throw error;
    throw new GateError("GH_OUTCOME_UNRECORDED", {}, { cause: error });
  }
}

export async function escrowedBody(plan: Plan, world: World): Promise<UpstreamBody> {
  const needsPack = plan.push === undefined ? plan.send.bodyBytes > 0 : plan.packSha256 !== undefined;
  const object = needsPack ? await world.escrow.open(plan.entry) : undefined;
  if (needsPack && object?.sha256 !== plan.send.bodySha256)
    throw new GateError(
      "GH_ESCROW_UNAVAILABLE",
      {},
      { cause: "the escrowed bytes are not the approved ones" },
    );
  if (plan.push === undefined)
    return object === undefined
      ? { is: "none" }
      : { is: "stream", stream: object.stream(), length: object.bytes };
  const preamble = pushPreamble({
    commands: plan.substance.refs.map(({ ref, old, new: next }) => ({
      ref,
      old: old ?? zeroOid,
      new: next ?? zeroOid,
    })),
    capabilities: plan.push.capabilities,
    options: plan.substance.options,
    shallow: plan.push.shallow,
  });
  return {
    is: "stream",
    stream: joined(preamble, object?.stream()),
    length: preamble.length + (object?.bytes ?? 0),
  };
}

async function pushResult(
  plan: Plan,
  capabilities: readonly string[],
  answer: UpstreamAnswer,
  entry: Entry,
  world: World,
): Promise<Sent> {
  const reader = new PushReportReader(capabilities);
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    reader.push(chunk);
  }
  const report = reader.end();
  const isKnown = answer.status !== 200 || report.unpack !== undefined;
  const refs = plan.substance.refs.map(({ ref }) => resultOf(ref, report.refs, report.unpack, answer.status));
  const remoteText = world.masker.mask(report.remoteText + (report.fatal ?? "")).text;
  await entry.conclude({
    result: isKnown ? "answered" : "unknown",
    status: answer.status,
    upstreamStatus: answer.status,
    responseBytes: bytes,
    refResults: refs,
    commits: refs.some(({ ok }) => ok) ? plan.headline.commits : 0,
    landed: {
      repository: plan.repository.fullName,
      commits: commitsPushed(await plannedChange(plan, world), refs),
    },
  });
  return {
    isKnown,
    result: { atMs: world.clock.now(), status: answer.status, refs, executionEntry: entry.id, remoteText },
  };
}

/** As it was shown to the reviewers. Without it the push has landed all the same: only its commits are not found later. */
async function plannedChange(plan: Plan, world: World): Promise<ChangeSummary | undefined> {
  try {
    const body = plan.changeBody === undefined ? undefined : await readBody(world.bodies, plan.changeBody);
    return body === undefined ? undefined : (JSON.parse(Buffer.from(body).toString("utf8")) as ChangeSummary);
  } catch (error) {
    world.log("commits-not-indexed", { plan: plan.id, cause: String(error) });
    return undefined;
  }
}

function resultOf(
  ref: string,
  refs: readonly RefResult[],
  unpack: string | undefined,
  status: number,
): RefResult {
  const found = refs.find((result) => result.ref === ref);
  if (found !== undefined) return found;
  const reason =
    status === 200
      ? `GitHub reported nothing for it (unpack ${unpack ?? "unknown"})`
      : `GitHub answered ${status}`;
  return { ref, ok: false, reason };
}

async function restResult(plan: Plan, answer: UpstreamAnswer, entry: Entry, world: World): Promise<Sent> {
  const kind = maskKind(answer);
  const name = `${entry.id}/response`;
  const recorder = createBodyRecorder({
    name,
    mediaType: header(answer.headers, "content-type") ?? "application/octet-stream",
    kind: recordedAs(kind),
    masker: world.masker,
    limit: world.config.limits.recordedBodyBytes,
    bodies: world.bodies,
    ids: world.ids,
  });
  const { operation, refs: planned, parts } = plan.substance;
  const written = writeResults({ operation, refs: planned, parts, isTool: false });
  let responseBytes = 0;
  const source = kind === "json" ? rewriteUrls(answer.body, world.config) : answer.body;
  for await (const chunk of source) {
    responseBytes += chunk.length;
    written.push(chunk);
    recorder.push(chunk);
  }
  const body = await recorder.finish();
  const { refs, isRefused, commits } = written.end(answer.status);
  await entry.conclude({
    result: "answered",
    status: answer.status,
    upstreamStatus: answer.status,
    responseBytes,
    bodies: [body],
    refResults: refs,
    commits: refs.some((ref) => ref.ok) ? 1 : 0,
    landed: { repository: plan.repository.fullName, commits },
  });
  const result = { atMs: world.clock.now(), status: answer.status, refs, executionEntry: entry.id };
  if (body.isTruncated) return { isKnown: true, isRefused, result };
  return {
    isKnown: true,
    isRefused,
    result: { ...result, answer: { headers: keptHeaders(answer, plan, world), body: name } },
  };
}

/** Those that say something about the answer; the rest is added when it is given out. */
function keptHeaders(answer: UpstreamAnswer, plan: Plan, world: World): HeaderList {
  const again = ["content-length", "content-security-policy", "x-content-type-options"];
  const headers = answerHeaders(answer, { config: world.config, surface: plan.surface });
  return headers.filter(([name]) => !again.includes(name.toLowerCase()));
}
