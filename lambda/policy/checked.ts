// Checks the two policy files and the schema, and refuses whatever would not do what it says.
import { createHash } from "node:crypto";
import {
  checkParseSchema,
  policySetTextToParts,
  policyToJson,
  type DetailedError,
} from "@cedar-policy/cedar-wasm/nodejs";
import { lineAt, PolicyError } from "./policy-error.ts";
import { reachOf, type Reach } from "./reach.ts";
import { approvalRule, guardrailRule, idOf, type ApprovalRule, type GuardrailRule } from "./rules.ts";
import type { PolicySource, PolicyText } from "./source.ts";
import { typeErrors } from "./type-errors.ts";

/** What the checks found, as plain JSON: a bundle brings it along, so that a cold start need not check again. */
export interface Checked {
  /** Of the texts that were checked: `hashOf`. */
  readonly hash: string;
  readonly guardrails: readonly Part<GuardrailRule>[];
  readonly approvals: readonly Part<ApprovalRule>[];
}

export interface Part<Rule> {
  readonly rule: Rule;
  readonly text: string;
  readonly line: number;
  readonly reach: Reach;
}

/** SHA-256 over the three texts, hex. */
export function hashOf({ schema, guardrails, approvals }: PolicySource): string {
  return createHash("sha256")
    .update(JSON.stringify([schema.text, guardrails.text, approvals.text]))
    .digest("hex");
}

/** Throws PolicyError with every problem found. */
export function checkPolicies(source: PolicySource): Checked {
  checkSchema(source.schema);
  const problems: string[] = [];
  const guardrails = parts(source.guardrails, guardrailRule, problems);
  const approvals = parts(source.approvals, approvalRule, problems);
  for (const id of approvals.keys())
    if (guardrails.has(id))
      problems.push(
        `${source.approvals.name}: policy "${id}" exists in ${source.guardrails.name} too; ids are unique.`,
      );
  if (problems.length === 0) {
    problems.push(...typeErrors(source.guardrails, source.schema, guardrails));
    problems.push(...typeErrors(source.approvals, source.schema, approvals));
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return {
    hash: hashOf(source),
    guardrails: [...guardrails.values()],
    approvals: [...approvals.values()],
  };
}

function checkSchema(schema: PolicyText): void {
  const answer = checkParseSchema(schema.text);
  if (answer.type === "failure")
    throw new PolicyError(answer.errors.map((error) => syntaxError(schema, error)));
}

type ParseRule<Rule> = (
  id: string,
  effect: "permit" | "forbid",
  annotations: Readonly<Record<string, string | null>>,
  complain: (problem: string) => void,
) => Rule;

function parts<Rule>(file: PolicyText, parse: ParseRule<Rule>, problems: string[]): Map<string, Part<Rule>> {
  const found = new Map<string, Part<Rule>>();
  const answer = policySetTextToParts(file.text);
  if (answer.type === "failure") {
    problems.push(...answer.errors.map((error) => syntaxError(file, error)));
    return found;
  }
  if (answer.policy_templates.length > 0)
    problems.push(`${file.name}: templates (?principal, ?resource) are not supported.`);
  if (answer.policies.length === 0)
    problems.push(`${file.name}: there is no policy in this file; an empty one is taken for a mistake.`);
  for (const text of answer.policies) {
    const line = lineOf(file.text, text);
    const complain = (problem: string): void => void problems.push(`${file.name}:${line}: ${problem}`);
    const json = policyToJson(text);
    if (json.type === "failure") {
      complain(json.errors.map(({ message }) => message).join("; "));
      continue;
    }
    const annotations: Readonly<Record<string, string | null>> = json.json.annotations ?? {};
    const named = idOf(annotations);
    if ("problem" in named) complain(named.problem);
    else if (found.has(named.id)) complain(`policy "${named.id}" exists twice; ids are unique.`);
    else
      found.set(named.id, {
        rule: parse(named.id, json.json.effect, annotations, complain),
        text,
        line,
        reach: reachOf(json.json),
      });
  }
  return found;
}

/** Cedar returns the parts verbatim, but neither in order nor with their place. */
function lineOf(text: string, part: string): number {
  return text.slice(0, Math.max(0, text.indexOf(part))).split("\n").length;
}

function syntaxError(file: PolicyText, error: DetailedError): string {
  const at = error.sourceLocations?.[0];
  const place = at === undefined ? file.name : `${file.name}:${lineAt(file.text, at.start)}`;
  const hint = at?.label ?? error.help;
  const message = error.message.replace(/^failed to parse [^:]*: (error parsing schema: )?/, "");
  return hint === null ? `${place}: ${message}` : `${place}: ${message} (${hint})`;
}
