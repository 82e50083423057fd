// The table of GitHub's MCP tools: which GitHub operation each call stands for. A tool without a row does not pass.
import type { Effect } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { effectOf } from "./conditions.ts";
import rows from "./mcp-tools.json" with { type: "json" };
import { mutations } from "./mutations.ts";
import { isGraver, operations } from "./operations.ts";

/** Where the branch of a branch write is named; each is the same door as its REST operation. */
export type ToolBranch = "written" | "created" | "deleted" | "pull-base" | "pull-head";

interface Row {
  readonly tool: string;
  readonly operation?: string;
  /** The operation by the argument `method`. */
  readonly by?: Readonly<Record<string, string | undefined>>;
  /** Operations that a call performs as well when it has this argument. */
  readonly also?: Readonly<Record<string, string | undefined>>;
  /** Where the tool does more than its operation. */
  readonly effect?: string;
  readonly branch?: string;
  /** Of branch writes: all arguments besides owner, repo and branch. One that nobody looked at could name a branch. */
  readonly arguments?: readonly string[];
}

export interface ToolCall {
  readonly tool: string;
  readonly operation: string;
  readonly title: string;
  readonly effect: Effect;
  readonly branch?: ToolBranch;
}

const table: ReadonlyMap<string, Row> = new Map((rows as readonly Row[]).map((row) => [row.tool, row]));
const named = new Map(operations.map((operation) => [operation.id, operation]));

export type Arguments = Readonly<Record<string, unknown>>;

/** Throws GH_UNKNOWN_OPERATION for a tool, or a method of one, that has no row; GH_BAD_BODY for an unknown argument. */
export function readTool(tool: string, values: Arguments): ToolCall {
  const row = table.get(tool);
  if (row === undefined) throw unknownTool(tool);
  const id = row.operation ?? ownValue(row.by, values.method);
  if (id === undefined) throw unknownTool(`${tool} (${String(values.method).slice(0, 50)})`);
  const allowed = row.arguments;
  if (allowed !== undefined) {
    const unknown = Object.keys(values).find(
      (key) => !["owner", "repo", "branch", ...allowed].includes(key) || (key === "branch" && isPull(row)),
    );
    if (unknown !== undefined)
      throw new GateError("GH_BAD_BODY", {
        why: `${tool} has no argument ${unknown.replace(/[^\w.-]/g, "?").slice(0, 50)} that this gateway knows`,
      });
  }
  const { title, effect } = described(id);
  let gravest = (row.effect as Effect | undefined) ?? effectOf(id, effect, values);
  for (const [key, other] of Object.entries(row.also ?? {})) {
    if (other === undefined || values[key] === undefined) continue;
    const second = effectOf(other, described(other).effect, values);
    if (isGraver(second, gravest)) gravest = second;
  }
  return {
    tool,
    operation: id,
    title,
    effect: gravest,
    ...(row.branch === undefined ? {} : { branch: row.branch as ToolBranch }),
  };
}

/** Every operation that a call of this tool may stand for, with each effect it may have; none when it is not known. */
export function toolUses(tool: string): readonly { readonly operation: string; readonly effect: Effect }[] {
  const row = table.get(tool);
  if (row === undefined) return [];
  return [row.operation, ...Object.values(row.by ?? {})].flatMap((operation) => {
    if (operation === undefined) return [];
    const effects = row.effect === undefined ? effectsOf(operation) : [row.effect as Effect];
    return effects.map((effect) => ({ operation, effect }));
  });
}

/** The arguments of a branch write that were looked at; undefined where any may come. */
export function knownArguments(tool: string): readonly string[] | undefined {
  const row = table.get(tool);
  return row?.arguments && ["owner", "repo", ...(isPull(row) ? [] : ["branch"]), ...row.arguments];
}

/** All tools of the table, for the test that holds it against the operations. */
export function toolNames(): readonly string[] {
  return [...table.keys()];
}

function isPull({ branch }: Row): boolean {
  return branch?.startsWith("pull-") === true;
}

/** A condition of the operation may make it an ordinary write (conditions.ts). */
function effectsOf(id: string): readonly Effect[] {
  const { effect } = described(id);
  return [effect, effectOf(id, effect, {})];
}

function described(id: string): { readonly title: string; readonly effect: Effect } {
  if (id === "graphql/query") return { title: "Read by GraphQL", effect: "read" };
  const found = id.startsWith("graphql/") ? mutations.get(id.slice("graphql/".length)) : named.get(id);
  // A row that names nothing GitHub has: the gravest effect, until the test that finds it is heeded.
  return found ?? { title: id, effect: "admin" };
}

function ownValue(
  map: Readonly<Record<string, string | undefined>> | undefined,
  key: unknown,
): string | undefined {
  return map !== undefined && typeof key === "string" && Object.hasOwn(map, key) ? map[key] : undefined;
}

function unknownTool(tool: string): GateError {
  return new GateError("GH_UNKNOWN_OPERATION", {
    method: "MCP tool",
    path: tool.replace(/[^\w.() -]/g, "?").slice(0, 100),
  });
}
