// GraphQL after its look-ups: node ids become one repository and its refs, and each write of a document a part of one plan.
import type { Action, MutationField, Part, Repository, RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { GitHubFacts, NodeFacts } from "../model/ports.ts";
import { hasReader, writeOf, type Write } from "./graphql-writes.ts";
import { asked, presentHeads } from "./look-ups.ts";
import { effectWithNodes } from "./mutation-conditions.ts";
import { isGraver } from "./operations.ts";
import type { ResolvedAction } from "./resolved.ts";
import { jsonBody } from "./rest.ts";
import { isAccountName, isRepositoryName } from "./router.ts";

/** Nodes of these types lie in no repository; of any other type without one it is not known. */
const homeless = new Set(["User", "Bot", "Mannequin", "Team", "Organization", "IssueType"]);

export async function resolveMutation(
  action: Action,
  fields: readonly MutationField[],
  facts: GitHubFacts,
): Promise<ResolvedAction> {
  const nodes = await nodesOf(
    fields.flatMap(({ nodeIds }) => nodeIds),
    facts,
  );
  const home = await homeOf(fields, nodes, facts);
  const writes: { readonly part: Part; readonly write: Write; readonly field: MutationField }[] = [];
  for (const field of fields) {
    const effect = effectWithNodes(field, nodes);
    const write =
      home === undefined || !hasReader(field.name) || effect !== "branch-write"
        ? { input: field.input }
        : await writeOf(field, { repository: home, nodes, facts });
    const changesRefs = effect !== "write";
    const refs =
      write.refs === undefined || home === undefined
        ? []
        : await presentHeads(write.refs, write.repository ?? home, facts);
    const part: Part = {
      operation: `graphql/${field.name}`,
      title: field.title,
      effect,
      answerKey: field.answerKey,
      refs,
      touchesAllBranches: changesRefs && refs.length === 0,
    };
    writes.push({ part, write: guarded(write, part), field });
  }
  return planOf(action, writes, home);
}

/** GitHub wants to know on top of which commit: where the client did not say, it is where the branch stands now. */
function guarded(write: Write, { operation, refs }: Part): Write {
  if (operation !== "graphql/createCommitOnBranch" || (write.input.expectedHeadOid ?? null) !== null)
    return write;
  const [only] = refs;
  return only?.change === "update"
    ? { ...write, input: { ...write.input, expectedHeadOid: only.old } }
    : write;
}

/** A write's answer can show as much as a query: it is asked about as one. */
function readBack({ answerKey }: Part): Part {
  const title = "Read what may lie in other repositories";
  const effect = "read-many";
  return { operation: "graphql/query", title, effect, answerKey, refs: [], touchesAllBranches: false };
}

function planOf(
  action: Action,
  writes: readonly { readonly part: Part; readonly write: Write; readonly field: MutationField }[],
  home: Repository | undefined,
): ResolvedAction {
  const parts = writes.flatMap(({ part, field }) => (field.readsMany ? [part, readBack(part)] : [part]));
  const refs = parts.flatMap((part) => part.refs);
  if (new Set(refs.map(({ ref }) => ref)).size < refs.length)
    refuse("it changes one ref twice; send the second change when the first has landed");
  const places = new Map(
    writes.flatMap(({ write }) => {
      const place = write.repository ?? home;
      return place === undefined ? [] : [[place.id, place] as const];
    }),
  );
  if (places.size > 1) refuse("it writes to two repositories; send a document for each");
  const [repository] = places.values();
  const [gravest = "admin"] = parts.map(({ effect }) => effect).sort((a, b) => (isGraver(a, b) ? -1 : 1));
  const inputs = Object.fromEntries(writes.map(({ field, write }) => [field.variable, write.input]));
  const json = withVariables(action.json, inputs);
  const paths = writes.flatMap(({ write }) => write.paths ?? []);
  const touchesAllBranches = parts.some((part) => part.touchesAllBranches);
  return {
    action: {
      ...action,
      effect: gravest,
      ...(home === undefined ? {} : { repository: { owner: home.owner, name: home.name } }),
      paths,
      parameters: Object.assign(
        { ...action.parameters },
        ...writes.map(({ write }) => write.parameters ?? {}),
      ) as Action["parameters"],
      parts,
      json,
      send: { ...action.send, body: jsonBody(json) },
    },
    ...(repository === undefined ? {} : { repository }),
    refs,
    touchesAllBranches,
    paths,
  };
}

/** A query that starts from nodes reads where they lie; more than one repository makes it one that spans them. */
export async function resolveQuery(
  action: Action,
  nodeIds: readonly string[],
  facts: GitHubFacts,
): Promise<ResolvedAction> {
  const plain = { refs: [], touchesAllBranches: false, paths: [] };
  if (action.effect !== "read") return { ...plain, action };
  const found = new Map<number, Repository>();
  const add = (repository: Repository): void => void found.set(repository.id, repository);
  if (action.repository !== undefined) add(await repositoryNamed(action.repository, facts));
  const nodes = await nodesOf(nodeIds, facts);
  const isElsewhere = [...nodes.values()].some(({ repositoryId }) => repositoryId === undefined);
  for (const { repositoryId } of nodes.values())
    if (repositoryId !== undefined) add(await repositoryNumbered(repositoryId, facts));
  const [repository, ...more] = found.values();
  if (isElsewhere || more.length > 0) return { ...plain, action: { ...action, effect: "read-many" } };
  if (repository === undefined) return { ...plain, action };
  const { owner, name } = repository;
  return { ...plain, repository, action: { ...action, repository: { owner, name } } };
}

async function nodesOf(ids: readonly string[], facts: GitHubFacts): Promise<ReadonlyMap<string, NodeFacts>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const found = await asked("what the node ids name", () => facts.nodes(wanted));
  return new Map(
    wanted.map((id, index) => {
      const node = found[index];
      if (node === undefined) throw new GateError("GH_NOT_FOUND", { what: "node" });
      return [id, node] as const;
    }),
  );
}

