// What a rule can look at at all: of what no rule can, Cedar need neither be told nor asked.
import { schemaToJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicyText } from "./source.ts";

export interface Reach {
  /** Reads an attribute that holds a branch's name, or writes a branch's id; `resource is Branch` names none. */
  readonly tellsBranchesByName: boolean;
  /** Writes the id of an organisation, or of GitHub as a whole. */
  readonly namesOwners: boolean;
  /** Those of the schema's actions that its head lets through. */
  readonly actions: readonly string[];
}

/** By name: the action itself, and the groups above it. */
export type Actions = ReadonlyMap<string, ReadonlySet<string>>;

/** Of a schema that was accepted. */
export function actionsOf(schema: PolicyText): Actions {
  const answer = schemaToJson(schema.text);
  if (answer.type === "failure") return new Map();
  const groups = new Map(
    Object.values(answer.json).flatMap(({ actions }) =>
      Object.entries(actions).map(
        ([name, { memberOf = [] }]) => [name, memberOf.map(({ id }) => id)] as const,
      ),
    ),
  );
  return new Map([...groups.keys()].map((name) => [name, withGroups(name, groups)]));
}

function withGroups(name: string, groups: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found) for (const group of groups.get(one) ?? []) found.add(group);
  return found;
}

/** `policy` is a rule in Cedar's JSON: https://docs.cedarpolicy.com/policies/json-format.html */
export function reachOf(policy: object, actions: Actions): Reach {
  const named = "action" in policy ? namedActions(policy.action) : undefined;
  return {
    tellsBranchesByName: some(policy, ({ attr, type, id }) => {
      return attr === "ref" || attr === "name" || isId(type, id, "Branch");
    }),
    namesOwners: some(policy, ({ type, id }) => isId(type, id, "Org") || isId(type, id, "GitHub")),
    // A head that is not understood lets everything through.
    actions: [...actions]
      .filter(([, all]) => named === undefined || named.some((name) => all.has(name)))
      .map(([name]) => name),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function namedActions(head: unknown): readonly string[] | undefined {
  if (typeof head !== "object" || head === null) return undefined;
  const { op, entity, entities } = head as Fields;
  const listed: unknown[] | undefined = Array.isArray(entities)
    ? entities
    : entity === undefined
      ? undefined
      : [entity];
  if ((op !== "==" && op !== "in") || listed === undefined) return undefined;
  const names = listed.map((one) => (one as Fields | null)?.id);
  return names.every((name) => typeof name === "string") ? names : undefined;
}

function isId(type: unknown, id: unknown, name: string): boolean {
  return id !== undefined && typeof type === "string" && type.endsWith(`::${name}`);
}

function some(value: unknown, matches: (fields: Fields) => boolean): boolean {
  if (Array.isArray(value)) return value.some((one) => some(one, matches));
  if (typeof value !== "object" || value === null) return false;
  return matches(value as Fields) || Object.values(value).some((one) => some(one, matches));
}
