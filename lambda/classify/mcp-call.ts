// One call of an MCP tool: its arguments become repository, branches and paths, and the message that will be sent.
import {
  zeroOid,
  type Action,
  type BranchSource,
  type Repository,
  type UpstreamBody,
  type UpstreamRequest,
} from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { touchedBranches } from "./branches.ts";
import { checkPlaces, pathsOf, shown } from "./mcp-arguments.ts";
import { readTool, type Arguments, type ToolCall } from "./mcp-tools.ts";
import { isOid, readBranch } from "./ref-name.ts";
import { jsonBody } from "./rest.ts";
import { isAccountName, isRepositoryName } from "./router.ts";

export type CallParts = Pick<Action, "operation" | "title" | "effect" | "branches" | "paths" | "parameters"> &
  Pick<Action, "repository" | "organization"> & { readonly values: Arguments };

/** Throws GH_UNKNOWN_OPERATION, or GH_BAD_BODY for an argument that could be read in two ways. */
export function readCall(tool: string, given: Arguments): CallParts {
  const call = readTool(tool, given);
  checkPlaces(given);
  const home = homeOf(given);
  if (call.branch !== undefined && home.repository === undefined)
    throw bad("owner and repo are needed to know which branch this writes");
  const { branches, values } = branchesOf(call, given);
  const spans = call.effect === "read" && home.repository === undefined && home.organization !== undefined;
  return {
    operation: call.operation,
    title: call.title,
    effect: spans ? "read-many" : call.effect,
    ...home,
    branches,
    paths: pathsOf(given),
    parameters: { tool, ...shown(values) },
    values,
  };
}

/** The message for one call; `meta` is what the protocol itself carries along. */
export function callBody(
  tool: string,
  values: Arguments,
  envelope: { readonly id: string | number; readonly meta?: unknown },
): UpstreamBody {
  const { id, meta } = envelope;
  const params = { name: tool, arguments: values, ...(meta === undefined ? {} : { _meta: meta }) };
  return jsonBody({ jsonrpc: "2.0", id, method: "tools/call", params });
}

/** What waits for approval: the call alone, spelled in one way, so that the same call is the same plan. */
export function sendLater(action: Action): UpstreamRequest {
  const { mcp, send } = action;
  if (mcp?.tool === undefined || send.body.is !== "bytes") return send;
  const message = JSON.parse(Buffer.from(send.body.bytes).toString("utf8")) as {
    readonly params: { readonly _meta?: Arguments };
  };
  const meta = Object.entries(message.params._meta ?? {}).filter(([key]) => key !== "progressToken");
  return {
    ...send,
    body: callBody(mcp.tool, sorted(action.json) as Arguments, {
      id: laterId,
      ...(meta.length === 0 ? {} : { meta: Object.fromEntries(meta) }),
    }),
  };
}

/** The id of a call that is carried out later; its result goes to whoever waits under their own. */
export const laterId = "gatehouse";

/** Keys in order, at every depth (at most 64: readJson). */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** GitHub's REST name of a guard, and the tool's argument for it; where a tool has none, the guard is ours alone. */
const guards: Readonly<Record<string, string | undefined>> = {
  branch: "branch",
  expected_head_sha: "expectedHeadSha",
  owner: "owner",
  repo: "repo",
};

/** The same call with arguments bound to what was looked up. */
export function withArguments(action: Action, bound: Readonly<Record<string, unknown>>): Action {
  const tool = action.mcp?.tool;
  if (tool === undefined || action.send.body.is !== "bytes") return action;
  const values: Record<string, unknown> = { ...(action.json as Arguments) };
  for (const [name, value] of Object.entries(bound)) {
    const key = guards[name];
    if (key !== undefined) values[key] = value;
  }
  const message = JSON.parse(Buffer.from(action.send.body.bytes).toString("utf8")) as {
    readonly params: Readonly<Record<string, unknown>>;
  };
  const body = jsonBody({ ...message, params: { ...message.params, arguments: values } });
  return { ...action, json: values, send: { ...action.send, body } };
}

/** The call by its current names: a renamed repository answers to its old name no longer. */
export function canonicalCall(action: Action, repository: Pick<Repository, "owner" | "name">): Action {
  const { owner, repo } = action.json as Arguments;
  if (owner === undefined || repo === undefined) return action;
  return withArguments(action, { owner: repository.owner, repo: repository.name });
}

function homeOf({ owner, repo, org, organization }: Arguments): Pick<Action, "repository" | "organization"> {
  if (present(owner) && present(repo)) {
    if (!isAccountName(owner)) throw bad("owner is not a name that GitHub gives");
    if (!isRepositoryName(repo)) throw bad("repo is not a name that GitHub gives");
    return { repository: { owner, name: repo } };
  }
  const named = org ?? organization ?? owner;
  if (named === undefined || named === null || named === "") return {};
  if (typeof named !== "string" || !isAccountName(named))
    throw bad("the organization is not a name that GitHub gives");
  return { organization: named };
}

/** Absent, null and empty mean "not given" to GitHub's server; anything else must be text. */
function present(value: unknown): value is string {
  if (value === undefined || value === null || value === "") return false;
  if (typeof value !== "string") throw bad("owner or repo is not a string");
  return true;
}

function branchesOf(call: ToolCall, values: Arguments): { branches: BranchSource; values: Arguments } {
  switch (call.branch) {
    case undefined: {
      const { branches } = touchedBranches(call.operation, call.effect, {}, {});
      return { branches, values };
    }
    case "written":
      if (values.branch === undefined || values.branch === null || values.branch === "")
        return { branches: { from: "default-branch" }, values };
      return oneRef(values, { change: "update" });
    case "created":
      return oneRef(values, { change: "create", old: zeroOid });
    case "deleted":
      return oneRef(values, { change: "delete", new: zeroOid });
    case "pull-base":
      return { branches: { from: "pull-base", pull: pullNumber(values) }, values };
    case "pull-head": {
      const head = values.expectedHeadSha;
      if (head === undefined || head === null || head === "")
        return { branches: { from: "pull-head", pull: pullNumber(values) }, values };
      if (typeof head !== "string" || !isOid(head))
        throw bad("expectedHeadSha is not a commit id of 40 lower-case hex digits");
      return { branches: { from: "pull-head", pull: pullNumber(values), claimedHead: head }, values };
    }
    default:
      return call.branch satisfies never;
  }
}

interface Change {
  readonly change: "update" | "create" | "delete";
  readonly old?: string;
  readonly new?: string;
}

function oneRef(values: Arguments, change: Change): { branches: BranchSource; values: Arguments } {
  if (typeof values.branch !== "string") throw bad("branch is not a string");
  const branch = readBranch(values.branch);
  if ("problem" in branch) throw bad(branch.problem);
  return {
    branches: { from: "refs", refs: [{ ref: branch.ref, ...change, force: "no" }] },
    values: { ...values, branch: branch.name },
  };
}

function pullNumber({ pullNumber: number }: Arguments): number {
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1)
    throw bad("pullNumber is not a positive whole number");
  return number;
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_BODY", { why });
}
