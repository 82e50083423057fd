// Signing out (RFC 7009): whoever holds a session token may end its session, for every program that uses it.
import { GateError } from "../../model/errors.ts";
import type { Answer, GatewayRequest } from "../../model/http.ts";
import { json, problem } from "./answers.ts";
import { parametersOf } from "./parameters.ts";
import type { LoginPorts } from "./ports.ts";

/** RFC 7009, 2.2: a token that is unknown, over or not ours is answered like one that was just ended. */
export async function revoked(
  request: GatewayRequest,
  { revoke }: Pick<LoginPorts, "revoke">,
): Promise<Answer> {
  const token = (await parametersOf(request)).get("token");
  if (token === undefined || token === "")
    return problem(request, "invalid_request", "token is missing.", {}, 400);
  try {
    await revoke(token);
  } catch (error) {
    if (!(error instanceof GateError && error.code === "GH_BAD_CREDENTIAL")) throw error;
  }
  return json({});
}
