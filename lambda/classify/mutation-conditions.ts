// Mutations whose effect depends on their input, or on whom the ids in it name; the same conditions as in REST.
import type { Effect, MutationField } from "../model/action.ts";
import type { NodeFacts } from "../model/ports.ts";
import { effectOf } from "./conditions.ts";

type Input = Readonly<Record<string, unknown>>;

const comments = new Set([
  "addComment",
  "addPullRequestReviewComment",
  "addPullRequestReviewThread",
  "addPullRequestReviewThreadReply",
  "updateIssueComment",
  "updatePullRequestReviewComment",
]);
/** Those that assign people, ask them for a review, or set labels, all by id. */
const assigning = new Set([
  "addAssigneesToAssignable",
  "addLabelsToLabelable",
  "createIssue",
  "requestReviews",
  "updateIssue",
  "updatePullRequest",
]);

/** What the input alone tells: the table's effect, or "write" when its condition does not hold. */
export function mutationEffect(name: string, effect: Effect, input: Input): Effect {
  if (comments.has(name)) return effectOf("issues/create-comment", effect, input);
  switch (name) {
    case "addPullRequestReview":
      return effectOf("pulls/create-review", effect, input);
    case "submitPullRequestReview":
      return effectOf("pulls/submit-review", effect, input);
    case "createPullRequest":
      return effectOf("pulls/create", effect, input);
    case "updatePullRequestReview":
      return effectOf("pulls/update-review", effect, input);
    case "updateLabel":
      return effectOf("issues/update-label", effect, input);
    case "createDeployment":
      return input.autoMerge === false ? "indirect" : effect;
    default:
      return effect;
  }
}

/** What only look-ups tell: whether an agent is assigned, or a label set that automation waits for. */
export function effectWithNodes(field: MutationField, nodes: ReadonlyMap<string, NodeFacts>): Effect {
  const { name, effect, input } = field;
  if (!assigning.has(name) || effect !== "indirect") return effect;
  const retargets = ["baseRefName", "maintainerCanModify"];
  if (name === "updatePullRequest" && retargets.some((key) => given(input[key]))) return effect;
  const named = (key: string, type: string): string[] =>
    idsIn(input[key]).map((id) => {
      const node = nodes.get(id);
      // Bots and whatever else is not a person are written as the conditions know them.
      return node?.type === type && node.name !== undefined ? node.name : "[bot]";
    });
  if (name === "requestReviews") {
    const isTeam = (id: string): boolean => nodes.get(id)?.type === "Team";
    if (!idsIn(input.teamIds).every(isTeam)) return effect;
    return effectOf("pulls/request-reviewers", effect, { reviewers: named("userIds", "User") });
  }
  const assignees = named("assigneeIds", "User");
  const labels = idsIn(input.labelIds).map((id) => nodes.get(id)?.name ?? "automerge");
  return effectOf("issues/create", effect, { title: input.title, body: input.body, assignees, labels });
}

function idsIn(value: unknown): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.filter((one) => typeof one === "string");
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}
