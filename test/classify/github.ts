// GitHub as the tests of GraphQL find it: three repositories, a few nodes in them, and what asks about each.
import type { Action, Repository } from "../../lambda/model/action.ts";
import type { GitHubFacts, NodeFacts, PullFacts } from "../../lambda/model/ports.ts";
import { resolve, type ResolvedAction } from "../../lambda/classify/resolve.ts";
import { ask, sentText } from "./requests.ts";

export const oid = (digit: string): string => digit.repeat(40);
const app: Repository = {
  id: 7,
  owner: "acme",
  name: "app",
  fullName: "acme/app",
  defaultBranch: "main",
  isPrivate: true,
};
const vault: Repository = { ...app, id: 8, name: "vault", fullName: "acme/vault" };
const fork: Repository = { ...app, id: 9, owner: "bob", fullName: "bob/app" };

const nodes: Readonly<Record<string, NodeFacts>> = {
  R_app: { type: "Repository", repositoryId: 7 },
  R_vault: { type: "Repository", repositoryId: 8 },
  R_gone: { type: "Repository", repositoryId: 99 },
  REF_main: { type: "Ref", repositoryId: 7, ref: "refs/heads/main" },
  REF_dev: { type: "Ref", repositoryId: 7, ref: "refs/heads/dev" },
  REF_tag: { type: "Ref", repositoryId: 7, ref: "refs/tags/v1" },
  REF_blank: { type: "Ref", repositoryId: 7 },
  PR_5: { type: "PullRequest", repositoryId: 7, number: 5 },
  PR_fork: { type: "PullRequest", repositoryId: 7, number: 6 },
  PR_blank: { type: "PullRequest", repositoryId: 7 },
  PR_vault: { type: "PullRequest", repositoryId: 8, number: 5 },
  I_1: { type: "Issue", repositoryId: 7, number: 1 },
  U_bob: { type: "User", name: "bob" },
  BOT: { type: "Bot", name: "copilot-swe-agent" },
  LA_bug: { type: "Label", repositoryId: 7, name: "bug" },
  PVT: { type: "ProjectV2" },
};

/** A head of its own for each place, so that none can be taken for another. */
const heads: Readonly<Record<string, string>> = {
  "acme/app refs/heads/main": oid("a"),
  "acme/app refs/heads/dev": oid("d"),
  "acme/app refs/heads/feature": oid("f"),
  "bob/app refs/heads/feature": oid("e"),
  "acme/vault refs/heads/main": oid("1"),
};

const pull = (number: number): PullFacts => ({
  number,
  title: "x",
  baseRef: "main",
  baseOid: oid("a"),
  headRef: "feature",
  headOid: number === 6 ? oid("e") : oid("f"),
  headRepository: { owner: number === 6 ? "bob" : "acme", name: "app" },
  state: "open",
});

const unasked = (): never => {
  throw new Error("nobody should ask this");
};

export const github: GitHubFacts = {
  repository: ({ owner, name }) =>
    Promise.resolve([app, vault, fork].find((one) => one.fullName === `${owner}/${name}`)),
  repositoryById: (id) => Promise.resolve([app, vault, fork].find((one) => one.id === id)),
  ref: ({ fullName }, ref) => Promise.resolve(heads[`${fullName} ${ref}`]),
  nodes: (ids) => Promise.resolve(ids.map((id) => nodes[id])),
  pull: (_repository, number) => Promise.resolve(pull(number)),
  branchFlag: unasked,
  hasBranchRules: unasked,
  symbolicTarget: unasked,
  object: unasked,
  compare: unasked,
  mergeBase: unasked,
};

export const graphql = (query: string, variables: object = {}): Promise<Action> =>
  ask("POST", "/api/graphql", { json: { query, variables } });

export const resolved = async (
  query: string,
  variables: object = {},
  facts: Partial<GitHubFacts> = {},
): Promise<ResolvedAction> => resolve(await graphql(query, variables), { ...github, ...facts });

export interface SentDocument {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export const documentSent = (action: Action): SentDocument =>
  JSON.parse(sentText(action) ?? "") as SentDocument;

/** The input that GitHub gets of a document's first mutation. */
export const inputSent = ({ action }: { readonly action: Action }): Record<string, unknown> =>
  documentSent(action).variables.input0 as Record<string, unknown>;
