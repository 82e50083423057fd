// Copilot's account answers, made to lead back to the gateway, and without the token that they carry.
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream } from "../model/http.ts";

type Json = Readonly<Record<string, unknown>>;

const maxAnswerBytes = 4 * 1024 * 1024;
/** Stands where the token was until the answer has been masked and recorded. */
const placeholder = "gatehouse-session-token";

/** Operations whose answers are changed besides being masked. */
export function isChangedAnswer(operation: string): boolean {
  return operation === "copilot/user" || operation === "copilot/token" || operation === "copilot/models";
}

/** The answer as it may be recorded. Throws GH_UPSTREAM_UNREADABLE for what cannot be read in full. */
export async function* recordableAnswer(
  source: ByteStream,
  operation: string,
  gatewayUrl: string,
): AsyncGenerator<Bytes> {
  const bytes = await collected(source);
  const json = objectIn(bytes);
  const changed = operation === "copilot/models" ? withoutSockets(json) : pointedHere(json, gatewayUrl);
  yield new TextEncoder().encode(JSON.stringify(changed));
}

/**
 * The answer of `copilot_internal/v2/token` with the caller's own token in the form that clients read. Whoever shows it
 * is identified by it as before; GitHub's token stays here.
 */
export async function* withSessionToken(
  source: ByteStream,
  session: { readonly token: string; readonly expiresAtMs: number },
): AsyncGenerator<Bytes> {
  const json = objectIn(await collected(source));
  const { token, expires_at: claimed, ...rest } = json;
  if (typeof token !== "string" || !token.startsWith(placeholder)) {
    yield new TextEncoder().encode(JSON.stringify(json));
    return;
  }
  const ends = Math.floor(session.expiresAtMs / 1000);
  const expiresAt = typeof claimed === "number" ? Math.min(claimed, ends) : ends;
  const fields = token.slice(placeholder.length);
  const shown = { token: `tid=${session.token};exp=${expiresAt}${fields}`, expires_at: expiresAt };
  yield new TextEncoder().encode(JSON.stringify({ ...rest, ...shown }));
}

/** Every address leads to the gateway: a client sends its token to whatever stands here. */
function pointedHere(json: Json, gatewayUrl: string): Json {
  const { endpoints, token } = json;
  return {
    ...json,
    ...(isObject(endpoints) ? { endpoints: endpointsAt(endpoints, gatewayUrl) } : {}),
    ...(typeof token === "string" ? { token: `${placeholder}${harmlessFields(token)}` } : {}),
  };
}

function endpointsAt(endpoints: Json, gatewayUrl: string): Json {
  return Object.fromEntries(
    Object.keys(endpoints).map((name) => [name, `${gatewayUrl}/${gatewayPathOf(name)}`]),
  );
}

function gatewayPathOf(endpoint: string): string {
  if (endpoint === "api") return "capi";
  // Taken and thrown away by the gateway.
  return endpoint === "telemetry" ? "telemetry" : `copilot/${encodeURIComponent(endpoint)}`;
}

/** What a client reads in a token about its plan; without name, time, addresses and signature it opens nothing. */
function harmlessFields(token: string): string {
  const withheld = new Set(["tid", "exp", "proxy-ep", "ip", "asn", "cq", "rt"]);
  return token
    .split(":", 1)
    .flatMap((fields) => fields.split(";"))
    .filter((field) => /^[a-z0-9_-]{1,40}=[A-Za-z0-9._-]{0,60}$/.test(field))
    .filter((field) => !withheld.has(field.split("=", 1)[0] ?? ""))
    .slice(0, 40)
    .map((field) => `;${field}`)
    .join("");
}

/** A WebSocket would carry prompts past the record, so no model offers one. */
function withoutSockets(json: Json): Json {
  if (!Array.isArray(json.data)) return json;
  return {
    ...json,
    data: json.data.map((model: unknown) =>
      isObject(model) && Array.isArray(model.supported_endpoints)
        ? {
            ...model,
            supported_endpoints: model.supported_endpoints.filter(
              (endpoint: unknown) => typeof endpoint !== "string" || !endpoint.startsWith("ws:"),
            ),
          }
        : model,
    ),
  };
}

async function collected(source: ByteStream): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw unreadable("its account answer is larger than 4 MB");
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks);
}

function objectIn(bytes: Bytes): Json {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw unreadable("its account answer is not a JSON object");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(why: string): GateError {
  return new GateError("GH_UPSTREAM_UNREADABLE", { why });
}
