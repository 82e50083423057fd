// Sends an approved tool call to GitHub's MCP server, in a session of its own when the client's is gone.
import { laterId } from "../classify/mcp-call.ts";
import { decoded } from "../forward/decoded.ts";
import { seatOf } from "../forward/seat.ts";
import type { UpstreamRequest } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import { header, withoutHeaders, type HeaderList } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import type { Credential, UpstreamAnswer } from "../model/ports.ts";
import { createBodyRecorder } from "../record/body-recorder.ts";
import type { Entry } from "./entry.ts";
import { jsonBytes } from "./mcp-answers.ts";
import { callResult } from "./mcp-results.ts";
import { readResponse } from "./mcp-upstream.ts";
import { escrowedBody, type Sent } from "./send-plan.ts";
import type { Target, World } from "./world.ts";

/** For a session of our own when the client said no version; every server of that generation takes it. */
const fallbackVersion = "2025-06-18";

export async function sendCall(
  plan: Plan,
  { caller, target }: { readonly caller: Caller; readonly target: Target },
  entry: Entry,
  world: World,
): Promise<Sent> {
  const credential = await world.credentials.credential(
    caller,
    plan.effect,
    plan.repository,
    seatOf(target.action),
  );
  const call = target.action.send;
  let sent = await post({ ...call, body: await escrowedBody(plan, world) }, credential, world);
  if (sent.status === 404 && header(call.headers, "mcp-session-id") !== undefined) {
    // A server that does not know the session has not looked at the call.
    await readResponse(sent, laterId).catch(() => undefined);
    const headers = await ownSession(call, credential, world);
    sent = await post({ ...call, headers, body: await escrowedBody(plan, world) }, credential, world);
  }
  entry.mark("upstream");
  try {
    return await resultOf(plan, sent, entry, world);
  } catch (error) {
    if (error instanceof GateError && error.code.startsWith("GH_UPSTREAM")) throw error;
    throw new GateError("GH_OUTCOME_UNRECORDED", {}, { cause: error });
  }
}

async function resultOf(plan: Plan, sent: UpstreamAnswer, entry: Entry, world: World): Promise<Sent> {
  const { status } = sent;
  const message = await readResponse(decoded(sent), laterId);
  if (message === undefined && status >= 200 && status < 300)
    throw new GateError("GH_UPSTREAM_UNREADABLE", { why: "it holds no result of the call" });
  const name = `${entry.id}/response`;
  const recorder = createBodyRecorder({
    name,
    mediaType: "application/json",
    kind: "json",
    masker: world.masker,
    limit: world.config.limits.recordedBodyBytes,
    bodies: world.bodies,
    ids: world.ids,
  });
  const bytes = jsonBytes(message ?? { error: { message: `GitHub answered ${status}` } });
  recorder.push(bytes);
  const body = await recorder.finish();
  const { operation } = plan.substance;
  const trouble = status >= 200 && status < 300 ? undefined : `GitHub answered ${status}`;
  const { refs, isRefused, commits } = callResult(plan.substance.refs, operation, message, trouble);
  await entry.conclude({
    result: "answered",
    status,
    upstreamStatus: status,
    responseBytes: bytes.length,
    bodies: [body],
    refResults: refs,
    commits: refs.some(({ ok }) => ok) ? 1 : 0,
    landed: { repository: plan.repository.fullName, commits },
  });
  return {
    isKnown: true,
    isRefused,
    result: {
      atMs: world.clock.now(),
      status,
      refs,
      executionEntry: entry.id,
      ...(body.isTruncated ? {} : { answer: { headers: [], body: name } }),
    },
  };
}

async function ownSession(call: UpstreamRequest, credential: Credential, world: World): Promise<HeaderList> {
  const headers = withoutHeaders(call.headers, "mcp-session-id");
  const protocolVersion = header(headers, "mcp-protocol-version") ?? fallbackVersion;
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: "gatehouse", version: "1" } };
  const say = (message: unknown, inSession: HeaderList): Promise<UpstreamAnswer> =>
    post(
      { ...call, headers: inSession, body: { is: "bytes", bytes: jsonBytes(message) } },
      credential,
      world,
    );
  const opened = await say({ jsonrpc: "2.0", id: laterId, method: "initialize", params }, headers);
  await readResponse(opened, laterId);
  const session = header(opened.headers, "mcp-session-id");
  if (session === undefined) return headers;
  const inSession: HeaderList = [...headers, ["mcp-session-id", session]];
  const ready = await say({ jsonrpc: "2.0", method: "notifications/initialized" }, inSession);
  await ready.body[Symbol.asyncIterator]().return?.();
  return inSession;
}

function post(request: UpstreamRequest, credential: Credential, world: World): Promise<UpstreamAnswer> {
  return world.upstream.send(request, credential, new AbortController().signal);
}
