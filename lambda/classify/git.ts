// Git over HTTP: three services and nothing else, named by the last path segment alone.
// https://git-scm.com/docs/http-protocol
import type { Action, RepositoryName } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream, GatewayRequest, HeaderList } from "../model/http.ts";
import { collected, decoded, requireNoBody } from "./body.ts";
import { maxFetchBytes, readFetch } from "./git-fetch.ts";
import { pushedRefs, readPush } from "./git-push.ts";
import { classifyLfs } from "./lfs.ts";
import { carriedHeaders, contentEncoding, requireType, single } from "./headers.ts";
import { isAccountName, isRepositoryName } from "./router.ts";
import type { Target } from "./target.ts";

/** Throws GH_UNKNOWN_PATH for everything that is not `/{owner}/{repo}[.git]/` and one of the three services. */
export async function classifyGit(
  request: GatewayRequest,
  target: Target,
  limits: Config["limits"],
): Promise<Action> {
  const [owner = "", folder = "", ...rest] = target.segments;
  const folderName = folder.replace(/\.git$/, "");
  const name = folderName.replace(/\.wiki$/i, "");
  const isWiki = name !== folderName;
  const service = rest.join("/");
  const isLfs = rest[0] === "info" && rest[1] === "lfs";
  if (target.hasTrailingSlash || rest.some((segment) => segment.includes("/"))) unknownPath(target);
  if (!isLfs && !["info/refs", "git-upload-pack", "git-receive-pack"].includes(service)) unknownPath(target);
  if (!isAccountName(owner) || !isRepositoryName(name)) unknownPath(target);
  if (isWiki) {
    if (isLfs || service === "git-receive-pack") throw new GateError("GH_WIKI_WRITE");
    return wiki(await classifyGit(request, { ...target, segments: [owner, name, ...rest] }, limits));
  }
  if (isLfs) return classifyLfs(request, target, { owner, name }, rest.slice(2), limits);
  const repository = { owner, name };
  switch (service) {
    case "info/refs":
      return advertise(request, target, repository);
    case "git-upload-pack":
      return fetchFrom(request, target, repository);
    default:
      return push(request, target, repository, limits);
  }
}

/**
 * A wiki is read as its repository is. No rule of GitHub's protects one, and nothing of it can be looked up before a push,
 * so that a push could not be read in full: none passes.
 */
function wiki(action: Action): Action {
  if (action.effect !== "read") throw new GateError("GH_WIKI_WRITE");
  const isFetch = action.operation === "git/upload-pack";
  const [owner = "", folder = "", ...rest] = action.send.segments;
  return {
    ...action,
    operation: isFetch ? "git/fetch-wiki" : "git/advertise-wiki",
    title: action.fetch?.command === "fetch" ? "Fetch from a wiki" : "List the refs of a wiki",
    send: { ...action.send, segments: [owner, folder.replace(/\.git$/, ".wiki.git"), ...rest] },
  };
}

async function advertise(
  request: GatewayRequest,
  target: Target,
  repository: RepositoryName,
): Promise<Action> {
  if (request.method !== "GET") notAllowed(request.method);
  const [pair, ...others] = target.query;
  const service = pair?.[0] === "service" && others.length === 0 ? pair[1] : undefined;
  // Without a service this is the dumb protocol.
  if (service !== "git-upload-pack" && service !== "git-receive-pack") return unknownPath(target);
  await requireNoBody(request.body, "GET");
  const common = {
    surface: "git",
    repository,
    branches: { from: "none" },
    paths: [],
    parameters: {},
  } as const;
  const send = (headers: HeaderList): Action["send"] => ({
    upstream: "git",
    method: "GET",
    segments: [repository.owner, `${repository.name}.git`, "info", "refs"],
    query: [["service", service]],
    headers: [...agent(request), ...headers],
    body: { is: "none" },
  });
  if (service === "git-receive-pack") {
    // It grants nothing, but only a writer needs it: who may not push learns so before packing.
    return {
      ...common,
      operation: "git/advertise-receive-pack",
      title: "Ask what may be pushed",
      effect: "write",
      send: send([]),
    };
  }
  const protocol = protocolOf(request);
  return {
    ...common,
    operation: "git/advertise-upload-pack",
    title: "List the refs of a repository",
    effect: "read",
    fetch: { protocol: protocol.version, command: "advertise", wants: [] },
    send: send(protocol.header),
  };
}

