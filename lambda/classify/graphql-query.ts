// GraphQL queries: a read of one repository where every field stays inside it, otherwise one that may span several.
import type { FieldNode } from "graphql";
import type { Action, RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { argumentsOf, rootFields, type Reading } from "./graphql-document.ts";
import { stays } from "./graphql-reads.ts";
import { printed } from "./graphql-print.ts";
import { isAccountName, isRepositoryName } from "./router.ts";

/** Nothing of anybody's repositories: the schema, limits. */
const publicFields = new Set(["__schema", "__type", "__typename", "rateLimit"]);
/** As many as GitHub says in one answer where they lie. */
const maxNodeIds = 100;

interface Reach {
  repositories: RepositoryName[];
  nodeIds: string[];
  spans: boolean;
}

export function queryAction(reading: Reading): Omit<Action, "send"> {
  const reach: Reach = { repositories: [], nodeIds: [], spans: false };
  const fields = rootFields(reading);
  for (const field of fields) follow(field, reading, reach);
  const nodeIds = [...new Set(reach.nodeIds)];
  const [repository, ...more] = reach.repositories;
  const isOne = more.every((other) => isSame(other, repository));
  // One that is not looked up could lie in any repository.
  const spans = reach.spans || !isOne || nodeIds.length > maxNodeIds;
  const isPublic = !spans && repository === undefined && nodeIds.length === 0;
  const names = [...new Set(fields.map(({ name }) => name.value))].join(", ");
  return {
    surface: "graphql",
    operation: isPublic ? "graphql/public-facts" : "graphql/query",
    title: `GraphQL query: ${names}`.slice(0, 200),
    effect: spans ? "read-many" : "read",
    ...(repository === undefined || !isOne ? {} : { repository }),
    branches: { from: "none" },
    paths: [],
    parameters: { fields: names.slice(0, 1_000) },
    graphql: { is: "query", nodeIds: spans ? [] : nodeIds },
    json: printed(reading),
  };
}

function follow(field: FieldNode, reading: Reading, reach: Reach): void {
  const values = argumentsOf(field, reading.variables);
  const isWithin = (type: string): boolean => stays(type, field.selectionSet, reading.fragments);
  switch (field.name.value) {
    case "repository": {
      reach.repositories.push(nameIn(values));
      if (!isWithin("Repository")) reach.spans = true;
      return;
    }
    case "node":
    case "nodes": {
      const ids = field.name.value === "node" ? [values.id] : values.ids;
      if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string") || ids.length > 50)
        return refuse("a node id is not a string, or there are more than 50");
      reach.nodeIds.push(...ids);
      if (!isWithin("Node")) reach.spans = true;
      return;
    }
    case "search": {
      const found = repositorySearched(values);
      if (found === undefined || !isWithin("SearchResults")) reach.spans = true;
      else reach.repositories.push(found);
      return;
    }
    case "viewer":
      if (!isWithin("User")) reach.spans = true;
      return;
    default:
      if (!publicFields.has(field.name.value)) reach.spans = true;
  }
}

function nameIn({ owner, name }: Readonly<Record<string, unknown>>): RepositoryName {
  if (
    typeof owner !== "string" ||
    !isAccountName(owner) ||
    typeof name !== "string" ||
    !isRepositoryName(name)
  )
    return refuse("repository(owner, name) does not hold names that GitHub gives");
  return { owner, name };
}

/** A search for issues that one `repo:` binds: qualifiers narrow each other unless words like OR stand between. */
function repositorySearched({ query, type }: Readonly<Record<string, unknown>>): RepositoryName | undefined {
  if (type !== "ISSUE" || typeof query !== "string" || /["()\\]/.test(query)) return undefined;
  const words = query.trim().split(/\s+/);
  if (words.some((word) => /^(?:OR|AND|NOT)$/i.test(word) || /^-?(?:org|user|owner|enterprise):/i.test(word)))
    return undefined;
  const bound = words.filter((word) => /repo:/i.test(word));
  const [, owner, name] = /^repo:([^/:,]+)\/([^/:,]+)$/i.exec(bound[0] ?? "") ?? [];
  if (bound.length !== 1 || owner === undefined || name === undefined) return undefined;
  return isAccountName(owner) && isRepositoryName(name) ? { owner, name } : undefined;
}

function isSame(a: RepositoryName, b: RepositoryName | undefined): boolean {
  return a.owner.toLowerCase() === b?.owner.toLowerCase() && a.name.toLowerCase() === b.name.toLowerCase();
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
