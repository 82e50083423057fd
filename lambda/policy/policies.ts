// What every decision is made by: the policies that passed all checks, parsed once, and named by a hash.
import { preparsePolicySet, preparseSchema } from "@cedar-policy/cedar-wasm/nodejs";
import { checkPolicies, hashOf, type Checked, type Part } from "./checked.ts";
import { PolicyError } from "./policy-error.ts";
import type { RuleSet } from "./ask.ts";
import type { ApprovalRule, GuardrailRule } from "./rules.ts";
import type { PolicySource, PolicyText } from "./source.ts";

export interface Policies {
  /** SHA-256 over the three texts, hex. */
  readonly hash: string;
  readonly guardrails: ReadonlyMap<string, GuardrailRule>;
  readonly approvals: ReadonlyMap<string, ApprovalRule>;
  /** What each rule looks like, and where. */
  readonly texts: ReadonlyMap<string, RuleText>;
  /** Every team that some approval rule names. */
  readonly reviewerTeams: readonly string[];
  /** Whether some rule looks at a branch's name, and not only at its state and repository. */
  readonly tellBranchesByName: boolean;
  /** Whether some rule writes down an organisation, or GitHub as a whole. */
  readonly nameOwners: boolean;
  /** What Cedar's cache calls the parsed schema and sets. */
  readonly cached: Readonly<Record<"schema" | RuleSet, string>>;
}

export interface RuleText {
  /** `policies/approvals.cedar:17`. */
  readonly place: string;
  readonly text: string;
}

/** Approvals are forbids over this: without it they would have nothing to forbid. */
export const implicitPermit = "(implicit permit)";

/** Throws PolicyError with every problem found. `before` is what was found earlier; it counts only for these very texts. */
export function loadPolicies(source: PolicySource, before?: Checked): Policies {
  const checked = before?.hash === hashOf(source) ? before : checkPolicies(source);
  const { hash, guardrails, approvals } = checked;
  const cached = {
    schema: `${hash}/schema`,
    all: `${hash}/all`,
    guardrails: `${hash}/guardrails`,
    approvals: `${hash}/approvals`,
  };
  const answers = [
    preparseSchema(cached.schema, source.schema.text),
    // The approvals only forbid, and ids are unique over both files: an allow of both says what each would say alone.
    preparsePolicySet(cached.all, { staticPolicies: { ...texts(guardrails), ...texts(approvals) } }),
    preparsePolicySet(cached.guardrails, { staticPolicies: texts(guardrails) }),
    preparsePolicySet(cached.approvals, {
      staticPolicies: { ...texts(approvals), [implicitPermit]: "permit (principal, action, resource);" },
    }),
  ];
  // preparse* do not throw: a failure that nobody looks at would leave a set that is not there.
  const failures = answers.flatMap((answer) => (answer.type === "failure" ? answer.errors : []));
  if (failures.length > 0) throw new PolicyError(failures.map(({ message }) => message));
  return {
    hash,
    guardrails: rules(guardrails),
    approvals: rules(approvals),
    texts: new Map([...ruleTexts(source.guardrails, guardrails), ...ruleTexts(source.approvals, approvals)]),
    tellBranchesByName: [...guardrails, ...approvals].some(({ reach }) => reach.tellsBranchesByName),
    nameOwners: [...guardrails, ...approvals].some(({ reach }) => reach.namesOwners),
    reviewerTeams: teamsOf(approvals.map(({ rule }) => rule)),
    cached,
  };
}

type Parts = readonly Part<{ readonly id: string }>[];

function texts(parts: Parts): Record<string, string> {
  return Object.fromEntries(parts.map(({ rule, text }) => [rule.id, text]));
}

function rules<Rule extends { readonly id: string }>(
  parts: readonly Part<Rule>[],
): ReadonlyMap<string, Rule> {
  return new Map(parts.map(({ rule }) => [rule.id, rule]));
}

function ruleTexts(file: PolicyText, parts: Parts): readonly (readonly [string, RuleText])[] {
  return parts.map(({ rule, text, line }) => [rule.id, { place: `${file.name}:${line}`, text }]);
}

function teamsOf(approvals: readonly ApprovalRule[]): readonly string[] {
  const teams = approvals.flatMap(({ reviewers, escalation }) => [
    ...reviewers,
    ...(escalation?.reviewers ?? []),
  ]);
  return [...new Set(teams)].sort();
}
