// An MCP tool takes no guard for what it merges or starts from, so an approved call is looked up once more before it is sent.
import { isDeepStrictEqual } from "node:util";
import { laterId, readCall } from "../classify/mcp-call.ts";
import type { Arguments } from "../classify/mcp-tools.ts";
import { resolve } from "../classify/resolve.ts";
import type { Action } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import type { World } from "./world.ts";

/** Why the call would not do any more what was approved; undefined when it would, and for all that is no call. */
export async function callChanged(plan: Plan, world: World): Promise<string | undefined> {
  const object = plan.surface === "mcp" ? await world.escrow.open(plan.entry) : undefined;
  if (object === undefined) return plan.surface === "mcp" ? "its stored call is gone" : undefined;
  const bytes = await object.read(0, object.bytes);
  const { refs } = await resolve(storedAction(plan, bytes), world.facts);
  return isDeepStrictEqual(refs, plan.substance.refs) ? undefined : "what it would change has moved since";
}

/** The bytes are ours: they were strictly read before they were stored, and their digest is checked before they go. */
function storedAction(plan: Plan, bytes: Bytes): Action {
  const { params } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    readonly params: { readonly name: string; readonly arguments: Arguments };
  };
  const { values, ...parts } = readCall(params.name, params.arguments);
  return {
    surface: "mcp",
    ...parts,
    json: values,
    mcp: {
      method: "tools/call",
      tool: params.name,
      id: laterId,
      isStateless: false,
      takesEvents: false,
      isReadonly: false,
    },
    send: { ...plan.send, body: { is: "bytes", bytes } },
  };
}
