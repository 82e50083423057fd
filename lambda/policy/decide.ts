// The verdict: guardrails first, then what waits for a person. The strictest answer over all refs wins.
import type { Verdict, ReviewDemand } from "../model/verdict.ts";
import { ask, type CedarAnswer, type RuleSet } from "./ask.ts";
import type { Policies } from "./policies.ts";
import { questionsOf, type PolicyInput, type Question } from "./questions.ts";

export type { PolicyInput } from "./questions.ts";

/** Each takes about a millisecond in which nobody else is served. */
const maxQuestions = 200;

type Asked = readonly [Question, CedarAnswer];

export function decide(policies: Policies, input: PolicyInput): Verdict {
  const questions = distinct(questionsOf(input), policies);
  if (questions.length === 0)
    return deny(policies, [], "which repository this would change could not be established");
  if (questions.length > maxQuestions)
    return deny(
      policies,
      [],
      `it changes ${input.refs.length} branches at once, and rules that tell branches by name are asked about at most ${maxQuestions}; send them in smaller groups`,
    );
  const together = answersOf(policies, "all", questions);
  if (together.every(([, answer]) => answer.is === "allow"))
    return allowedOrHeld(policies, together, [], input.approvedRules ?? []);
  // Which file it was that said no, and whether a person can lift it, each of them says by itself.
  const guarded = answersOf(policies, "guardrails", questions);
  if (guarded.some(([, answer]) => answer.is !== "allow")) return refused(policies, guarded, input);
  const held = answersOf(policies, "approvals", questions);
  if (held.some(([, answer]) => isFailure(answer))) return refused(policies, held, input);
  return allowedOrHeld(policies, guarded, held, input.approvedRules ?? []);
}

function answersOf(policies: Policies, set: RuleSet, questions: readonly Question[]): readonly Asked[] {
  return questions.map((question): Asked => [question, ask(policies, set, question)]);
}

/** A push may carry a thousand refs. Where no rule can tell them apart by name, those in the same state are one question. */
function distinct(questions: readonly Question[], policies: Policies): readonly Question[] {
  if (policies.tellBranchesByName) return questions;
  const groups = new Map<string, { readonly question: Question; readonly targets: string[] }>();
  const alone: Question[] = [];
  for (const question of questions) {
    const group = question.alike === undefined ? undefined : groups.get(question.alike);
    if (question.alike === undefined) alone.push(question);
    else if (group === undefined) groups.set(question.alike, { question, targets: [...question.targets] });
    else group.targets.push(...question.targets);
  }
  return [...alone, ...[...groups.values()].map(({ question, targets }) => ({ ...question, targets }))];
}

function allowedOrHeld(
  policies: Policies,
  guarded: readonly Asked[],
  held: readonly Asked[],
  approvedRules: readonly string[],
): Verdict {
  const permits = rulesOf(guarded);
  const matched = rulesOf(held.filter(([, answer]) => answer.is === "deny"));
  const open = matched.filter((id) => !approvedRules.includes(id));
  const masks = sorted(permits.flatMap((id) => policies.guardrails.get(id)?.masks ?? []));
  if (open.length === 0) {
    const lifted = matched.length === 0 ? "" : `, and approved for ${matched.join(", ")}`;
    const reason = `permitted by ${permits.join(", ")}${lifted}`;
    return { is: "allow", policyHash: policies.hash, rules: sorted([...permits, ...matched]), reason, masks };
  }
  const reason = reasonsOf(
    held,
    open,
    (id) => policies.approvals.get(id)?.reason,
    "{target} needs a second person",
  );
  return {
    is: "hold",
    policyHash: policies.hash,
    rules: open,
    reason,
    masks,
    demands: open.map((id) => demandOf(policies, id)),
  };
}

function demandOf(policies: Policies, id: string): ReviewDemand {
  const rule = policies.approvals.get(id);
  // Cannot be: `ask` refuses ids that were not loaded. If it could, nobody would be able to approve.
  if (rule === undefined) return { rule: id, reviewers: [], quorum: 1, ttlSeconds: 1 };
  const { reviewers, quorum, ttlSeconds, remindAfterSeconds, escalation, windowSeconds } = rule;
  return {
    rule: id,
    reviewers,
    quorum,
    ttlSeconds,
    ...(remindAfterSeconds === undefined ? {} : { remindAfterSeconds }),
    ...(escalation === undefined ? {} : { escalation }),
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
  };
}

function refused(policies: Policies, asked: readonly Asked[], input: PolicyInput): Verdict {
  const denied = asked.filter(([, answer]) => answer.is !== "allow");
  if (denied.some(([, answer]) => isFailure(answer)))
    return deny(policies, [], "the policies could not be evaluated for this request, which counts as no");
  const forbids = rulesOf(denied);
  if (forbids.length > 0) {
    const generic = "rules do not allow this for {target}";
    return deny(
      policies,
      forbids,
      reasonsOf(denied, forbids, (id) => policies.guardrails.get(id)?.reason, generic),
    );
  }
  const targets = targetsOf(denied.map(([question]) => question));
  const teams =
    input.caller.teams.length === 0
      ? "you are in no team"
      : `your teams are ${input.caller.teams.join(", ")}`;
  return deny(policies, [], `no rule lets you ${verbOf(denied)} ${targets} (${teams})`);
}

function deny(policies: Policies, rules: readonly string[], reason: string): Verdict {
  return { is: "deny", policyHash: policies.hash, rules, reason };
}

const verbs: Readonly<Record<string, string>> = {
  read: "read",
  callModel: "ask",
  readMany: "use calls that span the repositories of",
  ordinaryWrite: "write to",
  indirectWrite: "start what writes later in",
  protectionWeaken: "change the protection of",
  admin: "administer",
  createBranch: "create",
  deleteBranch: "delete",
};

function verbOf(denied: readonly Asked[]): string {
  return verbs[denied[0]?.[0].action ?? ""] ?? "write to";
}

/** One sentence per rule, with the targets that it matched. */
function reasonsOf(
  asked: readonly Asked[],
  rules: readonly string[],
  reasonOf: (id: string) => string | undefined,
  generic: string,
): string {
  const sentences = rules.map((id) => {
    const matched = asked.filter(([, answer]) => !isFailure(answer) && answer.rules.includes(id));
    return (reasonOf(id) ?? generic).replaceAll("{target}", () =>
      targetsOf(matched.map(([question]) => question)),
    );
  });
  return [...new Set(sentences)].join("; ");
}

/** The first three by name: a push may carry a thousand refs, and a reason is one line. */
function targetsOf(questions: readonly Question[]): string {
  const targets = [...new Set(questions.flatMap((question) => question.targets))];
  const named = targets.slice(0, 3).join(", ");
  return targets.length > 3 ? `${named} and ${targets.length - 3} more` : named;
}

function isFailure(answer: CedarAnswer): answer is Extract<CedarAnswer, { is: "failure" }> {
  return answer.is === "failure";
}

function rulesOf(asked: readonly Asked[]): readonly string[] {
  return sorted(asked.flatMap(([, answer]) => (isFailure(answer) ? [] : answer.rules)));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
