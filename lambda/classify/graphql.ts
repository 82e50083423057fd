// GraphQL: one strict envelope around one document, which becomes one action; what is sent is printed anew.
import { OperationTypeNode } from "graphql";
import type { Action, UpstreamRequest } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import { headerValues, type GatewayRequest, type HeaderList } from "../model/http.ts";
import { collected, requireNoBody } from "./body.ts";
import { readDocument, type Reading, type Variables } from "./graphql-document.ts";
import { mutationAction } from "./graphql-mutation.ts";
import { queryAction } from "./graphql-query.ts";
import { carriedHeaders, contentEncoding, requireType } from "./headers.ts";
import { readJson } from "./json.ts";
import { jsonBody } from "./rest.ts";
import type { Target } from "./target.ts";

const envelopeKeys = new Set(["query", "variables", "operationName"]);

/** Throws a GateError for everything that is not POST, application/json, and one document that can be named. */
export async function classifyGraphQL(
  request: GatewayRequest,
  target: Target,
  limits: Config["limits"],
): Promise<Action> {
  if (request.method !== "POST") {
    await requireNoBody(request.body, request.method);
    throw new GateError("GH_METHOD_NOT_ALLOWED", { method: request.method });
  }
  if (target.hasTrailingSlash) throw new GateError("GH_BAD_TARGET", { why: "it ends in a slash" });
  if (target.query.length > 0) throw new GateError("GH_BAD_QUERY", { why: "GraphQL takes none" });
  requireJsonType(request.headers);
  const limit = { bytes: limits.jsonBytes, operation: "graphql" };
  const bytes = await collected(request.body, contentEncoding(request.headers), limit);
  const reading = readEnvelope(readJson(bytes));
  const action =
    reading.operation.operation === OperationTypeNode.MUTATION
      ? mutationAction(reading)
      : queryAction(reading);
  return { ...action, send: sendOf(action.json, request.headers) };
}

/** What goes upstream: the printed document and the values of its variables. */
export function sendOf(json: unknown, headers: HeaderList): UpstreamRequest {
  // Accept and GraphQL-Features unlock parts of the schema that nobody classified: neither is carried.
  const agent = carriedHeaders(headers).filter(([name]) => name === "user-agent");
  return {
    upstream: "graphql",
    method: "POST",
    segments: ["graphql"],
    query: [],
    headers: [...agent, ["accept", "application/json"], ["content-type", "application/json"]],
    body: jsonBody(json),
  };
}

function requireJsonType(headers: HeaderList): void {
  const [type = "none"] = headerValues(headers, "content-type");
  if (!/^application\/json ?; ?charset="?utf-8"?$/i.test(type)) requireType(headers, "application/json");
}

function readEnvelope(json: unknown): Reading {
  if (Array.isArray(json)) refuse("it is a list; send one document a request");
  if (typeof json !== "object" || json === null) return refuse("it is not a JSON object");
  const envelope = json as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(envelope).find((key) => !envelopeKeys.has(key));
  if (unknown === "extensions")
    refuse("extensions (persisted queries) are not taken; send the document itself");
  if (unknown !== undefined) refuse("it has other keys than query, variables and operationName");
  const { query, variables = {}, operationName } = envelope;
  if (typeof query !== "string") return refuse("query is not a string");
  if (!query.isWellFormed()) refuse("query holds half a character (a lone surrogate)");
  if (variables !== null && (typeof variables !== "object" || Array.isArray(variables)))
    return refuse("variables is not a JSON object");
  return readDocument(query, operationName, (variables ?? {}) as Variables);
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