/** The one repository that all nodes and names lie in. Undefined when it cannot be said: then policy has no permit. */
async function homeOf(
  fields: readonly MutationField[],
  nodes: ReadonlyMap<string, NodeFacts>,
  facts: GitHubFacts,
): Promise<Repository | undefined> {
  const homes = new Map<number, Repository>();
  let isKnown = true;
  for (const field of fields) {
    let isPlaced = false;
    const name = committedTo(field);
    if (name !== undefined) {
      const repository = await repositoryNamed(name, facts);
      homes.set(repository.id, repository);
      isPlaced = true;
    }
    for (const id of field.nodeIds) {
      const node = nodes.get(id);
      if (node?.repositoryId !== undefined) {
        if (!homes.has(node.repositoryId))
          homes.set(node.repositoryId, await repositoryNumbered(node.repositoryId, facts));
        isPlaced = true;
      } else if (node === undefined || !homeless.has(node.type)) isKnown = false;
    }
    // Each write needs a place of its own: one that has none must not borrow its neighbour's.
    if (!isPlaced) isKnown = false;
  }
  if (homes.size > 1) refuse("its writes lie in more than one repository; send a document for each of them");
  const [home] = homes.values();
  return isKnown ? home : undefined;
}

/** createCommitOnBranch names its branch by id or by names; both at once could be two branches. */
function committedTo({ name, input }: MutationField): RepositoryName | undefined {
  if (name !== "createCommitOnBranch") return undefined;
  const branch = input.branch;
  if (typeof branch !== "object" || branch === null) return refuse("branch is not an object");
  const {
    id = null,
    repositoryNameWithOwner = null,
    branchName = null,
    ...more
  } = branch as Readonly<Record<string, unknown>>;
  const isById = id !== null;
  if (Object.keys(more).length > 0 || isById === (repositoryNameWithOwner !== null || branchName !== null))
    refuse("branch must hold an id, or repositoryNameWithOwner and branchName, and not both");
  if (isById) return undefined;
  const [owner = "", repository = "", ...rest] =
    typeof repositoryNameWithOwner === "string" ? repositoryNameWithOwner.split("/") : [];
  if (!isAccountName(owner) || !isRepositoryName(repository) || rest.length > 0)
    return refuse("repositoryNameWithOwner is not a name that GitHub gives");
  return { owner, name: repository };
}

async function repositoryNamed(name: RepositoryName, facts: GitHubFacts): Promise<Repository> {
  const found = await asked("which repository this is", () => facts.repository(name));
  if (found === undefined)
    throw new GateError("GH_REPOSITORY_NOT_FOUND", { repository: `${name.owner}/${name.name}` });
  return found;
}

async function repositoryNumbered(id: number, facts: GitHubFacts): Promise<Repository> {
  const found = await asked("which repository this is", () => facts.repositoryById(id));
  if (found === undefined)
    throw new GateError("GH_REPOSITORY_NOT_FOUND", { repository: `the repository with the id ${id}` });
  return found;
}

function withVariables(json: unknown, inputs: Readonly<Record<string, unknown>>): unknown {
  const { query, variables } = json as {
    readonly query: string;
    readonly variables: Record<string, unknown>;
  };
  return { query, variables: { ...variables, ...inputs } };
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
