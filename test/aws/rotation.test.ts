// Keys and secrets change while the functions run: nobody is signed out before their time, and calls go on.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startAwsGateway, type AwsGateway } from "../stand-ins/aws/gateway.ts";
import { eventually } from "../stand-ins/eventually.ts";
import { discard } from "../stand-ins/gateway.ts";

let gateway: AwsGateway;
/** What GitHub takes at the moment; the sandbox itself knows one token only. */
let taken: string | undefined;

beforeAll(async () => {
  gateway = await startAwsGateway({
    detour: (request, response) => {
      if (taken === undefined) return false;
      if (request.headers.authorization !== `Bearer ${taken}`) {
        response.writeHead(401, { "content-type": "application/json" }).end('{"message":"Bad credentials"}');
        return true;
      }
      request.headers.authorization = `Bearer ${sandboxToken}`;
      return false;
    },
  });
  sandboxToken = await gateway.upstreamToken();
});
let sandboxToken = "";
afterAll(() => discard(gateway));

const statusFor = async (token: string): Promise<number> => {
  const answer = await fetch(`${gateway.gateway}/api/v3/repos/acme/app`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.arrayBuffer();
  return answer.status;
};

describe("the key that signs session tokens", () => {
  it("is rotated in three deployments: published, signing, gone; a token lives as long as its key is published", async () => {
    const { kms } = gateway.aws;
    const old = gateway.environment.GATEHOUSE_SIGNING_KEYS ?? "";
    const fresh = kms.createKey("ECC_NIST_P256");
    const before = await gateway.token("alice");
    await gateway.redeploy({ GATEHOUSE_SIGNING_KEYS: `${old},${fresh}` });
    expect(await statusFor(before)).toBe(200);
    await gateway.redeploy({ GATEHOUSE_SIGNING_KEYS: `${fresh},${old}` });
    const after = await gateway.token("alice");
    expect([await statusFor(before), await statusFor(after)]).toEqual([200, 200]);
    await gateway.redeploy({ GATEHOUSE_SIGNING_KEYS: fresh });
    expect([await statusFor(before), await statusFor(after)]).toEqual([401, 200]);
  });
});

describe("GitHub's token", () => {
  it("is used as soon as GitHub refuses the one before, and stands in no answer, log or record", async () => {
    expect((await gateway.api("alice", "GET", "/repos/acme/app")).status).toBe(200);
    taken = ["gh", "p_", "r".repeat(36)].join("");
    const name = gateway.environment.GATEHOUSE_CONNECTOR_SECRET ?? "";
    gateway.aws.secrets.set(name, JSON.stringify({ kind: "static", token: taken }));
    // An environment that asked within the last ten seconds does not ask again yet.
    const answer = await eventually("a call with the new token", async () => {
      const seen = await gateway.api("alice", "GET", "/repos/acme/app/commits");
      return seen.status === 200 ? seen : undefined;
    });
    const kept = Buffer.concat([...(await gateway.stored())]).toString("latin1");
    for (const text of [answer.text, gateway.stderr(), kept]) expect(text).not.toContain(taken);
  });
});
