// Git LFS: the batch call, the files themselves and locks, below a repository's git address.
// https://github.com/git-lfs/git-lfs/tree/main/docs/api
import type { Action, LargeFile, RepositoryName } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { ByteStream, GatewayRequest } from "../model/http.ts";
import { capped, collected, requireNoBody } from "./body.ts";
import { carriedHeaders, contentEncoding, requireLfsJson } from "./headers.ts";
import { readJson } from "./json.ts";
import { batchOf, lockOf, lockQuery, lockVerificationOf, unlockOf } from "./lfs-bodies.ts";
import type { Target } from "./target.ts";

const mediaType = "application/vnd.git-lfs+json";

/** `rest` is the path below `info/lfs`. Throws GH_UNKNOWN_PATH for what is none of LFS's calls. */
export async function classifyLfs(
  request: GatewayRequest,
  target: Target,
  repository: RepositoryName,
  rest: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  const [first, second = "", third, ...more] = rest;
  if (more.length > 0 || target.hasTrailingSlash) return unknownPath(target);
  const call: Call = { request, repository, path: rest, limits };
  const isFile = first === "objects" && third !== undefined;
  if (!isFile && target.query.length > 0 && request.method !== "GET")
    throw new GateError("GH_BAD_QUERY", { why: "this service takes no query" });
  if (isFile) return transfer(call, target, second, third);
  switch (rest.join("/")) {
    case "objects/batch":
      return batch(call);
    case "locks":
      return request.method === "GET" ? listLocks(call, target) : lock(call);
    case "locks/verify":
      return verifyLocks(call);
    default:
      return first === "locks" && third === "unlock" ? unlock(call, second) : unknownPath(target);
  }
}

interface Call {
  readonly request: GatewayRequest;
  readonly repository: RepositoryName;
  readonly path: readonly string[];
  readonly limits: Config["limits"];
}

type Named = Pick<Action, "operation" | "title" | "effect" | "parameters">;

async function batch(call: Call): Promise<Action> {
  const { json, operation, ref } = batchOf(await jsonOf(call, "lfs/batch"));
  const files = { files: String(json.objects.length), ...ref };
  return operation === "upload"
    ? asked(call, json, {
        operation: "lfs/batch-upload",
        title: "Ask where large files may be put",
        effect: "write",
        parameters: files,
      })
    : asked(call, json, {
        operation: "lfs/batch-download",
        title: "Ask where large files lie",
        effect: "read",
        parameters: files,
      });
}

/** The address that this gateway puts into a batch's answer: the id says what the bytes are, so no ref is touched. */
async function transfer(call: Call, target: Target, oid: string, bytes: string): Promise<Action> {
  const { request, limits } = call;
  if (!/^[0-9a-f]{64}$/.test(oid) || !/^(?:0|[1-9][0-9]{0,13})$/.test(bytes)) return unknownPath(target);
  if (target.query.length > 0) throw new GateError("GH_BAD_QUERY", { why: "this service takes no query" });
  const size = Number(bytes);
  const about = { oid, size: bytes };
  if (request.method === "GET") {
    await requireNoBody(request.body, "GET");
    const named = { operation: "lfs/download", title: "Read a large file", effect: "read" } as const;
    return moving(call, { ...named, parameters: about }, { operation: "download", oid, size });
  }
  if (request.method !== "PUT") return notAllowed(request);
  const limit = { bytes: limits.packBytes, operation: "lfs/upload" };
  if (size > limit.bytes)
    throw new GateError("GH_BODY_TOO_LARGE", { limit: String(limit.bytes), operation: limit.operation });
  if (contentEncoding(request.headers) !== "identity")
    throw new GateError("GH_UNSUPPORTED_ENCODING", { actual: "gzip" });
  const named = { operation: "lfs/upload", title: "Store a large file", effect: "write" } as const;
  const content: ByteStream = capped(request.body, limit);
  return moving(call, { ...named, parameters: about }, { operation: "upload", oid, size, content });
}

/** What goes to GitHub is a batch call for this one file. */
function moving(call: Call, named: Named, largeFile: LargeFile): Action {
  const { operation, oid, size } = largeFile;
  const json = { operation, transfers: ["basic"], objects: [{ oid, size }], hash_algo: "sha256" };
  const action = asked({ ...call, path: ["objects", "batch"] }, json, named);
  return { ...action, send: { ...action.send, method: "POST" }, largeFile };
}

async function listLocks(call: Call, target: Target): Promise<Action> {
  await requireNoBody(call.request.body, "GET");
  const named = { operation: "lfs/list-locks", title: "List locks", effect: "read", parameters: {} } as const;
  const action = asked(call, undefined, named);
  return { ...action, send: { ...action.send, query: lockQuery(target.query) } };
}

/** It changes nothing, but only a writer needs it: git-lfs asks before each push. */
async function verifyLocks(call: Call): Promise<Action> {
  return asked(call, lockVerificationOf(await jsonOf(call, "lfs/verify-locks")), {
    operation: "lfs/verify-locks",
    title: "Ask which locks stand in the way of a push",
    effect: "write",
    parameters: {},
  });
}

async function lock(call: Call): Promise<Action> {
  const { json, parameters } = lockOf(await jsonOf(call, "lfs/create-lock"));
  return asked(call, json, {
    operation: "lfs/create-lock",
    title: "Lock a file",
    effect: "write",
    parameters,
  });
}

/** All callers are one account at GitHub, so a forced unlock is the one that takes somebody else's lock away. */
async function unlock(call: Call, id: string): Promise<Action> {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(id)) throw new GateError("GH_BAD_TARGET", { why: "it is no lock's id" });
  const { json, isForced } = unlockOf(await jsonOf(call, "lfs/unlock"));
  return asked(call, json, {
    operation: isForced ? "lfs/force-unlock" : "lfs/unlock",
    title: isForced ? "Take somebody's lock away" : "Unlock a file",
    effect: isForced ? "protection-weaken" : "write",
    parameters: { lock: id },
  });
}

function asked({ request, repository, path }: Call, json: unknown, named: Named): Action {
  const bytes = json === undefined ? undefined : new TextEncoder().encode(JSON.stringify(json));
  const agent = carriedHeaders(request.headers).filter(([name]) => name === "user-agent");
  return {
    ...named,
    surface: "lfs",
    repository,
    branches: { from: "none" },
    paths: [],
    ...(json === undefined ? {} : { json }),
    send: {
      upstream: "git",
      method: request.method,
      segments: [repository.owner, `${repository.name}.git`, "info", "lfs", ...path],
      query: [],
      headers: [...agent, ["accept", mediaType], ...(bytes ? ([["content-type", mediaType]] as const) : [])],
      body: bytes === undefined ? { is: "none" } : { is: "bytes", bytes },
    },
  };
}

async function jsonOf({ request, limits }: Call, operation: string): Promise<unknown> {
  if (request.method !== "POST") return notAllowed(request);
  requireLfsJson(request.headers);
  const limit = { bytes: limits.jsonBytes, operation };
  return readJson(await collected(request.body, contentEncoding(request.headers), limit));
}

function notAllowed({ method }: GatewayRequest): never {
  throw new GateError("GH_METHOD_NOT_ALLOWED", { method });
}

function unknownPath(target: Target): never {
  throw new GateError("GH_UNKNOWN_PATH", { path: target.path });
}
