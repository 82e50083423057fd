// MCP sessions: the client gets an id of ours, which only the person who opened it can use.
import type { Action } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import type { World } from "./world.ts";

/** Clients initialize again after that; a session token lives no longer. */
const lifetimeMs = 24 * 3_600_000;

interface Opened {
  readonly subject: string;
  readonly upstream: string;
}

type Keyed = Pick<World, "keyed" | "ids" | "clock">;

/** Remembers who opened the server's session, and names it anew. */
export async function openSession(
  upstream: string,
  caller: Pick<Caller, "subject">,
  world: Keyed,
): Promise<string> {
  const id = world.ids.next("mcp");
  const opened: Opened = { subject: caller.subject, upstream };
  await world.keyed.put(keyOf(id), JSON.stringify(opened), world.clock.now() + lifetimeMs);
  return id;
}

/** The request with the server's own session id; throws GH_MCP_SESSION_UNKNOWN for a session of somebody else. */
export async function inSession(
  action: Action,
  caller: Pick<Caller, "subject">,
  world: Keyed,
): Promise<Action> {
  const claimed = action.mcp?.claimedSession;
  if (claimed === undefined) return action;
  const stored = await world.keyed.get(keyOf(claimed));
  const opened = stored === undefined ? undefined : (JSON.parse(stored) as Opened);
  if (opened?.subject !== caller.subject) throw new GateError("GH_MCP_SESSION_UNKNOWN");
  const headers = [...action.send.headers, ["mcp-session-id", opened.upstream] as const];
  return { ...action, send: { ...action.send, headers } };
}

export async function endSession(claimed: string, world: Keyed): Promise<void> {
  await world.keyed.remove(keyOf(claimed));
}

function keyOf(id: string): string {
  return `mcp-session:${id}`;
}
