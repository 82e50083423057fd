// Says why a request got its verdict: the rules with their text, the facts that they look at, and what would change it.
import type { ExplainedRule, Explanation } from "../model/explanation.ts";
import type { IntentRecord, RecordedAction } from "../model/record.ts";
import type { Verdict } from "../model/verdict.ts";
import { decide } from "./decide.ts";
import { branchName } from "./entities.ts";
import { inputOf } from "./grounds.ts";
import type { Policies } from "./policies.ts";
import type { PolicyInput } from "./questions.ts";
import { whatIfs } from "./what-if.ts";

const maxFacts = 40;

/** A request that was not sent: what would happen to it. */
export function explainInput(
  policies: Policies,
  input: PolicyInput,
  about: Pick<RecordedAction, "title"> & { readonly login: string },
): Explanation {
  const verdict = decide(policies, input);
  const { operation, effect } = input.action;
  return {
    ...about,
    operation,
    effect,
    ...(input.repository === undefined ? {} : { repository: input.repository.fullName }),
    refs: input.refs,
    verdict: answerOf(verdict),
    rules: rulesOf(policies, verdict.rules),
    facts: factsOf(input),
    whatIfs: whatIfs(policies, input, verdict),
  };
}

/** A recorded request. Other rules than those that decided may be in force by now; then their answer stands beside. */
export function explainIntent(policies: Policies, intent: IntentRecord): Explanation {
  const { action, verdict, caller } = intent;
  const about = {
    entry: intent.entry,
    login: caller.login,
    operation: action.operation,
    title: action.title,
    effect: action.effect,
    ...(action.repository === undefined ? {} : { repository: action.repository }),
    refs: action.refs,
    verdict: { is: verdict.is, rules: verdict.rules, reason: verdict.reason },
    rules: rulesOf(policies, verdict.rules),
  };
  const input = inputOf(intent);
  if (input === undefined) return { ...about, facts: [], whatIfs: [], note: noteOf(intent) };
  const now = decide(policies, input);
  return {
    ...about,
    ...(policies.hash === verdict.policyHash ? {} : { now: answerOf(now) }),
    facts: factsOf(input),
    whatIfs: whatIfs(policies, input, now),
  };
}

function noteOf({ verdict }: IntentRecord): string {
  return verdict.is === "none"
    ? "It was refused before the policies were asked, so no rule decided."
    : "An older gateway wrote this record, without all that the verdict rests on, so it cannot be asked again.";
}

function answerOf({ is, rules, reason }: Verdict): Explanation["verdict"] {
  return { is, rules, reason };
}

function rulesOf(policies: Policies, ids: readonly string[]): readonly ExplainedRule[] {
  return ids.map((id) => {
    const approval = policies.approvals.get(id);
    const does =
      approval === undefined ? doesOf(policies.guardrails.get(id)?.effect) : ("asks for approval" as const);
    return {
      id,
      does,
      ...(approval === undefined ? {} : { reviewers: approval.reviewers }),
      ...policies.texts.get(id),
    };
  });
}

function doesOf(effect: "permit" | "forbid" | undefined): ExplainedRule["does"] {
  if (effect === undefined) return "is not in the policies any more";
  return effect === "permit" ? "permits" : "forbids";
}

function factsOf(input: PolicyInput): readonly string[] {
  const { caller, repository, access } = input;
  const organization = input.action.organization ?? repository?.owner;
  const facts = [
    caller.teams.length === 0 ? "you are in no team" : `you are in ${caller.teams.join(", ")}`,
    ...(repository === undefined
      ? []
      : [
          `${repository.fullName} is ${repository.isPrivate ? "private" : "public"}; it may be read by ${names(access.readers)} and written by ${names(access.writers)}`,
        ]),
    ...(input.action.effect === "read-many"
      ? [
          `${organization ?? "GitHub as a whole"} may be read across by ${names([...new Set(Object.values(input.readMany).flat())])}`,
        ]
      : []),
    ...partFacts(input),
    ...(input.touchesWorkflows
      ? ["workflow files change, or it could not be established that none does"]
      : []),
    ...(input.touchesAllBranches ? ["it may touch every branch"] : []),
    ...input.refs.map((change) => refFact(input, change)),
  ];
  return facts.length > maxFacts
    ? [...facts.slice(0, maxFacts), `… and ${facts.length - maxFacts} more`]
    : facts;
}

function partFacts({ action: { parts = [] } }: PolicyInput): readonly string[] {
  if (parts.length < 2) return [];
  return parts.map(({ operation, effect, refs }) => {
    const at = refs.map(({ ref }) => branchName(ref)).join(", ");
    return `${operation} is decided on its own, as ${effect}${at === "" ? "" : ` of ${at}`}`;
  });
}

function refFact(input: PolicyInput, change: PolicyInput["refs"][number]): string {
  const fact = input.protection.find(({ ref }) => ref === change.ref);
  const state =
    fact === undefined
      ? "counts as protected: nothing is known of it"
      : `${fact.isProtected ? "is protected" : "is not protected"} (${fact.because})`;
  const force =
    change.change === "update" && change.force !== "no"
      ? `, and its history ${change.force === "yes" ? "is" : "may be"} rewritten`
      : "";
  return `${branchName(change.ref)} ${state}${force}`;
}

function names(teams: readonly string[]): string {
  return teams.length === 0 ? "nobody" : teams.join(", ");
}
