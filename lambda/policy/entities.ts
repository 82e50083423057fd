// Turns what was established about a request into Cedar entities, and checks that none is missing.
import type { EntityJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import type { Repository } from "../model/action.ts";
import type { Access } from "./access.ts";

export type EntityType =
  "User" | "Team" | "GitHub" | "Org" | "Repo" | "Branch" | "Console" | "Session" | "Plan" | "Action";

export function uid(type: EntityType, id: string): TypeAndId {
  return { type: `Gatehouse::${type}`, id };
}

export const gitHub = uid("GitHub", "github");
export const theConsole = uid("Console", "console");

function teamSet(teams: readonly string[]): { __entity: TypeAndId }[] {
  return teams.map((team) => ({ __entity: uid("Team", team) }));
}

export function userEntity(who: { readonly subject: string; readonly teams: readonly string[] }): EntityJson {
  return {
    uid: uid("User", who.subject),
    attrs: {},
    parents: [...new Set(who.teams)].map((team) => uid("Team", team)),
  };
}

export function gitHubEntity(readMany: readonly string[]): EntityJson {
  return { uid: gitHub, attrs: { readMany: teamSet(readMany) }, parents: [] };
}

export function orgEntity(name: string, readMany: readonly string[]): EntityJson {
  return { uid: uid("Org", name.toLowerCase()), attrs: { readMany: teamSet(readMany) }, parents: [gitHub] };
}

export function repoUid(repository: Repository): TypeAndId {
  return uid("Repo", String(repository.id));
}

export function repoEntity(repository: Repository, access: Access): EntityJson {
  return {
    uid: repoUid(repository),
    attrs: {
      fullName: repository.fullName.toLowerCase(),
      isPrivate: repository.isPrivate,
      readers: teamSet(access.readers),
      writers: teamSet(access.writers),
    },
    parents: [uid("Org", repository.owner.toLowerCase())],
  };
}

export interface BranchState {
  /** Fully qualified, or "*" for every branch. */
  readonly ref: string;
  readonly isProtected: boolean;
  readonly isDefault: boolean;
}

export function branchEntity(repository: Repository, branch: BranchState): EntityJson {
  return {
    uid: uid("Branch", `${repository.id}:${branch.ref}`),
    attrs: {
      repo: { __entity: repoUid(repository) },
      ref: branch.ref,
      name: branchName(branch.ref),
      isProtected: branch.isProtected,
      isDefault: branch.isDefault,
    },
    parents: [repoUid(repository)],
  };
}

/** What people call a ref: `main` for refs/heads/main; a tag keeps its prefix, so that nobody takes it for a branch. */
export function branchName(ref: string): string {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : ref;
}

export interface Roles {
  readonly auditors: readonly string[];
  readonly stoppers: readonly string[];
}

export function consoleEntity(roles: Roles): EntityJson {
  return {
    uid: theConsole,
    attrs: { auditors: teamSet(roles.auditors), stoppers: teamSet(roles.stoppers) },
    parents: [],
  };
}

export function sessionEntity(session: string): EntityJson {
  return {
    uid: uid("Session", session),
    attrs: { console: { __entity: theConsole } },
    parents: [theConsole],
  };
}

export function planEntity(plan: string, reviewers: readonly string[]): EntityJson {
  return {
    uid: uid("Plan", plan),
    attrs: { console: { __entity: theConsole }, reviewers: teamSet(reviewers) },
    parents: [theConsole],
  };
}

/**
 * The first entity that a question needs and does not have. Cedar does not mind: a rule about a missing entity or a
 * missing parent is skipped, and a forbid that is skipped allows. Only teams, which stand at the top, may be absent.
 */
export function missingEntity(
  entities: readonly EntityJson[],
  ...needed: readonly TypeAndId[]
): TypeAndId | undefined {
  const given = new Map(entities.map((entity) => [keyOf(typeAndId(entity.uid)), entity]));
  const team = uid("Team", "").type;
  const open = [...needed];
  const seen = new Set<string>();
  for (const next of open) {
    const key = keyOf(next);
    if (next.type === team || seen.has(key)) continue;
    seen.add(key);
    const entity = given.get(key);
    if (entity === undefined) return next;
    open.push(...entity.parents.map(typeAndId));
  }
  return undefined;
}

/**
 * Leaves out what stands above a repository, and takes half of Cedar's time: no attribute leads there, so that only a
 * rule that writes its id could tell. For questions about repositories and branches.
 */
export function withoutOwners(entities: readonly EntityJson[], resource: TypeAndId): EntityJson[] {
  if (resource.type !== repoType && resource.type !== branchType) return [...entities];
  return entities
    .filter((entity) => !ownerTypes.includes(typeAndId(entity.uid).type))
    .map((entity) => {
      const parents = entity.parents.filter((parent) => !ownerTypes.includes(typeAndId(parent).type));
      return parents.length === entity.parents.length ? entity : { ...entity, parents };
    });
}

const repoType = uid("Repo", "").type;
const branchType = uid("Branch", "").type;
const ownerTypes = [uid("Org", "").type, uid("GitHub", "").type];

function typeAndId(uidJson: EntityJson["uid"]): TypeAndId {
  return "__entity" in uidJson ? uidJson.__entity : uidJson;
}

function keyOf({ type, id }: TypeAndId): string {
  return JSON.stringify([type, id]);
}
