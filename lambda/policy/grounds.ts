// What the record keeps of a policy question, and the question made again from it: for explanations and simulations.
import type { IntentRecord, RecordedGrounds } from "../model/record.ts";
import { isWorkflowPath } from "../model/workflow-path.ts";
import type { PolicyInput } from "./questions.ts";

/** `mask`: the default branch's name is text that somebody chose. */
export function groundsOf(input: PolicyInput, mask: (text: string) => string): RecordedGrounds {
  const { repository, access, touchesAllBranches } = input;
  const organization = (input.action.organization ?? repository?.owner)?.toLowerCase();
  const readMany = Object.entries(input.readMany).filter(
    ([name]) => name === "*" || name.toLowerCase() === organization,
  );
  return {
    ...(repository === undefined
      ? {}
      : {
          repository: { defaultBranch: mask(repository.defaultBranch), isPrivate: repository.isPrivate },
        }),
    touchesAllBranches,
    // Paths are cut and masked in the record, so what they amount to is kept apart.
    touchesWorkflows: input.touchesWorkflows || input.paths.some(isWorkflowPath),
    readers: access.readers,
    writers: access.writers,
    readMany: Object.fromEntries(readMany),
    approvedRules: input.approvedRules ?? [],
  };
}

/** Undefined where the record does not hold all of the question: policy was not asked, or an older gateway wrote it. */
export function inputOf({ caller, action, verdict }: IntentRecord): PolicyInput | undefined {
  const { grounds, protection } = verdict;
  const { surface, effect, operation, organization, repository: fullName, repositoryId } = action;
  const { parameters, parts } = action;
  const model = surface === "copilot" ? parameters.model : undefined;
  if (grounds === undefined || surface === "unknown" || effect === "unknown") return undefined;
  // Several writes of which only the gravest is known: another question than the one that was asked.
  if (operation === "graphql/several" && parts === undefined) return undefined;
  const [owner = "", name = ""] = fullName?.split("/") ?? [];
  const repository =
    grounds.repository === undefined || fullName === undefined || repositoryId === undefined
      ? undefined
      : { ...grounds.repository, id: repositoryId, owner, name, fullName };
  return {
    caller: { subject: caller.subject, teams: caller.teams },
    action: {
      operation,
      effect,
      surface,
      ...(organization === undefined ? {} : { organization }),
      ...(model === undefined ? {} : { model }),
      ...(parts === undefined ? {} : { parts }),
    },
    ...(repository === undefined ? {} : { repository }),
    refs: action.refs,
    protection,
    touchesAllBranches: grounds.touchesAllBranches,
    touchesWorkflows: grounds.touchesWorkflows,
    paths: [],
    access: { readers: grounds.readers, writers: grounds.writers },
    readMany: grounds.readMany,
    approvedRules: grounds.approvedRules,
  };
}
