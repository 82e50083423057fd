// One question to Cedar, and an answer that cannot be mistaken: whatever went wrong on the way is a failure, never a yes.
import {
  statefulIsAuthorized,
  type Context,
  type EntityJson,
  type TypeAndId,
} from "@cedar-policy/cedar-wasm/nodejs";
import { missingEntity, uid, withoutOwners } from "./entities.ts";
import { implicitPermit, type Policies } from "./policies.ts";

export interface CedarQuestion {
  readonly principal: TypeAndId;
  /** An action of the schema, without its type. */
  readonly action: string;
  readonly resource: TypeAndId;
  readonly context: Context;
  readonly entities: readonly EntityJson[];
}

export type CedarAnswer =
  /** The `@id`s of all satisfied permits. */
  | { readonly is: "allow"; readonly rules: readonly string[] }
  /** The `@id`s of all satisfied forbids; none when no rule permits it. */
  | { readonly is: "deny"; readonly rules: readonly string[] }
  | { readonly is: "failure"; readonly why: string };

/** `all` is both files in one: most requests are allowed by both, and are asked about once. */
export type RuleSet = "all" | "guardrails" | "approvals";

export function ask(policies: Policies, set: RuleSet, question: CedarQuestion): CedarAnswer {
  const missing = missingEntity(question.entities, question.principal, question.resource);
  if (missing !== undefined) return failure(`${missing.type} is not among the entities`);
  try {
    return remembered(policies, set, question);
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
}

/** Answers follow from the question and the policies alone, so the same question has the same answer. Failures are asked anew. */
const answers = new WeakMap<Policies, Map<string, CedarAnswer>>();
const maxAnswers = 4_000;

function remembered(policies: Policies, set: RuleSet, question: CedarQuestion): CedarAnswer {
  const { principal, action, resource, context, entities } = question;
  const key = JSON.stringify([set, principal, action, resource, context, entities]);
  const known = answers.get(policies) ?? new Map<string, CedarAnswer>();
  answers.set(policies, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  const answer = answerTo(policies, set, question);
  if (answer.is === "failure") return answer;
  if (known.size >= maxAnswers) known.clear();
  known.set(key, answer);
  return answer;
}

function answerTo(policies: Policies, set: RuleSet, question: CedarQuestion): CedarAnswer {
  const answer = statefulIsAuthorized({
    principal: question.principal,
    action: uid("Action", question.action),
    resource: question.resource,
    context: question.context,
    entities: policies.nameOwners
      ? [...question.entities]
      : withoutOwners(question.entities, question.resource),
    preparsedSchemaName: policies.cached.schema,
    preparsedPolicySetId: policies.cached[set],
    validateRequest: true,
  });
  if (answer.type === "failure") return failure(answer.errors.map(({ message }) => message).join("; "));
  const { decision, diagnostics } = answer.response;
  // Cedar skips a policy that errors. If it was a forbid, skipping it allowed what it forbids.
  if (diagnostics.errors.length > 0)
    return failure(
      diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`).join("; "),
    );
  const rules = diagnostics.reason.filter((id) => id !== implicitPermit).sort();
  const sets = set === "all" ? [policies.guardrails, policies.approvals] : [policies[set]];
  if (rules.some((id) => !sets.some((known) => known.has(id))))
    return failure("a rule decided that was not loaded");
  return { is: decision, rules };
}

function failure(why: string): CedarAnswer {
  return { is: "failure", why };
}
