// One JSON-RPC 2.0 message, strictly read: no batch, no unknown member, an id that cannot be taken for another.
import { GateError } from "../model/errors.ts";

export type Params = Readonly<Record<string, unknown>>;

export interface Message {
  /** "response" for a client's answer to a request of the server. */
  readonly method: string;
  /** Absent for notifications. */
  readonly id?: string | number;
  readonly params: Params;
  readonly meta: Meta;
  /** Of a response: its result or error. */
  readonly answer?: Readonly<Record<"result" | "error", unknown>>;
}

/** What may go along in `params._meta`. */
export interface Meta {
  readonly progressToken?: string | number;
  readonly protocolVersion?: string;
  /** The protocol's own keys, rebuilt. */
  readonly carried: Params;
  /** All of it, as the client wrote it: for labels, never for GitHub. */
  readonly claimed?: Params;
}

const members = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
const maxId = 256;

/** Throws GH_BAD_BODY. */
export function readMessage(json: unknown): Message {
  if (Array.isArray(json)) throw bad("it is a JSON-RPC batch; send one message a request");
  const message = objectOf(json, "it is not a JSON-RPC message");
  if (Object.keys(message).some((key) => !members.has(key)))
    throw bad("it has other members than jsonrpc, id, method, params, result and error");
  if (message.jsonrpc !== "2.0") throw bad('jsonrpc is not "2.0"');
  const id = message.id === undefined ? undefined : readId(message.id, "id");
  if (message.method === undefined) return readResponse(message, id);
  if (message.result !== undefined || message.error !== undefined)
    throw bad("it is a request and a response at once");
  const { method } = message;
  if (typeof method !== "string" || !/^[a-zA-Z][\w/-]{0,99}$/.test(method) || method === "response")
    throw bad("method is not the name of a method");
  const params = message.params === undefined ? {} : objectOf(message.params, "params is not a JSON object");
  const isNotification = method.startsWith("notifications/");
  if (isNotification !== (id === undefined))
    throw bad(isNotification ? "a notification has no id" : "a request needs an id");
  return { method, ...(id === undefined ? {} : { id }), params, meta: readMeta(params._meta) };
}

function readResponse(message: Params, id: string | number | undefined): Message {
  const { result, error } = message;
  if (id === undefined || (result === undefined) === (error === undefined) || message.params !== undefined)
    throw bad("it is neither a request, a notification nor a response");
  return { method: "response", id, params: {}, meta: { carried: {} }, answer: { result, error } };
}

/** RFC-wise null is an id; MCP forbids it. */
function readId(value: unknown, what: string): string | number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "string" && value.length <= maxId) return value;
  throw bad(`${what} is neither a whole number nor a short string`);
}

const prefix = "io.modelcontextprotocol/";

/** Other keys are labels that clients put there for themselves: sent nowhere. */
function readMeta(value: unknown): Meta {
  if (value === undefined) return { carried: {} };
  const meta = objectOf(value, "_meta is not a JSON object");
  const carried: Record<string, unknown> = {};
  const progressToken =
    meta.progressToken === undefined ? undefined : readId(meta.progressToken, "progressToken");
  if (progressToken !== undefined) carried.progressToken = progressToken;
  const version = meta[`${prefix}protocolVersion`];
  if (typeof version === "string") carried[`${prefix}protocolVersion`] = version;
  const client = meta[`${prefix}clientInfo`];
  if (client !== undefined) carried[`${prefix}clientInfo`] = readClientInfo(client);
  // Without capabilities the server asks the client nothing: no sampling, no elicitation, no roots.
  if (meta[`${prefix}clientCapabilities`] !== undefined) carried[`${prefix}clientCapabilities`] = {};
  return {
    ...(progressToken === undefined ? {} : { progressToken }),
    ...(typeof version === "string" ? { protocolVersion: version } : {}),
    carried,
    claimed: meta,
  };
}

export function readClientInfo(value: unknown): { readonly name: string; readonly version: string } {
  const { name, version } = objectOf(value, "clientInfo is not a JSON object");
  const plain = (text: unknown): string =>
    typeof text === "string" ? text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100) : "unknown";
  return { name: plain(name), version: plain(version) };
}

export function objectOf(value: unknown, why: string): Params {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(why);
  return value as Params;
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_BODY", { why });
}
