// Operations whose effect depends on what the body says: who is assigned, what a comment commands, what a review decides.
import type { Effect } from "../model/action.ts";

type Body = Readonly<Record<string, unknown>>;

/**
 * Text that makes a bot or an agent act: "/merge", "@copilot …", "@dependabot rebase", "bors r+". Bots trim what they
 * read, so any white space may stand before; a path such as /etc/hosts or /readme.md is no command.
 */
const command =
  /^\s*\/[a-z][\w-]*(?![\w/-]|\.\w)|@(?:copilot|dependabot|renovate|mergifyio|claude|codex|gemini-cli|cursor|devin)\b|\bbors (?:r|try|retry|merge)/imu;
const automationLabel = /auto-?merge|^automated?$/i;
const agentLogin = /^copilot\b|copilot-swe-agent|\[bot\]|^(?:claude|codex)$/i;
const harmlessRepositoryKeys = new Set(["description", "homepage", "has_issues", "has_projects", "has_wiki"]);

/** Publish it, let somebody in, or make a fork that this gateway does not see. */
const graveAdvisoryKeys = ["state", "collaborating_users", "collaborating_teams", "start_private_fork"];
const advisories = [
  "security-advisories/create-repository-advisory",
  "security-advisories/update-repository-advisory",
];

const comments = [
  "repos/update-commit-comment",
  "repos/create-commit-comment",
  "issues/create-comment",
  "issues/update-comment",
  "pulls/create-review-comment",
  "pulls/update-review-comment",
  "pulls/create-reply-for-review-comment",
];
/** Bots read these as well: a review, its comments, and the text under which something is opened. */
const openings = ["pulls/create", "pulls/update", "pulls/update-review", "issues/create", "issues/update"];
const reviews = ["pulls/create-review", "pulls/submit-review"];
const assignments = ["issues/create", "issues/update", "issues/add-assignees"];
const labels = ["issues/create", "issues/update", "issues/add-labels", "issues/set-labels"];

/** Closing and opening again is what anybody does with work of their own, and closing ends an auto-merge. */
const retargets = ["base", "maintainer_can_modify"];

/** The effect of this very request: the table's, or "write" when its condition does not hold. */
export function effectOf(operation: string, effect: Effect, json: unknown): Effect {
  const body = bodyOf(json);
  const commands = (): boolean => texts(body).some((text) => command.test(text));
  if (comments.includes(operation)) return commands() ? effect : "write";
  if (openings.includes(operation) && commands()) return effect;
  if (assignments.includes(operation) || labels.includes(operation)) {
    const isAssigned = assignments.includes(operation) && assignsAgent(body);
    const isLabelled = labels.includes(operation) && setsLabel(json);
    return isAssigned || isLabelled ? effect : "write";
  }
  if (reviews.includes(operation)) {
    // Without an event the review stays pending, until submit-review decides.
    if (!isHarmlessEvent(body.event, operation === "pulls/create-review")) return effect;
    return commands() ? "indirect" : "write";
  }
  if (advisories.includes(operation)) return graveAdvisoryKeys.some((key) => key in body) ? effect : "write";
  switch (operation) {
    case "pulls/update":
      // An auto-merge that was harmless on the old base goes on with the new one.
      return retargets.some((key) => key in body) ? effect : "write";
    case "pulls/request-reviewers":
      return asksAgent(body) ? effect : "write";
    case "pulls/create":
    case "pulls/update-review":
      return "write";
    case "issues/update-label":
      // A label that was set before becomes one that automation waits for.
      return [body.name, body.new_name].flatMap(namesOf).some(isAutomation) ? effect : "write";
    case "markdown/render":
      // GitHub's flavour names what a reference such as acme/app#1 is, as far as the gateway's own token can see.
      return body.context === undefined && (body.mode ?? "markdown") === "markdown" ? effect : "read-many";
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
  ...new Set([...comments, ...openings, ...reviews, ...assignments, ...labels]),
  ...advisories,
  "issues/update-label",
  "pulls/request-reviewers",
  "repos/create-deployment",
  "repos/update",
];

function isHarmlessEvent(event: unknown, mayBeAbsent: boolean): boolean {
  if (event === undefined || event === null || event === "") return mayBeAbsent;
  return event === "COMMENT" || event === "REQUEST_CHANGES";
}

/** Also of a review's own comments and threads. */
function texts(body: Body): string[] {
  const own = [body.title, body.body].filter((text) => typeof text === "string");
  return [...own, ...[...list(body.comments), ...list(body.threads)].flatMap((one) => texts(bodyOf(one)))];
}

function assignsAgent(body: Body): boolean {
  if (body.agent_assignment !== undefined) return true;
  return [...list(body.assignees), ...list(body.assignee)].flatMap(namesOf).some(isAgent);
}

function isAgent(login: string): boolean {
  return agentLogin.test(login);
}

/** Teams are people; a reviewer who is none reads the change and may act on it, and so may one that is no plain name. */
function asksAgent({ reviewers = [] }: Body): boolean {
  return !Array.isArray(reviewers) || reviewers.some((one) => typeof one !== "string" || isAgent(one));
}

function setsLabel(json: unknown): boolean {
  const found = Array.isArray(json) ? list(json) : list(bodyOf(json).labels);
  return found.flatMap(namesOf).some(isAutomation);
}

function isAutomation(label: string): boolean {
  return automationLabel.test(label);
}

/** Assignees and labels come as strings, or as objects with a login or name; each counts alone, or one would hide the other. */
function namesOf(value: unknown): string[] {
  const { login, name } = bodyOf(value);
  return [value, login, name].filter((one) => typeof one === "string");
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return value === undefined || value === null ? [] : [value];
}

function bodyOf(json: unknown): Body {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Body) : {};
}
