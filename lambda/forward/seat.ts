// Whose seat at GitHub a call takes: Copilot, its MCP server and "who am I" know people only.
import type { Action } from "../model/action.ts";
import type { Seat } from "../model/ports.ts";

/** An installation of an App has no seat of Copilot, and is nobody to `GET /user`. */
export function seatOf({ surface, operation }: Pick<Action, "surface" | "operation">): Seat {
  const isPersons = surface === "copilot" || surface === "mcp" || operation === "users/get-authenticated";
  return isPersons ? "person" : "gateway";
}
