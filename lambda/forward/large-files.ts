// Moves one file of Git LFS: GitHub says where it lies, and the bytes pass here, so that no client gets a signed address.
import { createHash } from "node:crypto";
import type { LargeFile, UpstreamRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Bytes, type ByteStream, type HeaderList } from "../model/http.ts";
import type { AnonymousCall, Credential, Upstream, UpstreamAnswer } from "../model/ports.ts";
import { decoded } from "./decoded.ts";
import { collected, fieldsOf, parsed } from "./read-json.ts";

const maxAnswerBytes = 256 * 1024;
const maxHeaders = 20;
/** Ours to set, or able to change where the bytes end. */
const withheld = new Set(["host", "content-length", "transfer-encoding", "connection", "cookie", "expect"]);

export interface TransferPorts {
  readonly upstream: Pick<Upstream, "send" | "anonymous">;
  readonly credential: Credential;
  readonly signal: AbortSignal;
}

/**
 * `batch` asks for this one file. The answer is the content (200), nothing (200, stored), or GitHub's own no. Throws
 * GH_UPSTREAM_REDIRECT for a place that is not in `upstream.redirectHosts`, GH_LARGE_FILE when the bytes are not that file.
 */
export async function transfer(
  file: LargeFile,
  batch: UpstreamRequest,
  { upstream, credential, signal }: TransferPorts,
): Promise<UpstreamAnswer> {
  const answer = decoded(await upstream.send(batch, credential, signal));
  if (answer.status !== 200) return answer;
  const reply = replyOf(file, await collected(answer, maxAnswerBytes).catch(unreadable));
  if (reply.error !== undefined) return reply.error;
  const { anonymous } = upstream;
  if (anonymous === undefined) throw new GateError("GH_UPSTREAM_REDIRECT", { why: "none is followed here" });
  const at = (place: Place, call: AnonymousCall): Promise<UpstreamAnswer> =>
    anonymous(place.url, signal, { ...call, headers: [...place.headers, ...(call.headers ?? [])] });
  if (file.operation === "download") {
    if (reply.move === undefined) throw failed("GitHub names no place where it lies");
    return content(file, decoded(await at(reply.move, { method: "GET" })));
  }
  // GitHub has it already.
  if (reply.move === undefined) {
    await read(whole(file));
    return stored;
  }
  const body = { stream: whole(file), length: file.size };
  const type: HeaderList = [["content-type", "application/octet-stream"]];
  await done(await at(reply.move, { method: "PUT", headers: hasType(reply.move) ? [] : type, body }));
  if (reply.verify !== undefined) {
    const json = new TextEncoder().encode(JSON.stringify({ oid: file.oid, size: file.size }));
    const headers: HeaderList = [
      ["accept", "application/vnd.git-lfs+json"],
      ["content-type", "application/vnd.git-lfs+json"],
    ];
    const call = { method: "POST", headers, body: { stream: streamOf(json), length: json.length } } as const;
    await done(await at(reply.verify, call));
  }
  return stored;
}

const stored: UpstreamAnswer = { status: 200, headers: [["content-length", "0"]], body: streamOf() };

interface Place {
  readonly url: URL;
  readonly headers: HeaderList;
}

interface BatchReply {
  readonly error?: UpstreamAnswer;
  readonly move?: Place;
  readonly verify?: Place;
}

function replyOf(file: LargeFile, bytes: Bytes): BatchReply {
  try {
    const { objects } = fieldsOf(parsed(bytes));
    const found = (Array.isArray(objects) ? objects : []).map(fieldsOf).find(({ oid }) => oid === file.oid);
    if (found === undefined) throw new Error("not the file that was asked for");
    if (found.error !== undefined) return { error: refusedBy(fieldsOf(found.error)) };
    const actions = found.actions === undefined ? {} : fieldsOf(found.actions);
    const move = placeOf(actions[file.operation]);
    const verify = placeOf(actions.verify);
    return { ...(move === undefined ? {} : { move }), ...(verify === undefined ? {} : { verify }) };
  } catch (cause) {
    return unreadable(cause);
  }
}

/** GitHub's words, as it would have said them to the client itself. */
function refusedBy({ code, message }: Readonly<Record<string, unknown>>): UpstreamAnswer {
  const status = typeof code === "number" && code >= 400 && code <= 599 ? code : 502;
  const text = JSON.stringify({ message: typeof message === "string" ? message.slice(0, 500) : "refused" });
  return { status, headers: [["content-type", "application/json"]], body: streamOf(Buffer.from(text)) };
}

function placeOf(action: unknown): Place | undefined {
  if (action === undefined || action === null) return undefined;
  const { href, header = {} } = fieldsOf(action);
  if (typeof href !== "string" || !URL.canParse(href)) throw new Error("no address");
  const headers = Object.entries(fieldsOf(header)).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    if (withheld.has(lower)) return [];
    if (!/^[a-z0-9-]{1,64}$/.test(lower) || typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value))
      throw new Error("not a header");
    return [[lower, value]];
  });
  if (headers.length > maxHeaders) throw new Error("too many headers");
  return { url: new URL(href), headers };
}

function hasType({ headers }: Place): boolean {
  return headers.some(([name]) => name === "content-type");
}

/** What the store says of itself, a signature perhaps, is not passed on. */
async function done(answer: UpstreamAnswer): Promise<void> {
  await answer.body[Symbol.asyncIterator]().return?.();
  if (answer.status < 200 || answer.status > 299)
    throw failed(`the place where it lies answered ${answer.status}`);
}

async function content(file: LargeFile, answer: UpstreamAnswer): Promise<UpstreamAnswer> {
  if (answer.status !== 200) await done({ ...answer, status: answer.status < 300 ? 500 : answer.status });
  return {
    status: 200,
    headers: [
      ["content-type", "application/octet-stream"],
      ["content-length", String(file.size)],
    ],
    body: whole({ ...file, content: answer.body }),
  };
}

/** The last bytes leave only when all of them are the file that the decision was about. Throws GH_LARGE_FILE. */
async function* whole({ oid, size, content: source }: LargeFile): AsyncGenerator<Bytes> {
  const hash = createHash("sha256");
  let bytes = 0;
  let last: Bytes | undefined;
  for await (const chunk of source ?? (streamOf() as ByteStream)) {
    if (chunk.length === 0) continue;
    bytes += chunk.length;
    if (bytes > size) throw failed(`it has more than ${size} bytes`);
    hash.update(chunk);
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (bytes < size) throw failed(`it has ${bytes} bytes of ${size}`);
  if (hash.digest("hex") !== oid) throw failed("its content is not that of its id");
  if (last !== undefined) yield last;
}

async function read(stream: AsyncGenerator<Bytes>): Promise<void> {
  while ((await stream.next()).done !== true);
}

function failed(why: string): GateError {
  return new GateError("GH_LARGE_FILE", { why });
}

function unreadable(cause: unknown): never {
  throw new GateError("GH_UPSTREAM_UNREADABLE", { why: "it is no answer to a batch call" }, { cause });
}
