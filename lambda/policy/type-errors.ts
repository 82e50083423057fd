// What Cedar's validator says of a policy file, made useful: file and line, once each, and the name that was meant.
import {
  schemaToJson,
  validate,
  type DetailedError,
  type ValidationError,
} from "@cedar-policy/cedar-wasm/nodejs";
import { nearest } from "./nearest.ts";
import { lineAt } from "./policy-error.ts";
import type { PolicyText } from "./source.ts";

interface Placed {
  readonly text: string;
  readonly line: number;
}

/** Every problem, in the order of the file. */
export function typeErrors(
  file: PolicyText,
  schema: PolicyText,
  found: ReadonlyMap<string, Placed>,
): readonly string[] {
  const staticPolicies = Object.fromEntries([...found].map(([id, { text }]) => [id, text]));
  const answer = validate({ schema: schema.text, policies: { staticPolicies } });
  if (answer.type === "failure") return answer.errors.map(({ message }) => `${file.name}: ${message}`);
  const complaints = causes([...answer.validationErrors, ...answer.validationWarnings]);
  const words = complaints.length === 0 ? noWords : wordsOf(schema);
  // "This policy is impossible" is only a warning to Cedar; a rule that can never apply protects nobody.
  const problems = complaints
    .map(({ policyId, error }) => {
      const part = found.get(policyId);
      const offset = error.sourceLocations?.[0]?.start ?? 0;
      const line = part === undefined ? 1 : part.line + lineAt(part.text, offset) - 1;
      const message = error.message
        .replace(/^for policy `([^`]*)`, /, 'policy "$1": ')
        // The same for each action that the rule is about.
        .replace(/ in context for \S+ not found/, " in the context not found");
      return { line, text: `${file.name}:${line}: ${message}${hintOf(error, words)}` };
    })
    .sort((a, b) => a.line - b.line);
  const others = answer.otherWarnings.map(({ message }) => `${file.name}: ${message}`);
  return [...new Set([...problems.map(({ text }) => text), ...others])];
}

/** A name that does not exist also makes its rule inapplicable; only the first is what somebody has to mend. */
function causes(errors: readonly ValidationError[]): readonly ValidationError[] {
  const misnamed = new Set(errors.filter(isMisnamed).map(({ policyId }) => policyId));
  return errors.filter((error) => isMisnamed(error) || !misnamed.has(error.policyId));
}

function isMisnamed({ error }: ValidationError): boolean {
  return /unrecognized|not found/.test(error.message);
}

interface Words {
  readonly actions: readonly string[];
  /** By full name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const noWords: Words = { actions: [], attributes: new Map() };

function hintOf(error: DetailedError, { actions, attributes }: Words): string {
  const [, action] = /unrecognized action `[^`"]*"([^"`]*)"`/.exec(error.message) ?? [];
  // Cedar compares whole names: a forgotten namespace makes it suggest another action.
  const meant = action === undefined ? undefined : nearest(action, actions);
  if (meant !== undefined) return ` (did you mean \`Gatehouse::Action::"${meant}"\`?)`;
  if (error.help !== null) return ` (${error.help})`;
  const [, type = ""] = /attribute `[^`]*` on entity type `([^`]*)` not found/.exec(error.message) ?? [];
  const known = attributes.get(type);
  if (known === undefined) return "";
  return known.length === 0 ? ` (${type} has no attributes)` : ` (${type} has: ${known.join(", ")})`;
}

function wordsOf(schema: PolicyText): Words {
  const answer = schemaToJson(schema.text);
  if (answer.type === "failure") return noWords;
  const spaces = Object.entries(answer.json);
  return {
    actions: spaces.flatMap(([, { actions }]) => Object.keys(actions)),
    attributes: new Map(
      spaces.flatMap(([space, { entityTypes }]) =>
        Object.entries(entityTypes).map(([name, type]): [string, readonly string[]] => [
          `${space}::${name}`,
          attributesOf(type),
        ]),
      ),
    ),
  };
}

function attributesOf(type: object): readonly string[] {
  const shape = "shape" in type ? type.shape : undefined;
  if (typeof shape !== "object" || shape === null || !("attributes" in shape)) return [];
  return typeof shape.attributes === "object" && shape.attributes !== null
    ? Object.keys(shape.attributes)
    : [];
}
