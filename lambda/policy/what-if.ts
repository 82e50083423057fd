// What would change an answer: the same question with one thing changed, asked again, as often as a person would read.
import type { WhatIf } from "../model/explanation.ts";
import type { Verdict } from "../model/verdict.ts";
import { isWorkflowPath } from "../model/workflow-path.ts";
import { decide } from "./decide.ts";
import { branchName } from "./entities.ts";
import type { Policies } from "./policies.ts";
import { questionsOf, type PolicyInput } from "./questions.ts";

interface Change {
  readonly if: string;
  readonly input: PolicyInput;
}

const maxChanges = 24;
const maxRefs = 5;
const maxTeams = 8;
/** Each takes about a millisecond in which nobody else is served. */
const maxQuestions = 400;

/** Only those that give another answer, or another reason for a person to wait. */
export function whatIfs(policies: Policies, input: PolicyInput, verdict: Verdict): readonly WhatIf[] {
  const each = policies.tellBranchesByName ? Math.max(1, questionsOf(input).length) : 1;
  return changesOf(input, verdict)
    .slice(0, Math.min(maxChanges, Math.floor(maxQuestions / each)))
    .map((change) => ({ if: change.if, verdict: decide(policies, change.input) }))
    .filter(({ verdict: then }) => answerOf(then) !== answerOf(verdict))
    .map(({ if: condition, verdict: { is, rules, reason } }) => ({
      if: condition,
      then: { is, rules, reason },
    }));
}

/** An allow is an allow, whichever rule gives it. */
function answerOf({ is, rules }: Verdict): string {
  return is === "allow" ? is : JSON.stringify([is, rules]);
}

function changesOf(input: PolicyInput, verdict: Verdict): readonly Change[] {
  return [
    ...approved(input, verdict),
    ...unprotected(input, verdict),
    ...content(input),
    ...teams(input),
    ...shielded(input, verdict),
  ];
}

function approved(input: PolicyInput, verdict: Verdict): readonly Change[] {
  if (verdict.is !== "hold") return [];
  const reviewers = [...new Set(verdict.demands.flatMap((demand) => demand.reviewers))].join(" and ");
  const approvedRules = [...(input.approvedRules ?? []), ...verdict.demands.map(({ rule }) => rule)];
  return [{ if: `${reviewers} approved this plan`, input: { ...input, approvedRules } }];
}

function unprotected(input: PolicyInput, verdict: Verdict): readonly Change[] {
  if (verdict.is === "allow") return [];
  const refs = [...new Set(input.refs.map(({ ref }) => ref))].filter((ref) => isGuarded(input, ref));
  const single = refs.slice(0, maxRefs).map((ref) => {
    const isDefault = ref === defaultRef(input);
    const what = isDefault ? "were neither protected nor the default branch" : "were not protected";
    return { if: `${branchName(ref)} ${what}`, input: without(input, [ref]) };
  });
  if (refs.length < 2) return single;
  return [
    { if: `none of the ${refs.length} branches were protected`, input: without(input, refs) },
    ...single,
  ];
}

function defaultRef({ repository }: PolicyInput): string {
  return `refs/heads/${repository?.defaultBranch ?? ""}`;
}

function isGuarded(input: PolicyInput, ref: string): boolean {
  const facts = input.protection.filter((fact) => fact.ref === ref);
  return (
    ref === defaultRef(input) ||
    facts.length === 0 ||
    facts.some((fact) => fact.isProtected || fact.isDefault)
  );
}

function without(input: PolicyInput, refs: readonly string[]): PolicyInput {
  const { repository } = input;
  const others = input.protection.filter(({ ref }) => !refs.includes(ref));
  const free = refs.map((ref) => ({ ref, isProtected: false, isDefault: false, because: "supposed" }));
  const isDefault = refs.includes(defaultRef(input));
  return {
    ...input,
    ...(repository === undefined || !isDefault ? {} : { repository: { ...repository, defaultBranch: "" } }),
    protection: [...others, ...free],
  };
}

function content(input: PolicyInput): readonly Change[] {
  const changes: Change[] = [];
  if (input.touchesWorkflows || input.paths.some(isWorkflowPath))
    changes.push({
      if: "no workflow file changed",
      input: { ...input, touchesWorkflows: false, paths: [] },
    });
  else changes.push({ if: "a workflow file changed", input: { ...input, touchesWorkflows: true } });
  if (input.touchesAllBranches)
    changes.push({
      if: "it could touch only the branches that it names",
      input: { ...input, touchesAllBranches: false },
    });
  if (input.refs.some(({ force }) => force !== "no"))
    changes.push({
      if: "no history were rewritten",
      input: { ...input, refs: input.refs.map((ref) => ({ ...ref, force: "no" as const })) },
    });
  return changes;
}

/** One team more, of those that the configuration names for this; one of the caller's less. */
function teams(input: PolicyInput): readonly Change[] {
  const mine = input.caller.teams;
  const { readers, writers } = input.access;
  const named = [...new Set([...readers, ...writers, ...Object.values(input.readMany).flat()])];
  const more = named.filter((team) => !mine.includes(team)).slice(0, maxTeams);
  const as = (teams: readonly string[]): PolicyInput => ({ ...input, caller: { ...input.caller, teams } });
  return [
    ...more.map((team) => ({ if: `you were in team ${team}`, input: as([...mine, team]) })),
    ...mine.slice(0, maxTeams).map((team) => ({
      if: `you were not in team ${team}`,
      input: as(mine.filter((one) => one !== team)),
    })),
  ];
}

/** What lets an allowed write wait. */
function shielded(input: PolicyInput, verdict: Verdict): readonly Change[] {
  if (verdict.is !== "allow") return [];
  return input.refs
    .filter(({ ref }) => !isGuarded(input, ref))
    .slice(0, 1)
    .map(({ ref }) => ({
      if: `${branchName(ref)} were protected`,
      input: {
        ...input,
        protection: [
          ...input.protection.filter((fact) => fact.ref !== ref),
          { ref, isProtected: true, isDefault: false, because: "supposed" },
        ],
      },
    }));
}
