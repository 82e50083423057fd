// The authorizer: whoever is known passes to the road for a minute, the stopped are denied, and everybody else is asked again.
import { describe, expect, it } from "@jest/globals";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { authorize } from "../../lambda/doors/authorize.ts";
import { GateError, type ErrorCode } from "../../lambda/model/errors.ts";
import type { Caller } from "../../lambda/model/caller.ts";
import type { GatewayRequest } from "../../lambda/model/http.ts";

const event = {
  type: "REQUEST",
  methodArn: "arn:aws:execute-api:eu-central-1:111122223333:abc123/live/POST/acme/app.git/git-upload-pack",
  httpMethod: "POST",
  path: "/acme/app.git/git-upload-pack",
  headers: null,
  multiValueHeaders: { Authorization: ["Bearer x"] },
  multiValueQueryStringParameters: null,
  requestContext: { identity: { sourceIp: "192.0.2.7" } },
} as unknown as APIGatewayRequestAuthorizerEvent;

const failing = (error: Error) => ({ identify: () => Promise.reject(error) });
const refusing = (code: ErrorCode) => failing(new GateError(code));

describe("the authorizer", () => {
  it("allows the whole stage, because its answer is cached under the token whatever is asked for next", async () => {
    const seen: GatewayRequest[] = [];
    const identify = (request: GatewayRequest): Promise<Caller> => {
      seen.push(request);
      return Promise.resolve({ subject: "https://idp.example#alice", session: "ses_1" } as Caller);
    };
    const answer = await authorize(event, { identify });
    expect(answer).toEqual({
      principalId: "https://idp.example#alice",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Action: "execute-api:Invoke",
            Effect: "Allow",
            Resource: "arn:aws:execute-api:eu-central-1:111122223333:abc123/live/*/*",
          },
        ],
      },
      context: { session: "ses_1" },
    });
    expect(seen[0]?.headers).toEqual([["Authorization", "Bearer x"]]);
  });

  it.each(["GH_NO_CREDENTIAL", "GH_BAD_CREDENTIAL", "GH_FOREIGN_TOKEN", "GH_BAD_HEADERS"] as const)(
    "answers %s with the one word that makes API Gateway's own 401",
    async (code) => {
      await expect(authorize(event, refusing(code))).rejects.toThrow(/^Unauthorized$/);
    },
  );

  it("denies a stopped session, and says why", async () => {
    const answer = await authorize(event, refusing("GH_SESSION_STOPPED"));
    expect(answer.policyDocument.Statement[0]?.Effect).toBe("Deny");
    expect(answer.context?.reason).toMatch(/stopped by a person/);
  });

  it("takes a store that cannot be asked for a failure, not for an answer", async () => {
    await expect(authorize(event, failing(new Error("throttled")))).rejects.toThrow("throttled");
    await expect(authorize(event, refusing("GH_AUDIT_UNAVAILABLE"))).rejects.not.toThrow(/^Unauthorized$/);
  });
});
