// The part of GitHub's GraphQL schema that the sandbox serves: names and shapes are GitHub's.
import { buildSchema } from "graphql";

const placed = ["Deployment", "PullRequestReviewThread"];

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
  createPullRequest: [
    "repositoryId: ID! baseRefName: String! headRefName: String! headRepositoryId: ID title: String! body: String draft: Boolean maintainerCanModify: Boolean",
    "pullRequest: PullRequest",
  ],
  closePullRequest: ["pullRequestId: ID!", "pullRequest: PullRequest"],
  reopenPullRequest: ["pullRequestId: ID!", "pullRequest: PullRequest"],
  createIssue: ["repositoryId: ID! title: String! body: String", "issue: Issue"],
  closeIssue: ["issueId: ID! stateReason: String", "issue: Issue"],
};

/** Connections that the sandbox's own schema needs, all of one form. */
const connections = ["Ref", "PullRequest", "Issue", "Label", "Milestone", "Release", "User", "ProjectCard"]
  .concat(["IssueComment", "PullRequestReview", "ReviewRequest", "PullRequestCommit", "SearchResultItem"])
  .concat(["StatusCheckRollupContext", "GitActor", "PullRequestChangedFile"])
  .map(
    (type) =>
      `type ${type}Edge { node: ${type} cursor: String }\ntype ${type}Connection { nodes: [${type}] edges: [${type}Edge] totalCount: Int! issueCount: Int! pageInfo: PageInfo! }`,
  )
  .join("\n");

const paging = "first: Int, last: Int, after: String, before: String";

const thread = `id: ID! number: Int! title: String! body: String! url: URI! author: Actor authorAssociation: String!
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime closed: Boolean! milestone: Milestone repository: Repository!
  labels(${paging}): LabelConnection assignees(${paging}): UserConnection! reactionGroups: [ReactionGroup!]
  comments(${paging}): IssueCommentConnection! projectCards(${paging}): ProjectCardConnection!`;

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

