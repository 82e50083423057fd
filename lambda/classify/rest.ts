// REST: path, query, headers and body become one operation of GitHub's, and the request that will be sent for it.
import type { Action, RepositoryName, UpstreamBody } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { GatewayRequest, HeaderList } from "../model/http.ts";
import { collected, requireNoBody } from "./body.ts";
import { touchedBranches } from "./branches.ts";
import { classifyAccountCall } from "./copilot.ts";
import { effectOf } from "./conditions.ts";
import { carriedHeaders, contentEncoding, requireJson, requireText } from "./headers.ts";
import { readJson } from "./json.ts";
import type { Operation } from "./operations.ts";
import { describedQuery, unrepeated } from "./query.ts";
import { isAccountName, isRepositoryName, route, type Match } from "./router.ts";
import type { Target } from "./target.ts";

/** `segments` is the path below the REST root. */
export async function classifyRest(
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  if (segments[0] === "copilot_internal" || segments[0] === "copilot")
    return classifyAccountCall(request, target, segments, limits);
  // GitHub would read a document here; it is served at its own address alone.
  if (segments[0] === "graphql")
    throw new GateError("GH_UNKNOWN_OPERATION", { method: request.method, path: target.path });
  const isGet = request.method === "GET" || request.method === "HEAD";
  if (target.hasTrailingSlash && !isGet) refuseTarget("it ends in a slash");
  const alias = aliasOf(segments);
  const match = route(request.method, alias?.segments ?? segments);
  if (isGet) await requireNoBody(request.body, request.method);
  if (!match) return unmatched(request, target, segments, alias?.id);

  const { operation } = match;
  const query = describedQuery(operation, target.query);
  const { json, body, type } = isGet ? noBody : await readBody(request, operation, limits);
  checkKeys(operation, json);
  const effect = crossesForks(match) ? "read-many" : effectOf(operation.id, operation.effect, json);
  const touched = touchedBranches(operation.id, effect, match.parameters, json);
  const { owner, repo, template_owner, template_repo, ...parameters } = match.parameters;
  const repository = alias ? undefined : nameOf(owner ?? template_owner, repo ?? template_repo);
  const path = operation.id.startsWith("repos/") ? parameters.path : undefined;
  return {
    surface: "rest",
    operation: operation.id,
    title: operation.title,
    effect,
    ...(repository ? { repository } : {}),
    ...(parameters.org === undefined ? {} : { organization: parameters.org }),
    branches: touched.branches,
    paths: path === undefined ? [] : [path],
    parameters: {
      ...parameters,
      ...(alias ? { repositoryId: alias.id } : {}),
      ...(isGet ? {} : Object.fromEntries(query)),
    },
    ...(touched.json === undefined ? {} : { json: touched.json }),
    send: {
      upstream: "api",
      method: request.method,
      segments: alias ? ["repositories", alias.id, ...match.segments.slice(3)] : match.segments,
      query,
      headers: [...carriedHeaders(request.headers), ...typeHeader(type)],
      body: operation.body === "json" && touched.json !== undefined ? jsonBody(touched.json) : body,
    },
  };
}

/** The one JSON spelling of a parsed body. */
export function jsonBody(json: unknown): UpstreamBody {
  return { is: "bytes", bytes: new TextEncoder().encode(JSON.stringify(json)) };
}

interface ReadBody {
  readonly json?: unknown;
  readonly body: UpstreamBody;
  readonly type?: string;
}

const noBody: ReadBody = { body: { is: "none" } };

async function readBody(
  request: GatewayRequest,
  operation: Operation,
  limits: Config["limits"],
): Promise<ReadBody> {
  if (operation.body === "binary") throw new GateError("GH_NOT_SERVED", { surface: "Uploading files" });
  const limit = { bytes: limits.jsonBytes, operation: operation.id };
  const bytes = await collected(request.body, contentEncoding(request.headers), limit);
  if (bytes.length === 0) return noBody;
  if (operation.body === "text") {
    const type = requireText(request.headers);
    return { body: { is: "bytes", bytes }, type };
  }
  requireJson(request.headers);
  const json = readJson(bytes);
  if (typeof json !== "object") refuseBody("it is neither a JSON object nor an array");
  if (operation.body === "json") return { json, body: noBody.body, type: "application/json" };
  if (json !== null && (Array.isArray(json) || Object.keys(json).length > 0)) {
    refuseBody(`GitHub describes no body for ${operation.id}`);
  }
  return noBody;
}

/** A branch write with a key that nobody looked at could name its branch there. */
function checkKeys(operation: Operation, json: unknown): void {
  if (operation.keys === undefined || typeof json !== "object" || json === null) return;
  for (const key of Object.keys(json)) {
    if (!operation.keys.has(key))
      refuseBody(`GitHub describes no key ${key.replace(/[^\w.-]/g, "?").slice(0, 50)} for ${operation.id}`);
  }
}

/** `other:branch` in a comparison reads another repository of the fork network. */
function crossesForks(match: Match): boolean {
  return match.parameters.basehead?.includes(":") === true;
}

/** `/repositories/{id}/…`, as GitHub's own pagination links write `/repos/{owner}/{repo}/…`. */
function aliasOf(segments: readonly string[]): { id: string; segments: string[] } | undefined {
  const [first, id, ...rest] = segments;
  if (first !== "repositories" || id === undefined) return undefined;
  if (!/^[1-9][0-9]{0,14}$/.test(id)) return refuseTarget("a repository id is a plain number");
  return { id, segments: ["repos", "by-id", "by-id", ...rest] };
}

function unmatched(
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  repositoryId: string | undefined,
): Action {
  const [first, owner, name] = segments;
  const isRepository = first === "repos" && name !== undefined;
  const repository = isRepository ? nameOf(owner, name) : undefined;
  if (segments.some((segment) => segment.includes(";"))) refuseTarget("it holds a matrix parameter (;)");
  if (segments.some((segment) => segment.includes("/")))
    refuseTarget("a slash is encoded where none belongs");
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new GateError("GH_UNKNOWN_OPERATION", { method: request.method, path: target.path });
  }
  return {
    surface: "rest",
    operation: "unknown-read",
    title: "Read something that this gateway does not know",
    effect: "read-many",
    ...(repository ? { repository } : {}),
    branches: { from: "none" },
    paths: [],
    parameters: repositoryId === undefined ? {} : { repositoryId },
    send: {
      upstream: "api",
      method: request.method,
      segments,
      query: unrepeated(target.query),
      headers: carriedHeaders(request.headers),
      body: { is: "none" },
    },
  };
}

function nameOf(owner: string | undefined, name: string | undefined): RepositoryName | undefined {
  if (owner === undefined || name === undefined) return undefined;
  if (!isAccountName(owner)) return refuseTarget("the owner is not a name that GitHub gives");
  if (!isRepositoryName(name)) return refuseTarget("the repository is not a name that GitHub gives");
  return { owner, name };
}

function typeHeader(type: string | undefined): HeaderList {
  return type === undefined ? [] : [["content-type", type]];
}

function refuseTarget(why: string): never {
  throw new GateError("GH_BAD_TARGET", { why });
}

function refuseBody(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
