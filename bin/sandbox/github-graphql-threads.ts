// The sandbox's issues and pull requests as GraphQL shows them, read by the REST calls on the same repositories.
import type { Json } from "./github-answers.ts";
import { repositoryNode, type GraphQLWorld } from "./github-graphql-nodes.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { nodeId } from "./github-shapes.ts";

const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

export function connection(nodes: readonly unknown[]): Json {
  return { nodes, edges: nodes.map((node) => ({ node })), totalCount: nodes.length, pageInfo };
}

interface ThreadQuery {
  readonly states?: readonly string[] | null;
  readonly first?: number | null;
}

interface PullQuery extends ThreadQuery {
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
}

type Reach = (world: GraphQLWorld, repository: SandboxRepository) => Promise<readonly Json[]>;

const all =
  (kind: string): Reach =>
  async (world, { fullName }) =>
    (await world.rest(
      "GET",
      `/repos/${fullName}/${kind}?state=all&per_page=100`,
    )) as unknown as readonly Json[];

export async function pullsOf(
  world: GraphQLWorld,
  repository: SandboxRepository,
  { states, headRefName, baseRefName, first }: PullQuery,
): Promise<Json> {
  const pulls = (await all("pulls")(world, repository)).map((pull) => pullShape(world, repository, pull));
  const fits = (pull: Json): boolean =>
    (states?.includes(String(pull.state)) ?? true) &&
    (headRefName ?? pull.headRefName) === pull.headRefName &&
    (baseRefName ?? pull.baseRefName) === pull.baseRefName;
  return connection(pulls.filter(fits).slice(0, first ?? 100));
}

export async function issuesOf(
  world: GraphQLWorld,
  repository: SandboxRepository,
  { states, first }: ThreadQuery,
): Promise<Json> {
  const issues = (await all("issues")(world, repository))
    .filter((issue) => issue.pull_request === undefined)
    .map((issue) => issueShape(world, repository, issue));
  const fits = (issue: Json): boolean => states?.includes(String(issue.state)) ?? true;
  return connection(issues.filter(fits).slice(0, first ?? 100));
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

export async function threadNode(
  world: GraphQLWorld,
  repository: SandboxRepository,
  number: number,
): Promise<Json> {
  return issueShape(
    world,
    repository,
    await world.rest("GET", `/repos/${repository.fullName}/issues/${number}`),
  );
}

function issueShape(world: GraphQLWorld, repository: SandboxRepository, issue: Json): Json {
  return {
    __typename: "Issue",
    ...threadShape(world, repository, issue),
    state: String(issue.state).toUpperCase(),
  };
}

function pullShape(world: GraphQLWorld, repository: SandboxRepository, pull: Json): Json {
  const [base, head] = [pull.base as Json, pull.head as Json];
  const isMerged = pull.merged_at !== null && pull.merged_at !== undefined;
  const isOpen = pull.state === "open";
  const home = (): Json => repositoryNode(world, repository);
  return {
    __typename: "PullRequest",
    ...threadShape(world, repository, pull),
    merged: isMerged,
    mergedAt: pull.merged_at,
    isDraft: pull.draft,
    state: isMerged ? "MERGED" : String(pull.state).toUpperCase(),
    baseRefName: base.ref,
    baseRefOid: base.sha,
    headRefName: head.ref,
    headRefOid: head.sha,
    baseRef: async () => {
      const ref = home().ref as (query: { qualifiedName: string }) => Promise<Json | null>;
      return ref({ qualifiedName: String(base.ref) });
    },
    headRepository: home,
    headRepositoryOwner: () => home().owner,
    isCrossRepository: false,
    maintainerCanModify: false,
    mergeable: pull.mergeable === true ? "MERGEABLE" : pull.mergeable === false ? "CONFLICTING" : "UNKNOWN",
    mergeStateStatus:
      !isOpen || pull.mergeable === undefined ? "UNKNOWN" : pull.mergeable === true ? "CLEAN" : "DIRTY",
    additions: pull.additions ?? 0,
    deletions: pull.deletions ?? 0,
    changedFiles: pull.changed_files ?? 0,
    reviewDecision: null,
    reviews: connection([]),
    latestReviews: connection([]),
    reviewRequests: connection([]),
    files: async () => {
      const path = `/repos/${repository.fullName}/pulls/${Number(pull.number)}/files?per_page=100`;
      const list = (await world.rest("GET", path)) as unknown as readonly Json[];
      return connection(list.map(({ filename, ...counts }) => ({ path: filename, ...counts })));
    },
    commits: ({ last }: { last?: number | null }) => commitsOf(world, repository, Number(pull.number), last),
  };
}

interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

async function commitsOf(
  world: GraphQLWorld,
  { fullName }: SandboxRepository,
  number: number,
  last: number | null | undefined,
): Promise<Json> {
  const path = `/repos/${fullName}/pulls/${number}/commits?per_page=100`;
  const list = (await world.rest("GET", path)) as unknown as readonly Json[];
  const nodes = list.map(({ sha, commit }) => {
    const { message, author, committer } = commit as {
      message: string;
      author: GitPerson;
      committer: GitPerson;
    };
    const [messageHeadline, , ...rest] = message.split("\n");
    return {
      commit: {
        __typename: "Commit",
        id: nodeId("Object", String(sha)),
        oid: sha,
        message,
        messageHeadline,
        messageBody: rest.join("\n"),
        authoredDate: author.date,
        committedDate: committer.date,
        authors: connection([{ ...author, user: null }]),
        url: `https://sandbox.invalid/${String(sha)}`,
        statusCheckRollup: null,
      },
    };
  });
  return { ...connection(nodes.slice(-(last ?? 100))), totalCount: nodes.length };
}

/** What issues and pull requests have in common; the sandbox keeps neither labels nor reactions. */
function threadShape(world: GraphQLWorld, repository: SandboxRepository, thread: Json): Json {
  const { login, type } = thread.user as Json;
  return {
    id: thread.node_id,
    number: thread.number,
    title: thread.title,
    body: thread.body ?? "",
    url: thread.html_url,
    createdAt: thread.created_at,
    updatedAt: thread.updated_at,
    closedAt: thread.closed_at,
    closed: thread.state !== "open",
    author: { __typename: type ?? "User", id: nodeId("User", String(login)), login, name: login },
    authorAssociation: "MEMBER",
    labels: connection([]),
    assignees: connection([]),
    projectCards: connection([]),
    milestone: null,
    reactionGroups: [],
    comments: (query: { last?: number | null }) =>
      commentsOf(world, repository, Number(thread.number), query.last),
    repository: () => repositoryNode(world, repository),
  };
}

async function commentsOf(
  world: GraphQLWorld,
  { fullName }: SandboxRepository,
  number: number,
  last: number | null | undefined,
): Promise<Json> {
  const path = `/repos/${fullName}/issues/${number}/comments?per_page=100`;
  const list = (await world.rest("GET", path)) as unknown as readonly Json[];
  const nodes = list.map((comment) => {
    const { login, type } = comment.user as Json;
    return {
      __typename: "IssueComment",
      id: comment.node_id,
      body: comment.body,
      url: comment.html_url,
      createdAt: comment.created_at,
      author: { __typename: type ?? "User", id: nodeId("User", String(login)), login, name: login },
      authorAssociation: "MEMBER",
      includesCreatedEdit: false,
      isMinimized: false,
      minimizedReason: null,
      viewerDidAuthor: false,
      reactionGroups: [],
    };
  });
  return { ...connection(nodes.slice(-(last ?? 100))), totalCount: nodes.length };
}
