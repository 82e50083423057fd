// Which Cedar actions on which resources one request amounts to; all of them must be allowed.
import type { Action, RefChange, Repository } from "../model/action.ts";
import type { Person } from "../model/caller.ts";
import type { ProtectionFact } from "../model/verdict.ts";
import { isWorkflowPath } from "../model/workflow-path.ts";
import { readManyOf, type Access, type ReadMany } from "./access.ts";
import type { CedarQuestion } from "./ask.ts";
import * as entity from "./entities.ts";

export interface PolicyInput {
  readonly caller: Pick<Person, "subject" | "teams">;
  readonly action: Pick<Action, "operation" | "effect" | "surface" | "organization" | "parts" | "model">;
  readonly repository?: Repository;
  readonly refs: readonly RefChange[];
  /** One per ref. A ref without one counts as protected. */
  readonly protection: readonly ProtectionFact[];
  readonly touchesAllBranches: boolean;
  readonly touchesWorkflows: boolean;
  /** Paths that the request names. */
  readonly paths: readonly string[];
  /** Of the repository: `accessOf`. */
  readonly access: Access;
  readonly readMany: ReadMany;
  /** The `@id`s of approval rules that an approval of this very plan lifted. */
  readonly approvedRules?: readonly string[];
}

export interface Question extends CedarQuestion {
  /** What people call the things: "main", "acme/app", "acme". */
  readonly targets: readonly string[];
  /** Branch questions alike in this differ in the branch's name alone. */
  readonly alike?: string;
}

const branchActions = ["push", "forcePush", "merge", "createBranch", "deleteBranch"] as const;
const merges = new Set([
  "pulls/merge",
  "pulls/merge-async",
  "pulls/update-branch",
  "repos/merge",
  "repos/merge-upstream",
  "graphql/mergePullRequest",
  "graphql/enqueuePullRequest",
  "graphql/enablePullRequestAutoMerge",
  "graphql/updatePullRequestBranch",
  "graphql/mergeBranch",
]);

/** Empty when a branch write names no repository: then nothing can be asked, and nothing may pass. */
export function questionsOf(input: PolicyInput): readonly Question[] {
  const { parts, ...action } = input.action;
  if (parts === undefined) return questionsOfOne(input);
  const asked = parts.map(({ operation, effect, refs, touchesAllBranches }) =>
    questionsOfOne({ ...input, action: { ...action, operation, effect }, refs, touchesAllBranches }),
  );
  // One write that nothing can be asked about is one that nothing may let pass.
  return asked.some((questions) => questions.length === 0) ? [] : asked.flat();
}

function questionsOfOne(input: PolicyInput): readonly Question[] {
  const { effect, model } = input.action;
  switch (effect) {
    case "read":
      if (model !== undefined) return [onModel(input, model)];
      return [atHome(input, "read")];
    case "read-many":
      return [acrossRepositories(input)];
    case "write":
      return [atHome(input, "ordinaryWrite"), ...onBranches(input)];
    case "indirect":
      return [atHome(input, "indirectWrite"), ...onBranches(input)];
    case "protection-weaken":
      return [atHome(input, "protectionWeaken"), ...onBranches(input)];
    case "admin":
      return [atHome(input, "admin"), ...onBranches(input)];
    case "branch-write":
      // A branch write that names no branch may touch any of them.
      return input.refs.length === 0 ? onBranches({ ...input, touchesAllBranches: true }) : onBranches(input);
    default:
      return effect satisfies never;
  }
}

function atHome(input: PolicyInput, action: string): Question {
  const { repository } = input;
  if (repository === undefined) return { ...acrossRepositories(input), action };
  return {
    ...common(input, action),
    resource: entity.repoUid(repository),
    entities: repositoryEntities(input, repository),
    targets: [repository.fullName],
  };
}

/** A call that may show any repository of the organisation is asked of the organisation, whatever else it names. */
function acrossRepositories(input: PolicyInput): Question {
  const organization = input.action.organization ?? input.repository?.owner;
  const isGitHub = organization === undefined;
  return {
    ...common(input, "readMany"),
    resource: isGitHub ? entity.gitHub : entity.uid("Org", organization.toLowerCase()),
    entities: above(input, organization),
    targets: [isGitHub ? "GitHub as a whole" : organization],
  };
}

/** Which models, and who: the one question of a call that sends a prompt. */
function onModel(input: PolicyInput, model: string): Question {
  const { operation, surface } = input.action;
  return {
    principal: entity.uid("User", input.caller.subject),
    action: "callModel",
    resource: entity.gitHub,
    entities: above(input, undefined),
    context: { operation, surface, model, isInTeam: input.caller.teams.length > 0 },
    targets: [`the model ${model}`],
  };
}

function onBranches(input: PolicyInput): readonly Question[] {
  const { repository } = input;
  if (repository === undefined) return [];
  const named = input.refs.map((change) =>
    onBranch(input, repository, stateOf(input, change.ref), actionOf(input, change)),
  );
  if (!input.touchesAllBranches) return named;
  const all: entity.BranchState = { ref: "*", isProtected: true, isDefault: true };
  return [...named, ...branchActions.map((action) => onBranch(input, repository, all, action))];
}

function onBranch(
  input: PolicyInput,
  repository: Repository,
  branch: entity.BranchState,
  action: string,
): Question {
  const described = entity.branchEntity(repository, branch);
  return {
    ...common(input, action),
    resource: entity.uid("Branch", `${repository.id}:${branch.ref}`),
    entities: [described, ...repositoryEntities(input, repository)],
    targets: [branch.ref === "*" ? `every branch of ${repository.fullName}` : entity.branchName(branch.ref)],
    ...(branch.ref === "*"
      ? {}
      : { alike: `${input.action.operation} ${action} ${branch.isProtected} ${branch.isDefault}` }),
  };
}

function stateOf(input: PolicyInput, ref: string): entity.BranchState {
  const facts = input.protection.filter((fact) => fact.ref === ref);
  const isDefault =
    ref === `refs/heads/${input.repository?.defaultBranch ?? ""}` || facts.some((fact) => fact.isDefault);
  return { ref, isDefault, isProtected: facts.length === 0 || facts.some((fact) => fact.isProtected) };
}

function actionOf(input: PolicyInput, change: RefChange): string {
  if (change.change === "create") return "createBranch";
  if (change.change === "delete") return "deleteBranch";
  if (change.force !== "no") return "forcePush";
  return merges.has(input.action.operation) ? "merge" : "push";
}

function common(input: PolicyInput, action: string): Pick<Question, "principal" | "action" | "context"> {
  return {
    principal: entity.uid("User", input.caller.subject),
    action,
    context: {
      operation: input.action.operation,
      surface: input.action.surface,
      touchesWorkflows: input.touchesWorkflows || input.paths.some(isWorkflowPath),
    },
  };
}

function repositoryEntities(input: PolicyInput, repository: Repository): CedarQuestion["entities"] {
  return [entity.repoEntity(repository, input.access), ...above(input, repository.owner)];
}

function above(input: PolicyInput, organization: string | undefined): CedarQuestion["entities"] {
  const people = [
    entity.userEntity(input.caller),
    entity.gitHubEntity(readManyOf(input.readMany, undefined)),
  ];
  return organization === undefined
    ? people
    : [...people, entity.orgEntity(organization, readManyOf(input.readMany, organization))];
}
