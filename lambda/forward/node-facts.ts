// What GraphQL node ids name: asked of GitHub, because an id alone proves nothing and has two spellings.
import { GateError } from "../model/errors.ts";
import type { NodeFacts } from "../model/ports.ts";
import { type Ask, fieldsOf, numberOf, parsed, textOf } from "./read-json.ts";

const what = "what the node ids name";
const inRepository = "repository { databaseId }";
/** Types that belong to a repository and do not say so by the interface RepositoryNode. */
const placed = [
  "Label",
  "Milestone",
  "Release",
  "Commit",
  "CheckRun",
  "CheckSuite",
  "Deployment",
  "PullRequestReviewThread",
];
const query = `query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on Repository { databaseId }
    ... on RepositoryNode { ${inRepository} }
    ... on Ref { prefix name ${inRepository} }
    ... on Issue { number }
    ... on PullRequest { number }
    ${placed.map((type) => `... on ${type} { ${inRepository} }`).join("\n    ")}
    ... on Label { name }
    ... on User { login }
    ... on Bot { login }
  }
}`;

export async function nodesAt(ask: Ask, ids: readonly string[]): Promise<readonly (NodeFacts | undefined)[]> {
  const reply = await ask({
    what,
    repository: undefined,
    segments: [],
    document: { query, variables: { ids } },
  });
  if (reply === undefined) throw new GateError("GH_FACTS_UNAVAILABLE", { what });
  try {
    return nodesIn(parsed(reply.bytes), ids.length);
  } catch (cause) {
    throw new GateError("GH_FACTS_UNAVAILABLE", { what }, { cause });
  }
}

function nodesIn(json: unknown, count: number): (NodeFacts | undefined)[] {
  const { data, errors = [] } = fieldsOf(json);
  // GitHub answers null with an error of this type for ids that it does not show; any other error is no answer.
  const isPartial = !Array.isArray(errors) || errors.some((error) => fieldsOf(error).type !== "NOT_FOUND");
  if (isPartial) throw new Error("GitHub answered with errors");
  const { nodes } = fieldsOf(data);
  if (!Array.isArray(nodes) || nodes.length !== count) throw new Error("not as many nodes as asked for");
  return nodes.map((node: unknown) => (node === null ? undefined : nodeOf(fieldsOf(node))));
}

function nodeOf(node: Readonly<Record<string, unknown>>): NodeFacts {
  const type = textOf(node.__typename);
  const place = type === "Repository" ? node : node.repository;
  const { number } = node;
  const isRef = type === "Ref";
  const name = isRef ? undefined : (node.login ?? node.name);
  return {
    type,
    ...(place === undefined || place === null ? {} : { repositoryId: numberOf(fieldsOf(place).databaseId) }),
    ...(isRef ? { ref: textOf(node.prefix) + textOf(node.name) } : {}),
    ...(number === undefined ? {} : { number: numberOf(number) }),
    ...(name === undefined ? {} : { name: textOf(name) }),
  };
}
