// Which GraphQL fields stay inside the repository that a query starts from; any other may show another repository.
import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from "graphql";

/**
 * Per type of GitHub's: plain fields, `field>Type`, and `field>>Type` for a connection. `=Type` is a type that the value
 * may turn out to be. A type with a word after a dot is cut down: it shows of a neighbour what REST shows of it as well.
 */
const rows: Readonly<Record<string, string>> = {
  Repository: `id databaseId fullDatabaseId name nameWithOwner description homepageUrl url sshUrl resourcePath visibility
    isPrivate isFork isArchived isDisabled isEmpty isInOrganization isLocked isMirror isTemplate isUserConfigurationRepository
    createdAt updatedAt pushedAt archivedAt diskUsage forkCount stargazerCount viewerPermission viewerCanAdminister
    viewerCanUpdateTopics viewerHasStarred viewerSubscription viewerDefaultMergeMethod mergeCommitAllowed
    squashMergeAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge hasIssuesEnabled hasProjectsEnabled
    hasWikiEnabled hasDiscussionsEnabled usesCustomOpenGraphImage openGraphImageUrl
    owner>Owner parent>Repository.other templateRepository>Repository.other defaultBranchRef>Ref ref>Ref refs>>Ref
    object>GitObject issue>Issue issues>>Issue pullRequest>PullRequest pullRequests>>PullRequest
    issueOrPullRequest>IssueOrPullRequest label>Label labels>>Label milestone>Milestone milestones>>Milestone
    assignableUsers>>User mentionableUsers>>User release>Release releases>>Release latestRelease>Release
    primaryLanguage>Named languages>>Named licenseInfo>License repositoryTopics>>RepositoryTopic watchers>>Count
    stargazers>>Count forks>>Count commitComments>>Comment discussion>Discussion discussions>>Discussion
    discussionCategories>>Named issueTemplates>Template pullRequestTemplates>Template deployments>>Deployment`,
  "Repository.other": `id databaseId name nameWithOwner description url sshUrl isPrivate isFork isArchived visibility
    isInOrganization viewerPermission viewerCanAdminister hasIssuesEnabled hasWikiEnabled mergeCommitAllowed
    squashMergeAllowed rebaseMergeAllowed owner>Owner defaultBranchRef>Ref.name`,
  Ref: `id name prefix target>GitObject branchProtectionRule>BranchProtectionRule
    repository>Repository.other compare>Comparison`,
  "Ref.name": "id name prefix target>Oid",
  Oid: "oid =Commit:Oid",
  BranchProtectionRule:
    "id pattern requiresStrictStatusChecks requiredApprovingReviewCount requiresStatusChecks",
  Comparison: "aheadBy behindBy status commits>>Commit",
  GitObject: "id oid abbreviatedOid commitUrl =Commit =Blob =Tree =Tag",
  Blob: "id oid abbreviatedOid byteSize isBinary isTruncated text",
  Tree: "id oid abbreviatedOid entries>TreeEntry",
  TreeEntry: "name path mode oid type size extension isGenerated lineCount object>GitObject",
  Tag: "id oid name message tagger>GitActor target>GitObject",
  GitActor: "name email date avatarUrl user>User",
  Commit: `id oid abbreviatedOid url commitUrl message messageBody messageHeadline messageBodyHTML messageHeadlineHTML
    authoredDate committedDate pushedDate additions deletions changedFiles changedFilesIfAvailable committedViaWeb
    authoredByCommitter treeUrl tarballUrl zipballUrl author>GitActor committer>GitActor authors>>GitActor
    parents>>Commit tree>Tree file>TreeEntry history>>Commit statusCheckRollup>StatusCheckRollup status>Status
    checkSuites>>CheckSuite comments>>Comment signature>Signature repository>Repository.other`,
  Signature: "isValid state email signer>User",
  Status: "id state contexts>StatusContext",
  StatusCheckRollup: "id state contexts>>StatusCheckRollupContext commit>Commit",
  StatusCheckRollupContext: "=CheckRun =StatusContext",
  StatusContext: "id context state description targetUrl createdAt isRequired avatarUrl creator>Actor",
  CheckRun: `id databaseId name status conclusion title summary text detailsUrl url permalink startedAt completedAt
    isRequired externalId checkSuite>CheckSuite`,
  CheckSuite: `id databaseId status conclusion createdAt updatedAt url app>Named workflowRun>WorkflowRun
    checkRuns>>CheckRun branch>Ref.name commit>Commit`,
  WorkflowRun: "id databaseId runNumber event url createdAt updatedAt workflow>Named",
  Owner: "id login url avatarUrl resourcePath =User =Organization",
  Actor: "id login url avatarUrl resourcePath =User =Bot =Mannequin =Organization =EnterpriseUserAccount",
  User: `id databaseId login name email url avatarUrl resourcePath bio company location createdAt updatedAt isViewer
    isBot isEmployee websiteUrl twitterUsername`,
  Bot: "id databaseId login url avatarUrl resourcePath",
  Mannequin: "id databaseId login url avatarUrl",
  EnterpriseUserAccount: "id login name url avatarUrl",
  Organization: "id databaseId login name url avatarUrl resourcePath",
  Reviewer: "=User =Bot =Mannequin =Team",
  Team: "id databaseId name slug url organization>Organization",
  Issue: `id databaseId fullDatabaseId number title titleHTML body bodyText bodyHTML url resourcePath state stateReason
    closed closedAt createdAt updatedAt lastEditedAt publishedAt locked activeLockReason isPinned authorAssociation
    viewerDidAuthor viewerCanUpdate viewerSubscription author>Actor editor>Actor assignees>>User
    assignedActors>>Actor labels>>Label milestone>Milestone comments>>Comment reactionGroups>ReactionGroup
    participants>>User issueType>Named projectCards>>ProjectCard repository>Repository.other`,
  IssueOrPullRequest: "id =Issue =PullRequest",
  PullRequest: `id databaseId fullDatabaseId number title titleHTML body bodyText bodyHTML url resourcePath permalink
    state closed closedAt createdAt updatedAt mergedAt merged lastEditedAt publishedAt locked isDraft isCrossRepository
    isInMergeQueue isMergeQueueEnabled mergeable mergeStateStatus canBeRebased reviewDecision additions deletions
    changedFiles totalCommentsCount headRefName headRefOid baseRefName baseRefOid maintainerCanModify authorAssociation
    viewerDidAuthor viewerCanUpdate viewerCanEnableAutoMerge viewerCanDisableAutoMerge viewerMergeBodyText
    viewerMergeHeadlineText viewerSubscription checksUrl revertUrl author>Actor editor>Actor mergedBy>Actor
    assignees>>User assignedActors>>Actor labels>>Label milestone>Milestone comments>>Comment reviews>>Review
    latestReviews>>Review latestOpinionatedReviews>>Review reviewRequests>>ReviewRequest
    reviewThreads>>ReviewThread commits>>PullRequestCommit files>>ChangedFile mergeCommit>Commit
    potentialMergeCommit>Commit autoMergeRequest>AutoMergeRequest statusCheckRollup>StatusCheckRollup
    reactionGroups>ReactionGroup participants>>User projectCards>>ProjectCard baseRef>Ref headRef>Ref.name baseRepository>Repository.other
    headRepository>Repository.other headRepositoryOwner>Owner repository>Repository.other`,
  ProjectCard: "id note project>Named column>Named",
  PullRequestCommit: "id url commit>Commit",
  ChangedFile: "path additions deletions changeType viewerViewedState",
  AutoMergeRequest: "authorEmail commitBody commitHeadline enabledAt mergeMethod enabledBy>Actor",
  ReviewRequest: "id asCodeOwner databaseId requestedReviewer>Reviewer",
  Review: `id databaseId state body bodyText bodyHTML url submittedAt createdAt updatedAt authorAssociation
    authorCanPushToRepository author>Actor commit>Commit comments>>Comment reactionGroups>ReactionGroup`,
  ReviewThread: `id path line startLine originalLine originalStartLine diffSide startDiffSide subjectType isCollapsed
    isOutdated isResolved viewerCanReply viewerCanResolve resolvedBy>User comments>>Comment`,
  Comment: `id databaseId fullDatabaseId body bodyText bodyHTML url createdAt updatedAt lastEditedAt publishedAt
    includesCreatedEdit isMinimized minimizedReason authorAssociation viewerDidAuthor path position line startLine
    originalLine originalPosition diffHunk outdated state subjectType author>Actor editor>Actor
    commit>Commit originalCommit>Commit reactionGroups>ReactionGroup`,
  Discussion: `id databaseId number title body bodyText url createdAt updatedAt closed closedAt locked isAnswered
    upvoteCount author>Actor category>Named labels>>Label comments>>Comment reactionGroups>ReactionGroup`,
  ReactionGroup: "content createdAt users>>Count reactors>>Count",
  Label: "id name color description isDefault url",
  Milestone: "id number title description state url dueOn closedAt createdAt progressPercentage",
  Release: `id databaseId name tagName description descriptionHTML shortDescriptionHTML url createdAt publishedAt
    updatedAt isDraft isLatest isPrerelease immutable author>User tagCommit>Commit releaseAssets>>ReleaseAsset`,
  ReleaseAsset: "id name size contentType downloadCount downloadUrl url createdAt updatedAt digest",
  RepositoryTopic: "id url topic>Named",
  License: "id key name nickname spdxId url",
  Named: "id databaseId name slug description color url emoji logoUrl",
  Template: "name filename title body about",
  Deployment:
    "id databaseId environment state task description ref>Ref.name commit>Commit createdAt updatedAt creator>Actor",
  Count: "",
  Node: "id =Repository =Issue =PullRequest =Commit =Ref =Release =Label =Milestone =Discussion",
  SearchResults: "issueCount nodes>IssueOrPullRequest edges>SearchEdge pageInfo>PageInfo",
  SearchEdge: "cursor node>IssueOrPullRequest",
  Payload: `clientMutationId ref>Ref commit>Commit actor>Actor pullRequest>PullRequest issue>Issue label>Label
    subject>IssueOrPullRequest labelable>IssueOrPullRequest assignable>IssueOrPullRequest commentEdge>CommentEdge
    issueComment>Comment comment>Comment pullRequestReview>Review pullRequestReviewComment>Comment
    thread>ReviewThread deployment>Deployment discussion>Discussion repository>Repository.other`,
  CommentEdge: "cursor node>Comment",
  PageInfo: "hasNextPage hasPreviousPage startCursor endCursor",
};

