// The sandbox's repositories, refs, pull requests and objects, as the GraphQL executor asks for them.
import { GraphQLError } from "graphql";
import type { Json } from "./github-answers.ts";
import { readObject } from "./github-git.ts";
import { defaultBranch, listRefs, readRef, resolveCommit, type Ref } from "./github-history.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { connection, issuesOf, pullNode, pullsOf, threadNode } from "./github-graphql-threads.ts";
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

/** Settings that the sandbox's repositories share; what it does not keep is empty. */
const repositoryFacts = (): Json => ({
  hasIssuesEnabled: true,
  hasWikiEnabled: false,
  hasProjectsEnabled: false,
  isArchived: false,
  isEmpty: false,
  isFork: false,
  viewerPermission: "WRITE",
  viewerCanAdminister: false,
  viewerDefaultMergeMethod: "MERGE",
  mergeCommitAllowed: true,
  squashMergeAllowed: true,
  rebaseMergeAllowed: true,
  deleteBranchOnMerge: false,
  parent: null,
  labels: connection([]),
  milestones: connection([]),
  releases: connection([]),
  assignableUsers: () => connection([viewer]),
  pullRequestTemplates: [],
  issueTemplates: [],
});

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
    ...repositoryFacts(),
    isPrivate: repository.isPrivate,
    visibility: repository.isPrivate ? "PRIVATE" : "PUBLIC",
    url: `https://sandbox.invalid/${fullName}`,
    owner: {
      __typename: "Organization",
      id: nodeId("Organization", repository.owner),
      login: repository.owner,
    },
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
    issue: ({ number }: { number: number }) => threadNode(world, repository, number),
    issueOrPullRequest: async ({ number }: { number: number }) =>
      (await world.rest("GET", `/repos/${fullName}/issues/${number}`)).pull_request === undefined
        ? threadNode(world, repository, number)
        : pullNode(world, repository, number),
    issues: (query: { states?: readonly string[]; first?: number }) => issuesOf(world, repository, query),
    pullRequests: (query: Parameters<typeof pullsOf>[2]) => pullsOf(world, repository, query),
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
          ? threadNode(world, repository, number)
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

export function repositoryCalled(world: GraphQLWorld, name: string): SandboxRepository {
  const found = world.repositories.find(({ fullName }) => fullName === name.toLowerCase());
  if (found === undefined)
    throw failure("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  return found;
}
