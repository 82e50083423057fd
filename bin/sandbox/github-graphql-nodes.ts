// The sandbox's repositories, refs, pull requests and objects, as the GraphQL executor asks for them.
import { GraphQLError } from "graphql";
import type { Json } from "./github-answers.ts";
import { readObject } from "./github-git.ts";
import { defaultBranch, listRefs, readRef, resolveCommit, type Ref } from "./github-history.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { nodeId, tokenUser } from "./github-shapes.ts";

export interface GraphQLWorld {
  readonly repositories: readonly SandboxRepository[];
  /** Carries out a REST call on the same repositories. */
  rest(method: string, path: string, body?: Json): Promise<Json>;
}

export function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

export const viewer = {
  __typename: "User",
  id: nodeId("User", tokenUser.id),
  databaseId: tokenUser.id,
  login: tokenUser.login,
  name: tokenUser.name,
};

const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
const connection = (nodes: readonly unknown[]): Json => ({ nodes, totalCount: nodes.length, pageInfo });

export function repositoryNode(world: GraphQLWorld, repository: SandboxRepository): Json {
  const { directory, fullName } = repository;
  const self = (): Json => repositoryNode(world, repository);
  const ref = async (name: string): Promise<Json | null> => {
    const full = name.startsWith("refs/") ? name : `refs/heads/${name}`;
    const found = await readRef(directory, full);
    return found === undefined ? null : refNode(world, repository, found);
  };
  return {
    __typename: "Repository",
    id: nodeId("Repository", repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: fullName,
    description: repository.description,
    isPrivate: repository.isPrivate,
    url: `https://sandbox.invalid/${fullName}`,
    owner: { id: nodeId("Organization", repository.owner), login: repository.owner },
    defaultBranchRef: async () => ref(await defaultBranch(directory)),
    ref: ({ qualifiedName }: { qualifiedName: string }) => ref(qualifiedName),
    refs: async ({ refPrefix, first }: { refPrefix: string; first?: number }) =>
      connection(
        (await listRefs(directory, refPrefix))
          .slice(0, first ?? 100)
          .map((one) => refNode(world, repository, one)),
      ),
    object: ({ oid, expression }: { oid?: string; expression?: string }) =>
      objectNode(self, directory, oid ?? expression ?? ""),
    pullRequest: ({ number }: { number: number }) => pullNode(world, repository, number),
    issue: ({ number }: { number: number }) => threadNode(world, repository, "Issue", number),
    pullRequests: (query: PullQuery) => pullsOf(world, repository, query),
  };
}

export function refNode(world: GraphQLWorld, repository: SandboxRepository, { ref, oid }: Ref): Json {
  const [, prefix = "", name = ""] = /^(refs\/[^/]+\/)(.*)$/s.exec(ref) ?? [];
  const home = (): Json => repositoryNode(world, repository);
  return {
    __typename: "Ref",
    id: nodeId("Ref", `${repository.id}:${ref}`),
    prefix,
    name,
    target: () => objectNode(home, repository.directory, oid),
    repository: home,
  };
}

/** `main`, an object id, or `main:path/to/file`. */
async function objectNode(home: () => Json, directory: string, expression: string): Promise<Json | null> {
  const colon = expression.indexOf(":");
  const commit = await resolveCommit(directory, colon < 0 ? expression : expression.slice(0, colon));
  const name = commit === undefined ? expression : colon < 0 ? commit : `${commit}${expression.slice(colon)}`;
  if (commit === undefined && !/^[0-9a-f]{40}$/.test(name)) return null;
  const object = await readObject(directory, name);
  if (object === undefined) return null;
  const text = object.bytes.toString("utf8");
  const message = text.slice(text.indexOf("\n\n") + 2);
  return {
    __typename: object.type.charAt(0).toUpperCase() + object.type.slice(1),
    id: nodeId("Object", object.oid),
    oid: object.oid,
    byteSize: object.bytes.length,
    isBinary: object.bytes.includes(0),
    text,
    message,
    messageHeadline: message.split("\n", 1)[0],
    url: `https://sandbox.invalid/${object.oid}`,
    repository: home,
  };
}

interface PullQuery {
  readonly states?: readonly string[];
  readonly first?: number;
  readonly headRefName?: string;
  readonly baseRefName?: string;
}

async function pullsOf(world: GraphQLWorld, repository: SandboxRepository, query: PullQuery): Promise<Json> {
  const list = (await world.rest(
    "GET",
    `/repos/${repository.fullName}/pulls?state=all&per_page=100`,
  )) as unknown;
  const all = (list as readonly Json[]).map((pull) => pullShape(world, repository, pull));
  const { states, headRefName, baseRefName, first = 100 } = query;
  const fits = (pull: Json): boolean =>
    (states === undefined || states.includes(String(pull.state))) &&
    (headRefName === undefined || pull.headRefName === headRefName) &&
    (baseRefName === undefined || pull.baseRefName === baseRefName);
  return connection(all.filter(fits).slice(0, first));
}

export async function pullNode(
  world: GraphQLWorld,
  repository: SandboxRepository,
  number: number,
): Promise<Json> {
  return pullShape(
    world,
    repository,
    await world.rest("GET", `/repos/${repository.fullName}/pulls/${number}`),
  );
}

function pullShape(world: GraphQLWorld, repository: SandboxRepository, pull: Json): Json {
  const [base, head] = [pull.base as Json, pull.head as Json];
  const isMerged = pull.merged_at !== null && pull.merged_at !== undefined;
  return {
    __typename: "PullRequest",
    id: pull.node_id,
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    url: pull.html_url,
    merged: isMerged,
    isDraft: pull.draft,
    state: isMerged ? "MERGED" : String(pull.state).toUpperCase(),
    baseRefName: base.ref,
    baseRefOid: base.sha,
    headRefName: head.ref,
    headRefOid: head.sha,
    repository: () => repositoryNode(world, repository),
  };
}

async function threadNode(
  world: GraphQLWorld,
  repository: SandboxRepository,
  type: string,
  number: number,
): Promise<Json> {
  const thread = await world.rest("GET", `/repos/${repository.fullName}/issues/${number}`);
  const { node_id: id, title, html_url: url } = thread;
  const body = thread.body ?? "";
  return {
    __typename: type,
    id,
    number,
    title,
    body,
    url,
    repository: () => repositoryNode(world, repository),
  };
}

/** Both of GitHub's spellings: bare base64 as in REST's node_id, or with a prefix (`PR_…`). */
export function decodeId(id: string): { readonly kind: string; readonly key: string } {
  const text = Buffer.from(id.replace(/^[A-Z]{1,6}_/, ""), "base64").toString("utf8");
  const colon = text.indexOf(":");
  return { kind: text.slice(0, colon), key: text.slice(colon + 1) };
}

/** Throws NOT_FOUND, as GitHub does, for what is not there. */
export async function nodeAt(world: GraphQLWorld, id: string): Promise<Json> {
  const { kind, key } = decodeId(id);
  const missing = failure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
  const repositoryWith = (number: number): SandboxRepository => {
    const found = world.repositories.find((one) => one.id === number);
    if (found === undefined) throw missing;
    return found;
  };
  switch (kind) {
    case "User":
      if (Number(key) !== tokenUser.id) throw missing;
      return viewer;
    case "Repository":
      return repositoryNode(world, repositoryWith(Number(key)));
    case "Issue":
    case "PullRequest": {
      const repository = repositoryWith(Math.floor(Number(key) / 1_000));
      const number = Number(key) % 1_000;
      try {
        return await (kind === "Issue"
          ? threadNode(world, repository, kind, number)
          : pullNode(world, repository, number));
      } catch {
        throw missing;
      }
    }
    case "Ref": {
      const [number = "", ...name] = key.split(":");
      const repository = repositoryWith(Number(number));
      const ref = await readRef(repository.directory, name.join(":"));
      if (ref === undefined) throw missing;
      return refNode(world, repository, ref);
    }
    default:
      throw missing;
  }
}