interface Shape {
  readonly plain: ReadonlySet<string>;
  readonly fields: ReadonlyMap<string, { readonly type: string; readonly isConnection: boolean }>;
  /** What a fragment on this type makes of it. */
  readonly conditions: ReadonlyMap<string, string>;
}

const shapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries(rows).map(([type, row]) => [type, shape(type, row)]),
);

function shape(type: string, row: string): Shape {
  const words = row.split(/\s+/).filter((word) => word !== "");
  const fields = words.flatMap((word) => {
    const [, name = "", arrows, target = ""] = /^(\w+)(>>?)([\w.]+)$/.exec(word) ?? [];
    return arrows === undefined ? [] : [[name, { type: target, isConnection: arrows === ">>" }] as const];
  });
  const conditions = words
    .filter((word) => word.startsWith("="))
    .map((word): [string, string] => {
      const [name = "", target = name] = word.slice(1).split(":");
      return [name, target];
    });
  // A fragment on the very type says nothing new: what is cut down stays so.
  const own = type.split(".")[0] ?? type;
  return {
    plain: new Set(words.filter((word) => /^\w+$/.test(word))),
    fields: new Map(fields),
    conditions: new Map([...conditions, [own, type]]),
  };
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Whether all that is selected lies in the repository that a value of this type lies in. */
export function stays(type: string, selection: SelectionSetNode | undefined, fragments: Fragments): boolean {
  return within(type, false, selection, { fragments, seen: new Set() });
}

interface Walk {
  readonly fragments: Fragments;
  /** Each fragment is walked once for each type: their number is bounded, their nesting is not. */
  readonly seen: Set<string>;
}

const edgeFields = new Set(["cursor", "permission", "roleName"]);
const counts = new Set(["totalCount", "checkRunCount", "statusContextCount"]);
const lists = new Set(["pageInfo", "checkRunCountsByState", "statusContextCountsByState"]);

function within(
  type: string,
  isConnection: boolean,
  selection: SelectionSetNode | undefined,
  walk: Walk,
): boolean {
  if (selection === undefined) return true;
  return selection.selections.every((one) => {
    if (one.kind === Kind.FIELD) return staysAt(type, isConnection, one.name.value, one.selectionSet, walk);
    const isSpread = one.kind === Kind.FRAGMENT_SPREAD;
    const fragment = isSpread ? walk.fragments.get(one.name.value) : one;
    if (fragment === undefined) return false;
    const condition = fragment.typeCondition?.name.value;
    const target = condition === undefined || isConnection ? type : conditionOf(type, condition);
    if (target === undefined) return false;
    if (isSpread) {
      const key = `${one.name.value} ${target} ${String(isConnection)}`;
      if (walk.seen.has(key)) return true;
      walk.seen.add(key);
    }
    return within(target, isConnection, fragment.selectionSet, walk);
  });
}

/** Undefined for a type of which nothing is known: it may be one that leads elsewhere. */
function conditionOf(type: string, condition: string): string | undefined {
  if (type === "Payload" && condition.endsWith("Payload")) return type;
  return shapes.get(type)?.conditions.get(condition);
}

function staysAt(
  type: string,
  isConnection: boolean,
  name: string,
  selection: SelectionSetNode | undefined,
  walk: Walk,
): boolean {
  if (name === "__typename") return true;
  if (isConnection) {
    if (name === "nodes" || name === "node") return within(type, false, selection, walk);
    if (name === "edges") return within(type, true, selection, walk);
    return counts.has(name) || lists.has(name) || edgeFields.has(name);
  }
  const known = shapes.get(type);
  const field = known?.fields.get(name);
  if (field !== undefined) return within(field.type, field.isConnection, selection, walk);
  return known?.plain.has(name) === true && selection === undefined;
}
