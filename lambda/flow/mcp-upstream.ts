// GitHub's answer to an MCP message, read message by message: what is passed on, what is withheld, and where it ends.
import { decoded } from "../forward/decoded.ts";
import { GateError } from "../model/errors.ts";
import { EventSplitter, jsonOf, maxEventBytes, readEvent } from "../model/event-stream.ts";
import { header, withoutHeaders, type Bytes, type ByteStream, type HeaderList } from "../model/http.ts";
import type { UpstreamAnswer } from "../model/ports.ts";
import { eventBytes, jsonBytes } from "./mcp-answers.ts";
import { endSession, openSession } from "./mcp-session.ts";
import { visibleTools } from "./mcp-visible.ts";
import type { Judged } from "./request.ts";

type Message = Readonly<Record<string, unknown>>;

/** The end of an answer: the JSON-RPC response, or the end of the body. */
export interface Ending {
  isLast: boolean;
}

/** Throws GH_UPSTREAM_REFUSED for what is no answer to this client: a 401 here is about the gateway's own credential. */
export async function mcpAnswer(
  passage: Judged,
  sent: UpstreamAnswer,
  ending: Ending,
): Promise<UpstreamAnswer> {
  const { action } = passage.target;
  const { mcp } = action;
  if (mcp === undefined) return sent;
  const isStream = mcp.method === "stream" || mcp.method === "end";
  if (sent.status === 404 && mcp.claimedSession !== undefined) {
    await discard(sent);
    await endSession(mcp.claimedSession, passage.world);
    throw new GateError("GH_MCP_SESSION_UNKNOWN");
  }
  const isPassed =
    (sent.status >= 200 && sent.status < 300) || sent.status === 400 || (isStream && sent.status === 405);
  if (!isPassed) {
    await discard(sent);
    throw new GateError("GH_UPSTREAM_REFUSED", { status: String(sent.status) });
  }
  if (mcp.method === "end" && mcp.claimedSession !== undefined && sent.status < 300)
    await endSession(mcp.claimedSession, passage.world);
  const answer = decoded({ ...sent, headers: await sessionHeaders(passage, sent) });
  return { ...answer, body: passedOn(passage, answer, ending) };
}

async function sessionHeaders({ world, caller, target }: Judged, sent: UpstreamAnswer): Promise<HeaderList> {
  const given = header(sent.headers, "mcp-session-id");
  const rest = withoutHeaders(sent.headers, "mcp-session-id");
  const { mcp } = target.action;
  if (given === undefined || !/^[\x21-\x7e]{1,512}$/.test(given)) return rest;
  if (mcp?.method === "initialize")
    return [...rest, ["Mcp-Session-Id", await openSession(given, caller, world)]];
  return mcp?.claimedSession === undefined ? rest : [...rest, ["Mcp-Session-Id", mcp.claimedSession]];
}

function passedOn(passage: Judged, answer: UpstreamAnswer, ending: Ending): ByteStream {
  const type = (header(answer.headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const { mcp } = passage.target.action;
  if (type === "text/event-stream") return events(passage, answer.body, ending);
  if (mcp?.method === "tools/list" && answer.status === 200) return listed(passage, answer.body);
  return answer.body;
}

async function* listed(passage: Judged, body: ByteStream): AsyncGenerator<Bytes> {
  const message = parsed(await collected(body));
  if (message === undefined) throw unreadable("its list of tools is no JSON object");
  yield jsonBytes(withVisibleTools(passage, message));
}

/** Each event is one message. What the server asks of the client (sampling, elicitation) is withheld; ping may pass. */
async function* events(passage: Judged, body: ByteStream, ending: Ending): AsyncGenerator<Bytes> {
  const splitter = new EventSplitter();
  for await (const chunk of body) {
    for (const bytes of splitter.push(chunk)) {
      const event = readEvent(bytes);
      if (event.data === undefined || event.data === "") {
        yield bytes;
        continue;
      }
      const message = jsonOf(event);
      if (message === undefined) throw unreadable("an event holds something else than one JSON-RPC message");
      if (isAsking(message)) continue;
      const { mcp } = passage.target.action;
      if (mcp?.id !== undefined && isAnswerTo(message, mcp.id)) {
        ending.isLast = true;
        yield mcp.method === "tools/list" ? eventBytes(withVisibleTools(passage, message)) : bytes;
        return;
      }
      yield bytes;
    }
  }
  const rest = splitter.end();
  if (rest.length > 0) throw unreadable("its stream of events breaks off in one of them");
}

function isAsking({ method, id }: Message): boolean {
  return method !== undefined && id !== undefined && method !== "ping";
}

export function isAnswerTo(message: Message, id: string | number): boolean {
  return message.id === id && (message.result !== undefined || message.error !== undefined);
}

function withVisibleTools({ world, caller, target }: Judged, message: Message): Message {
  const { result } = message;
  if (typeof result !== "object" || result === null) return message;
  const { tools } = result as { readonly tools?: unknown };
  if (!Array.isArray(tools)) return message;
  const isReadonly = target.action.mcp?.isReadonly === true;
  return { ...message, result: { ...result, tools: visibleTools(tools, { caller, isReadonly, world }) } };
}

/** The one response in an answer, whether it came as JSON or as an event stream. */
export async function readResponse(
  answer: UpstreamAnswer,
  id: string | number,
): Promise<Message | undefined> {
  const type = (header(answer.headers, "content-type") ?? "").toLowerCase();
  if (!type.startsWith("text/event-stream")) {
    const message = parsed(await collected(answer.body));
    return message !== undefined && isAnswerTo(message, id) ? message : undefined;
  }
  const splitter = new EventSplitter();
  for await (const chunk of answer.body)
    for (const bytes of splitter.push(chunk)) {
      const message = jsonOf(readEvent(bytes));
      if (message !== undefined && isAnswerTo(message, id)) return message;
    }
  return undefined;
}

async function collected(body: ByteStream): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxEventBytes) throw unreadable(`it is larger than ${maxEventBytes} bytes`);
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks);
}

function parsed(bytes: Bytes): Message | undefined {
  return jsonOf({ lines: [], data: new TextDecoder().decode(bytes).trim() });
}

async function discard(answer: UpstreamAnswer): Promise<void> {
  await answer.body[Symbol.asyncIterator]().return?.();
}

function unreadable(why: string): GateError {
  return new GateError("GH_UPSTREAM_UNREADABLE", { why });
}
