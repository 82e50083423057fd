// What the gateway asks GitHub before it decides, with its own read credential. No answer is never read as "no".
import type { Oid, Repository, RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { header } from "../model/http.ts";
import type { Clock, Credentials, GitHubFacts, PullFacts, Upstream } from "../model/ports.ts";
import { nodesAt } from "./node-facts.ts";
import { symbolicTargetAt } from "./symbolic-refs.ts";
import { checkedObject, commitBytes, treeBytes } from "./git-objects.ts";
import {
  type Ask,
  booleanOf,
  createAsk,
  fieldsOf,
  numberOf,
  oidOf,
  parsed,
  type Question,
  textOf,
} from "./read-json.ts";

const repositoryFreshForMs = 60_000;
const maxKnownRepositories = 2_000;
const maxObjectBytes = 32 * 1024 * 1024;
const rulesPerPage = 100;
const maxRulePages = 20;

export interface FactsPorts {
  readonly upstream: Pick<Upstream, "send">;
  readonly credentials: Credentials;
  readonly clock: Clock;
}

export interface RememberingFacts extends GitHubFacts {
  /** Drops what is remembered of this repository, or of all. */
  forget(repositoryId: number | undefined): void;
}

export function createFacts({ upstream, credentials, clock }: FactsPorts): RememberingFacts {
  const ask = createAsk(upstream, credentials);
  const known = new Map<string, { readonly repository: Repository; readonly atMs: number }>();

  /** Answers to what was asked before a `forget` must not be remembered after it. */
  let generation = 0;

  async function cachedRepository(
    key: string,
    name: RepositoryName | undefined,
    segments: readonly string[],
    isFresh = false,
  ): Promise<Repository | undefined> {
    const cached = isFresh ? undefined : known.get(key);
    if (cached !== undefined && clock.now() - cached.atMs < repositoryFreshForMs) return cached.repository;
    known.delete(key);
    const asked = generation;
    const repository = await answer(
      ask,
      { what: "which repository this is", repository: name, segments, followsRename: true },
      repositoryOf,
    );
    if (repository === undefined || asked !== generation) return repository;
    const [oldest] = known.keys();
    if (known.size >= maxKnownRepositories && oldest !== undefined) known.delete(oldest);
    known.set(key, { repository, atMs: clock.now() });
    return repository;
  }

  return {
    forget(repositoryId) {
      generation += 1;
      for (const [key, { repository }] of known)
        if (repositoryId === undefined || repository.id === repositoryId) known.delete(key);
    },

    repository(name, options) {
      const key = `${name.owner}/${name.name}`.toLowerCase();
      return cachedRepository(key, name, ["repos", name.owner, name.name], options?.isFresh);
    },

    repositoryById(id) {
      return cachedRepository(`#${id}`, undefined, ["repositories", String(id)]);
    },

    ref(repository, ref) {
      const short = ref.replace(/^refs\//, "").split("/");
      return answer(
        ask,
        question(repository, `where ${ref} stands`, ["git", "ref", ...short]),
        (json): Oid | undefined => {
          const { ref: found, object } = fieldsOf(json);
          // Byte by byte: a file system that folds case must not lend one branch the place of another.
          return textOf(found) === ref ? oidOf(fieldsOf(object).sha) : undefined;
        },
      );
    },

    nodes(ids) {
      return nodesAt(ask, ids);
    },

    pull(repository, number) {
      return answer(
        ask,
        question(repository, "what this pull request would merge", ["pulls", String(number)]),
        pullOf,
      );
    },

    branchFlag(repository, branch) {
      return answer(
        ask,
        question(repository, `whether ${branch} is protected`, ["branches", ...branch.split("/")]),
        (json) => booleanOf(fieldsOf(json).protected),
      );
    },

    async hasBranchRules(repository, branch) {
      const what = `whether rules apply to ${branch}`;
      for (let page = 1; page <= maxRulePages; page++) {
        const query = [
          ["per_page", String(rulesPerPage)],
          ["page", String(page)],
        ] as const;
        const segments = ["rules", "branches", ...branch.split("/")];
        const reply = await ask({ ...question(repository, what, segments), query });
        // GitHub answers [] for branches that do not exist; 404 says that we may not look.
        if (reply === undefined) throw new GateError("GH_FACTS_UNAVAILABLE", { what });
        const rules = understood(what, () => listOf(parsed(reply.bytes)));
        if (rules.length > 0) return true;
        if (!/rel="?next"?/.test(header(reply.headers, "link") ?? "")) return false;
      }
      throw new GateError("GH_FACTS_UNAVAILABLE", { what });
    },

    symbolicTarget(repository, ref) {
      return symbolicTargetAt(ask, repository, ref);
    },

    async object(repository, kind, oid) {
      const asked = question(repository, `what ${kind} ${oid} holds`, ["git", `${kind}s`, oid]);
      const reply = await ask(
        kind === "blob"
          ? { ...asked, accept: "application/vnd.github.raw+json", maxBytes: maxObjectBytes }
          : asked,
      );
      if (reply === undefined) return undefined;
      return understood(asked.what, () => {
        switch (kind) {
          case "blob":
            return checkedObject(kind, oid, reply.bytes);
          case "tree":
            return checkedObject(kind, oid, treeBytes(parsed(reply.bytes)));
          case "commit":
            return commitBytes(parsed(reply.bytes), oid);
        }
      });
    },

    mergeBase(repository, base, head) {
      const asked = question(repository, "where two histories parted", ["compare", `${base}...${head}`]);
      return answer(ask, { ...asked, query: [["per_page", "1"]] }, (json) =>
        oidOf(fieldsOf(fieldsOf(json).merge_base_commit).sha),
      );
    },

    async compare(repository, base, head) {
      const asked = question(repository, "how two commits relate", ["compare", `${base}...${head}`]);
      // One commit is enough: only the status is read.
      const status = await answer(
        ask,
        { ...asked, query: [["per_page", "1"]] },
        (json) => fieldsOf(json).status,
      );
      switch (status) {
        case "ahead":
        case "behind":
        case "diverged":
        case "identical":
          return status;
        default:
          return "unknown";
      }
    },
  };
}

function question({ owner, name }: Repository, what: string, segments: readonly string[]): Question {
  return { what, repository: { owner, name }, segments: ["repos", owner, name, ...segments] };
}

/** The reply's JSON, read. Undefined for 404. */
async function answer<T>(ask: Ask, asked: Question, read: (json: unknown) => T): Promise<T | undefined> {
  const reply = await ask(asked);
  return reply === undefined ? undefined : understood(asked.what, () => read(parsed(reply.bytes)));
}

/** An answer in another shape than documented is no answer. */
function understood<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new GateError("GH_FACTS_UNAVAILABLE", { what }, { cause });
  }
}

