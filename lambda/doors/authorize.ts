// Who is calling, in API Gateway's words: a policy that lets everything through to us, a denial, or its own 401.
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Identity } from "../identity/identity.ts";
import { GateError } from "../model/errors.ts";
import { requestOf } from "./api-event.ts";

/**
 * API Gateway's way to say 401; its gateway response then carries the challenge, which it would rename on an answer
 * of ours (`x-amzn-remapped-www-authenticate`), so that git would never ask for credentials.
 */
const unauthorized = "Unauthorized";

export async function authorize(
  event: APIGatewayRequestAuthorizerEvent,
  identity: Pick<Identity, "identify">,
): Promise<APIGatewayAuthorizerResult> {
  try {
    const caller = await identity.identify(requestOf(event, ""));
    return answer("Allow", event, caller.subject, { session: caller.session });
  } catch (error) {
    if (!(error instanceof GateError) || error.status >= 500) throw error;
    if (error.code === "GH_SESSION_STOPPED")
      return answer("Deny", event, "stopped", { reason: error.message });
    throw new Error(unauthorized, { cause: error });
  }
}

/** For the whole stage: the answer is cached under the Authorization header, whatever is asked for next with it. */
function answer(
  effect: "Allow" | "Deny",
  { methodArn }: Pick<APIGatewayRequestAuthorizerEvent, "methodArn">,
  principalId: string,
  context: Readonly<Record<string, string>>,
): APIGatewayAuthorizerResult {
  const [api = "", stage = ""] = methodArn.split("/");
  return {
    principalId,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: `${api}/${stage}/*/*` }],
    },
    context,
  };
}