async function fetchFrom(
  request: GatewayRequest,
  target: Target,
  repository: RepositoryName,
): Promise<Action> {
  requirePost(request, target, "application/x-git-upload-pack-request");
  const limit = { bytes: maxFetchBytes, operation: "git/upload-pack" };
  const protocol = protocolOf(request);
  const bytes = await collected(request.body, contentEncoding(request.headers), limit);
  const { fetch, body } = await readFetch(bytes, protocol.version);
  return {
    surface: "git",
    operation: "git/upload-pack",
    title: fetch.command === "ls-refs" ? "List the refs of a repository" : "Fetch from a repository",
    effect: "read",
    repository,
    branches: { from: "none" },
    paths: [],
    parameters: {},
    fetch,
    send: {
      upstream: "git",
      method: "POST",
      segments: [repository.owner, `${repository.name}.git`, "git-upload-pack"],
      query: [],
      headers: [
        ...agent(request),
        ["content-type", "application/x-git-upload-pack-request"],
        ["accept", "application/x-git-upload-pack-result"],
        ...protocol.header,
      ],
      body: { is: "bytes", bytes: body },
    },
  };
}

async function push(
  request: GatewayRequest,
  target: Target,
  repository: RepositoryName,
  limits: Config["limits"],
): Promise<Action> {
  requirePost(request, target, "application/x-git-receive-pack-request");
  const limit = { bytes: limits.packBytes, operation: "git/receive-pack" };
  const plain = decoded(request.body, contentEncoding(request.headers), limit);
  const read = await readPush(plain, limits.pushCommands);
  return {
    surface: "git",
    operation: "git/receive-pack",
    title: read.isProbe ? "Ask whether a push may come" : "Push",
    effect: read.isProbe ? "write" : "branch-write",
    repository,
    branches: { from: "refs", refs: pushedRefs(read.commands) },
    paths: [],
    parameters: {},
    push: read,
    send: {
      upstream: "git",
      method: "POST",
      segments: [repository.owner, `${repository.name}.git`, "git-receive-pack"],
      query: [],
      // No Git-Protocol: version 2 has no push, and receive-pack ignores it.
      headers: [
        ...agent(request),
        ["content-type", "application/x-git-receive-pack-request"],
        ["accept", "application/x-git-receive-pack-result"],
      ],
      body: read.isProbe
        ? { is: "bytes", bytes: read.preamble }
        : { is: "stream", stream: joined(read.preamble, read.pack) },
    },
  };
}

async function* joined(first: Bytes, rest: ByteStream): AsyncGenerator<Bytes, void, undefined> {
  yield first;
  yield* rest;
}

function requirePost(request: GatewayRequest, target: Target, type: string): void {
  if (request.method !== "POST") notAllowed(request.method);
  // git ignores the query of a POST; a proxy behind us might not.
  if (target.query.length > 0) throw new GateError("GH_BAD_QUERY", { why: "this service takes no query" });
  requireType(request.headers, type);
}

function protocolOf(request: GatewayRequest): { version: 0 | 1 | 2; header: HeaderList } {
  const value = single(request.headers, "git-protocol");
  if (value === "version=2") return { version: 2, header: [["git-protocol", value]] };
  if (value === "version=1") return { version: 1, header: [["git-protocol", value]] };
  return { version: 0, header: [] };
}

function agent(request: GatewayRequest): HeaderList {
  return carriedHeaders(request.headers).filter(([name]) => name === "user-agent");
}

function notAllowed(method: string): never {
  throw new GateError("GH_METHOD_NOT_ALLOWED", { method });
}

function unknownPath(target: Target): never {
  throw new GateError("GH_UNKNOWN_PATH", { path: target.path });
}
