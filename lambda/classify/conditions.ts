// Operations whose effect depends on what the body says: who is assigned, what a comment commands, what a review decides.
import type { Effect } from "../model/action.ts";

type Body = Readonly<Record<string, unknown>>;

/** Text that makes a bot or an agent act: "/merge", "@copilot …", "@dependabot rebase", "bors r+". */
const command =
  /^[ \t]*\/[a-z][\w-]*(?:\s|$)|@(?:copilot|dependabot|renovate|mergifyio|claude|codex)\b|\bbors (?:r|try|retry|merge)/im;
const automationLabel = /auto-?merge|^automated?$/i;
const agentLogin = /^copilot\b|copilot-swe-agent|\[bot\]|^(?:claude|codex)$/i;
const harmlessRepositoryKeys = new Set(["description", "homepage", "has_issues", "has_projects", "has_wiki"]);

const comments = [
  "repos/update-commit-comment",
  "repos/create-commit-comment",
  "issues/create-comment",
  "issues/update-comment",
  "pulls/create-review-comment",
  "pulls/update-review-comment",
  "pulls/create-reply-for-review-comment",
];
const assignments = ["issues/create", "issues/update", "issues/add-assignees"];
const labels = ["issues/create", "issues/update", "issues/add-labels", "issues/set-labels"];

/** The effect of this very request: the table's, or "write" when its condition does not hold. */
export function effectOf(operation: string, effect: Effect, json: unknown): Effect {
  const body = bodyOf(json);
  if (comments.includes(operation)) return texts(body).some((text) => command.test(text)) ? effect : "write";
  if (assignments.includes(operation) || labels.includes(operation)) {
    const isAssigned = assignments.includes(operation) && assignsAgent(body);
    const isLabelled = labels.includes(operation) && setsLabel(json);
    return isAssigned || isLabelled ? effect : "write";
  }
  switch (operation) {
    case "pulls/update":
      return ["base", "state", "maintainer_can_modify"].some((key) => key in body) ? effect : "write";
    case "pulls/create-review":
      // Without an event the review stays pending, until submit-review decides.
      return isHarmlessEvent(body.event, true) ? "write" : effect;
    case "pulls/submit-review":
      return isHarmlessEvent(body.event, false) ? "write" : effect;
    case "repos/create-deployment":
      // auto_merge defaults to true and merges the default branch into the ref; without it, workflows still start.
      return body.auto_merge === false ? "indirect" : effect;
    case "repos/update":
      return Object.keys(body).every((key) => harmlessRepositoryKeys.has(key)) ? "write" : effect;
    default:
      return effect;
  }
}

/** Operations whose table effect is the graver of two, for the drift test. */
export const conditional: readonly string[] = [
  ...new Set([...comments, ...assignments, ...labels]),
  "pulls/update",
  "pulls/create-review",
  "pulls/submit-review",
  "repos/create-deployment",
  "repos/update",
];

function isHarmlessEvent(event: unknown, mayBeAbsent: boolean): boolean {
  if (event === undefined || event === null || event === "") return mayBeAbsent;
  return event === "COMMENT" || event === "REQUEST_CHANGES";
}

function texts(body: Body): string[] {
  return typeof body.body === "string" ? [body.body] : [];
}

function assignsAgent(body: Body): boolean {
  if (body.agent_assignment !== undefined) return true;
  return [...list(body.assignees), ...list(body.assignee)].some((one) => agentLogin.test(nameOf(one)));
}

function setsLabel(json: unknown): boolean {
  const found = Array.isArray(json) ? list(json) : list(bodyOf(json).labels);
  return found.some((one) => automationLabel.test(nameOf(one)));
}

/** Assignees and labels come as strings, or as objects with a login or name. */
function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { login, name } = bodyOf(value);
  return [login, name].filter((one) => typeof one === "string").join(" ");
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return value === undefined || value === null ? [] : [value];
}

function bodyOf(json: unknown): Body {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Body) : {};
}
