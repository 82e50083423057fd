// Which tools a caller is shown: those that the table knows and that policy could ever allow this person.
import { knownArguments, toolUses } from "../classify/mcp-tools.ts";
import type { Effect, Repository } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { accessOf } from "../policy/access.ts";
import { decide, type PolicyInput } from "../policy/decide.ts";
import type { World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

interface Use {
  readonly operation: string;
  readonly effect: Effect;
}

const ownAccount = "users/get-authenticated";

interface Viewer {
  readonly caller: Pick<Caller, "subject" | "teams">;
  readonly isReadonly: boolean;
  readonly world: Pick<World, "config" | "policies">;
}

/** A server may grow tools, or arguments of tools: those that nobody classified are not shown, and would not pass. */
export function visibleTools(tools: readonly unknown[], viewer: Viewer): readonly unknown[] {
  const answers = new Map<string, boolean>();
  const couldEver = ({ operation, effect }: Use): boolean => {
    if (viewer.isReadonly && !isRead(effect)) return false;
    // One question for all operations that rules do not name one by one: each costs about half a millisecond.
    const asked: Use = { operation: operation === ownAccount ? ownAccount : "mcp/any", effect };
    const key = `${asked.operation} ${effect}`;
    const answer = answers.get(key) ?? someVerdictPasses(asked, viewer);
    answers.set(key, answer);
    return answer;
  };
  return tools.flatMap((tool) => {
    if (typeof tool !== "object" || tool === null) return [];
    const { name } = tool as Json;
    return typeof name === "string" && toolUses(name).some(couldEver)
      ? [withKnownArguments(tool as Json, name)]
      : [];
  });
}

function isRead(effect: Effect): boolean {
  return effect === "read" || effect === "read-many";
}

/** The kindest circumstances that the configuration knows for this person: any of its repositories, no protection. */
function someVerdictPasses(use: Use, { caller, world }: Viewer): boolean {
  const { config, policies } = world;
  const names = [...new Set(config.access.map(({ repository }) => repository.replaceAll("*", "x")))];
  const somewhere = names.slice(0, 50).map((name): Partial<PolicyInput> => {
    const repository = repositoryNamed(name);
    return { repository, access: accessOf(config, repository.fullName) };
  });
  const organizations = Object.keys(config.readMany).filter((name) => name !== "*");
  const across = organizations
    .slice(0, 50)
    .map((organization): Partial<PolicyInput> => ({ action: { ...use, surface: "mcp", organization } }));
  return [{}, ...somewhere, ...across].some(
    (circumstances) =>
      decide(policies, {
        caller,
        action: { ...use, surface: "mcp" },
        refs: use.effect === "branch-write" ? [{ ref: "refs/heads/x", change: "update", force: "no" }] : [],
        protection: [{ ref: "refs/heads/x", isProtected: false, isDefault: false, because: "supposed" }],
        touchesAllBranches: false,
        touchesWorkflows: false,
        paths: [],
        access: { readers: [], writers: [] },
        readMany: config.readMany,
        ...circumstances,
      }).is !== "deny",
  );
}

function repositoryNamed(fullName: string): Repository {
  const [owner = "x", name = "x"] = fullName.split("/");
  return { id: 1, owner, name, fullName: `${owner}/${name}`, defaultBranch: "main", isPrivate: true };
}

function withKnownArguments(tool: Json, name: string): Json {
  const known = knownArguments(name);
  const schema = tool.inputSchema;
  if (known === undefined || typeof schema !== "object" || schema === null) return tool;
  const { properties } = schema as { readonly properties?: Json };
  if (properties === undefined) return tool;
  const kept = Object.fromEntries(Object.entries(properties).filter(([key]) => known.includes(key)));
  return { ...tool, inputSchema: { ...schema, properties: kept } };
}
