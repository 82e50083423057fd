// The sandbox's GraphQL: GitHub's own names and ids, on the same repositories as REST and git.
import {
  execute,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  GraphQLError,
  type ExecutionResult,
} from "graphql";
import { GitHubError, type Answer, type Json } from "./github-answers.ts";
import {
  nodeAt,
  repositoryCalled,
  repositoryNode,
  viewer,
  type GraphQLWorld,
} from "./github-graphql-nodes.ts";
import { mutations } from "./github-graphql-mutations.ts";
import { connection, pullsOf } from "./github-graphql-threads.ts";
import { schema } from "./github-graphql-schema.ts";

/** Answers one GraphQL request: 200 with `errors` inside for whatever goes wrong in it, as GitHub does. */
export async function answerGraphQL(world: GraphQLWorld, body: Json, nowMs: number): Promise<Answer> {
  const { query, variables, operationName } = body;
  if (typeof query !== "string")
    throw new GitHubError(400, "A query attribute must be specified and must be a string.");
  const result = await run(
    query,
    { ...queries(world), ...mutations(world, nowMs) },
    {
      ...(typeof variables === "object" && variables !== null ? { variableValues: variables as Json } : {}),
      ...(typeof operationName === "string" ? { operationName } : {}),
    },
  );
  return { status: 200, json: asGitHub(result) };
}

/** GitHub merges fields of one name and different enums, as `gh issue view` asks for them. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

async function run(
  query: string,
  rootValue: Json,
  options: { variableValues?: Json; operationName?: string },
): Promise<ExecutionResult> {
  try {
    const document = parse(query);
    const errors = validate(schema, document, rules);
    return errors.length > 0 ? { errors } : await execute({ schema, document, rootValue, ...options });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

/** "mutation createRef": for the log of what arrived. Undefined for what is no document. */
export function namedOperation(body: Json): string | undefined {
  try {
    const [operation] = parse(String(body.query), { noLocation: true }).definitions;
    if (operation === undefined || !("operation" in operation)) return undefined;
    const fields = operation.selectionSet.selections.map((one) => ("name" in one ? one.name.value : "…"));
    return `${operation.operation} ${fields.join(" ")}`;
  } catch {
    return undefined;
  }
}

function asGitHub({ data, errors }: ExecutionResult): Json {
  if (errors === undefined) return { data };
  const shown = errors.map(({ message, path, locations, extensions }) => ({
    ...(typeof extensions.type === "string" ? { type: extensions.type } : {}),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  }));
  return { ...(data === undefined ? {} : { data }), errors: shown };
}

function queries(world: GraphQLWorld): Json {
  return {
    viewer,
    rateLimit: { limit: 5_000, remaining: 4_999, cost: 1 },
    repository: ({ owner, name }: { owner: string; name: string }) =>
      repositoryNode(world, repositoryCalled(world, `${owner}/${name}`)),
    node: ({ id }: { id: string }) => nodeAt(world, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => nodeAt(world, id)),
    search: ({ query }: { query: string }) => searchIn(world, query),
  };
}

/** As much of the search language as `gh pr status` uses: open threads of one repository, by their author. */
async function searchIn(world: GraphQLWorld, query: string): Promise<Json> {
  const word = (key: string): string | undefined => new RegExp(`(?:^| )${key}:(\\S+)`).exec(query)?.[1];
  const repository = repositoryCalled(world, word("repo") ?? "");
  const states = word("state") === "open" ? ["OPEN"] : null;
  const { nodes } = (await pullsOf(world, repository, { states })) as { nodes: readonly Json[] };
  const author = word("author");
  const found = nodes.filter(
    (pull) => word("review-requested") === undefined && (author ?? loginOf(pull)) === loginOf(pull),
  );
  return { ...connection(found), issueCount: found.length };
}

function loginOf({ author }: Json): unknown {
  return (author as Json).login;
}
