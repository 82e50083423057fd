// What a rule can look at at all: of what no rule can, Cedar need not be told.

export interface Reach {
  /** Reads an attribute that holds a branch's name, or writes a branch's id; `resource is Branch` names none. */
  readonly tellsBranchesByName: boolean;
  /** Writes the id of an organisation, or of GitHub as a whole. */
  readonly namesOwners: boolean;
}

/** `policy` is a rule in Cedar's JSON: https://docs.cedarpolicy.com/policies/json-format.html */
export function reachOf(policy: object): Reach {
  return {
    tellsBranchesByName: some(policy, ({ attr, type, id }) => {
      return attr === "ref" || attr === "name" || isId(type, id, "Branch");
    }),
    namesOwners: some(policy, ({ type, id }) => isId(type, id, "Org") || isId(type, id, "GitHub")),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isId(type: unknown, id: unknown, name: string): boolean {
  return id !== undefined && typeof type === "string" && type.endsWith(`::${name}`);
}

function some(value: unknown, matches: (fields: Fields) => boolean): boolean {
  if (Array.isArray(value)) return value.some((one) => some(one, matches));
  if (typeof value !== "object" || value === null) return false;
  return matches(value as Fields) || Object.values(value).some((one) => some(one, matches));
}