function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new Error("not a list");
  return json;
}

function repositoryOf(json: unknown): Repository {
  const repository = fieldsOf(json);
  return {
    id: numberOf(repository.id),
    owner: textOf(fieldsOf(repository.owner).login),
    name: textOf(repository.name),
    fullName: textOf(repository.full_name),
    defaultBranch: textOf(repository.default_branch),
    isPrivate: booleanOf(repository.private),
  };
}

function pullOf(json: unknown): PullFacts {
  const pull = fieldsOf(json);
  const base = fieldsOf(pull.base);
  const head = fieldsOf(pull.head);
  const state = textOf(pull.state);
  if (state !== "open" && state !== "closed") throw new Error("not a pull request's state");
  return {
    number: numberOf(pull.number),
    title: textOf(pull.title),
    baseRef: textOf(base.ref),
    baseOid: oidOf(base.sha),
    headRef: textOf(head.ref),
    headOid: oidOf(head.sha),
    // Null when the fork was deleted.
    headRepository: head.repo === null ? undefined : repositoryNameOf(head.repo),
    state,
  };
}

function repositoryNameOf(json: unknown): RepositoryName {
  const repository = fieldsOf(json);
  return { owner: textOf(fieldsOf(repository.owner).login), name: textOf(repository.name) };
}