export const schema = buildSchema(`
scalar GitObjectID
scalar Base64String
scalar URI
scalar DateTime
enum IssueState { OPEN CLOSED }
enum OrderDirection { ASC DESC }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum LabelOrderField { NAME CREATED_AT }
enum ReleaseOrderField { CREATED_AT NAME }
enum SearchType { ISSUE REPOSITORY USER DISCUSSION }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input LabelOrder { field: LabelOrderField! direction: OrderDirection! }
input ReleaseOrder { field: ReleaseOrderField! direction: OrderDirection! }
input IssueFilters { assignee: String createdBy: String mentioned: String labels: [String!] milestone: String states: [IssueState!] }
interface Actor { login: String! }
enum PullRequestMergeMethod { MERGE REBASE SQUASH }
enum PullRequestState { OPEN CLOSED MERGED }
interface Node { id: ID! }
interface RepositoryNode { repository: Repository! }
interface GitObject { id: ID! oid: GitObjectID! repository: Repository! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type User implements Node & Actor & RepositoryOwner { id: ID! databaseId: Int login: String! name: String }
type Bot implements Node & Actor { id: ID! databaseId: Int login: String! name: String }
type Organization implements Node & Actor & RepositoryOwner { id: ID! login: String! name: String }
type Team { name: String! slug: String! organization: Organization! }
type Label implements Node { id: ID! name: String! color: String! description: String repository: Repository! }
type Milestone implements Node { id: ID! number: Int! title: String! description: String dueOn: DateTime repository: Repository! }
type Release implements Node {
  id: ID! name: String tagName: String! isDraft: Boolean! isLatest: Boolean! isPrerelease: Boolean! createdAt: DateTime!
  publishedAt: DateTime repository: Repository!
}
type Project { name: String! }
type ProjectColumn { name: String! }
type ProjectCard { project: Project! column: ProjectColumn }
type ReactingUserConnection { totalCount: Int! }
type ReactionGroup { content: String! users: ReactingUserConnection! }
type Workflow { name: String! }
type WorkflowRun { workflow: Workflow! }
type CheckSuite implements Node { id: ID! workflowRun: WorkflowRun repository: Repository! }
type CheckRun implements Node {
  id: ID! name: String! status: String! conclusion: String startedAt: DateTime completedAt: DateTime detailsUrl: URI
  isRequired(pullRequestId: ID, pullRequestNumber: Int): Boolean! checkSuite: CheckSuite! repository: Repository!
}
type StatusContext {
  context: String! state: String! targetUrl: URI createdAt: DateTime! isRequired(pullRequestId: ID, pullRequestNumber: Int): Boolean!
}
union StatusCheckRollupContext = CheckRun | StatusContext
type StatusCheckRollup { state: String! contexts(${paging}): StatusCheckRollupContextConnection! }
union RequestedReviewer = User | Bot | Team
type ReviewRequest { requestedReviewer: RequestedReviewer }
type PullRequestReview {
  id: ID! author: Actor authorAssociation: String! submittedAt: DateTime body: String! state: String! commit: Commit
  reactionGroups: [ReactionGroup!]
}
type GitActor { name: String email: String date: DateTime user: User }
type PullRequestChangedFile { path: String! additions: Int! deletions: Int! }
type PullRequestCommit { commit: Commit! }
type BranchProtectionRule { requiresStrictStatusChecks: Boolean! }
union IssueOrPullRequest = Issue | PullRequest
union SearchResultItem = Issue | PullRequest
${connections}
${placed.map((type) => `type ${type} implements Node { id: ID! repository: Repository! }`).join("\n")}
type Commit implements Node & GitObject {
  id: ID! oid: GitObjectID! message: String! messageHeadline: String! messageBody: String! url: URI! repository: Repository!
  authoredDate: DateTime! committedDate: DateTime! authors(${paging}): GitActorConnection!
  statusCheckRollup: StatusCheckRollup
}
type Blob implements Node & GitObject {
  id: ID! oid: GitObjectID! text: String byteSize: Int! isBinary: Boolean repository: Repository!
}
type Tree implements Node & GitObject { id: ID! oid: GitObjectID! repository: Repository! }
type Ref implements Node {
  id: ID! name: String! prefix: String! target: GitObject repository: Repository! branchProtectionRule: BranchProtectionRule
}
type Issue implements Node & RepositoryNode { ${thread} state: IssueState! }
type PullRequest implements Node & RepositoryNode {
  ${thread} state: PullRequestState! merged: Boolean! mergedAt: DateTime isDraft: Boolean!
  baseRefName: String! baseRefOid: GitObjectID! headRefName: String! headRefOid: GitObjectID! baseRef: Ref
  headRepository: Repository headRepositoryOwner: RepositoryOwner isCrossRepository: Boolean! maintainerCanModify: Boolean!
  mergeable: String! mergeStateStatus: String! additions: Int! deletions: Int! changedFiles: Int! reviewDecision: String
  files(${paging}): PullRequestChangedFileConnection
  commits(${paging}): PullRequestCommitConnection! reviews(${paging}): PullRequestReviewConnection
  latestReviews(${paging}): PullRequestReviewConnection reviewRequests(${paging}): ReviewRequestConnection
}
type Repository implements Node {
  id: ID! databaseId: Int name: String! nameWithOwner: String! description: String isPrivate: Boolean! url: URI!
  owner: RepositoryOwner! defaultBranchRef: Ref ref(qualifiedName: String!): Ref
  visibility: String! isArchived: Boolean! isEmpty: Boolean! isFork: Boolean! hasIssuesEnabled: Boolean!
  hasWikiEnabled: Boolean! hasProjectsEnabled: Boolean! viewerPermission: String viewerCanAdminister: Boolean!
  viewerDefaultMergeMethod: PullRequestMergeMethod! mergeCommitAllowed: Boolean! squashMergeAllowed: Boolean!
  rebaseMergeAllowed: Boolean! deleteBranchOnMerge: Boolean! parent: Repository
  labels(${paging}, query: String, orderBy: LabelOrder): LabelConnection milestones(${paging}): MilestoneConnection
  releases(${paging}, orderBy: ReleaseOrder): ReleaseConnection! assignableUsers(${paging}): UserConnection!
  issues(${paging}, states: [IssueState!], orderBy: IssueOrder, filterBy: IssueFilters): IssueConnection!
  issueOrPullRequest(number: Int!): IssueOrPullRequest
  refs(refPrefix: String!, first: Int, query: String): RefConnection
  object(oid: GitObjectID, expression: String): GitObject
  pullRequest(number: Int!): PullRequest issue(number: Int!): Issue
  pullRequests(${paging}, states: [PullRequestState!], headRefName: String, baseRefName: String, orderBy: IssueOrder): PullRequestConnection!
}
interface RepositoryOwner { id: ID! login: String! }
type IssueComment implements Node & RepositoryNode {
  id: ID! body: String! url: URI! author: Actor authorAssociation: String! createdAt: DateTime! includesCreatedEdit: Boolean!
  isMinimized: Boolean! minimizedReason: String viewerDidAuthor: Boolean! reactionGroups: [ReactionGroup!] repository: Repository!
}
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
  search(query: String!, type: SearchType!, ${paging}): SearchResultItemConnection!
}
type Mutation {
${Object.keys(payloads)
  .map((name) => `  ${name}(input: ${capital(name)}Input!): ${capital(name)}Payload`)
  .join("\n")}
}
`);
