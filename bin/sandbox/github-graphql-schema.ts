// The part of GitHub's GraphQL schema that the sandbox serves: names and shapes are GitHub's.
import { buildSchema } from "graphql";

const placed = ["Milestone", "Release", "CheckRun", "CheckSuite", "Deployment", "PullRequestReviewThread"];

const payloads: Readonly<Record<string, readonly [input: string, payload: string]>> = {
  addComment: ["subjectId: ID! body: String!", "subject: Node commentEdge: IssueCommentEdge"],
  createCommitOnBranch: [
    "branch: CommittableBranch! message: CommitMessage! expectedHeadOid: GitObjectID! fileChanges: FileChanges",
    "commit: Commit ref: Ref",
  ],
  createRef: ["repositoryId: ID! name: String! oid: GitObjectID!", "ref: Ref"],
  updateRef: ["refId: ID! oid: GitObjectID! force: Boolean = false", "ref: Ref"],
  deleteRef: ["refId: ID!", ""],
  updateRefs: ["repositoryId: ID! refUpdates: [RefUpdate!]!", ""],
  mergePullRequest: [
    "pullRequestId: ID! expectedHeadOid: GitObjectID commitHeadline: String commitBody: String mergeMethod: PullRequestMergeMethod authorEmail: String",
    "pullRequest: PullRequest actor: User",
  ],
};

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

export const schema = buildSchema(`
scalar GitObjectID
scalar Base64String
scalar URI
enum PullRequestMergeMethod { MERGE REBASE SQUASH }
enum PullRequestState { OPEN CLOSED MERGED }
interface Node { id: ID! }
interface RepositoryNode { repository: Repository! }
interface GitObject { id: ID! oid: GitObjectID! repository: Repository! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type User implements Node { id: ID! databaseId: Int login: String! name: String }
type Bot implements Node { id: ID! databaseId: Int login: String! }
type Label implements Node { id: ID! name: String! repository: Repository! }
${placed.map((type) => `type ${type} implements Node { id: ID! repository: Repository! }`).join("\n")}
type Commit implements Node & GitObject {
  id: ID! oid: GitObjectID! message: String! messageHeadline: String! url: URI! repository: Repository!
}
type Blob implements Node & GitObject {
  id: ID! oid: GitObjectID! text: String byteSize: Int! isBinary: Boolean repository: Repository!
}
type Tree implements Node & GitObject { id: ID! oid: GitObjectID! repository: Repository! }
type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject repository: Repository! }
type RefConnection { nodes: [Ref] totalCount: Int! pageInfo: PageInfo! }
type Issue implements Node & RepositoryNode {
  id: ID! number: Int! title: String! body: String! url: URI! repository: Repository!
}
type PullRequest implements Node & RepositoryNode {
  id: ID! number: Int! title: String! body: String! url: URI! state: PullRequestState! merged: Boolean! isDraft: Boolean!
  baseRefName: String! baseRefOid: GitObjectID! headRefName: String! headRefOid: GitObjectID! repository: Repository!
}
type PullRequestConnection { nodes: [PullRequest] totalCount: Int! pageInfo: PageInfo! }
type Repository implements Node {
  id: ID! databaseId: Int name: String! nameWithOwner: String! description: String isPrivate: Boolean! url: URI!
  owner: RepositoryOwner! defaultBranchRef: Ref ref(qualifiedName: String!): Ref
  refs(refPrefix: String!, first: Int, query: String): RefConnection
  object(oid: GitObjectID, expression: String): GitObject
  pullRequest(number: Int!): PullRequest issue(number: Int!): Issue
  pullRequests(states: [PullRequestState!], first: Int, last: Int, headRefName: String, baseRefName: String): PullRequestConnection!
}
type RepositoryOwner { id: ID! login: String! }
type IssueComment implements Node & RepositoryNode { id: ID! body: String! url: URI! repository: Repository! }
type IssueCommentEdge { node: IssueComment }
type RateLimit { limit: Int! remaining: Int! cost: Int! }
input CommittableBranch { id: ID repositoryNameWithOwner: String branchName: String }
input CommitMessage { headline: String! body: String }
input FileAddition { path: String! contents: Base64String! }
input FileDeletion { path: String! }
input FileChanges { additions: [FileAddition!] = [] deletions: [FileDeletion!] = [] }
input RefUpdate { name: String! afterOid: GitObjectID! beforeOid: GitObjectID force: Boolean = false }
${Object.entries(payloads)
  .map(
    ([name, [input, payload]]) =>
      `input ${capital(name)}Input { clientMutationId: String ${input} }\ntype ${capital(name)}Payload { clientMutationId: String ${payload} }`,
  )
  .join("\n")}
type Query {
  viewer: User! rateLimit: RateLimit repository(owner: String!, name: String!): Repository
  node(id: ID!): Node nodes(ids: [ID!]!): [Node]!
}
type Mutation {
${Object.keys(payloads)
  .map((name) => `  ${name}(input: ${capital(name)}Input!): ${capital(name)}Payload`)
  .join("\n")}
}
`);
