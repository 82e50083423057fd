// Why: a recorded entry and a call that was not made are explained, over the wire and from the data folder.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explain } from "../../bin/local/explain.ts";
import { simulateFolder } from "../../bin/local/simulate.ts";
import type { Explanation } from "../../lambda/model/explanation.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 200 } } });
});
afterAll(() => discard(gateway));

const put = {
  message: "Change a file",
  content: Buffer.from("hello\n").toString("base64"),
};

async function heldEntry(): Promise<string> {
  const answer = await gateway.api("alice", "PUT", "/repos/acme/app/contents/notes/why.md", put);
  expect(answer.status).toBe(409);
  return (answer.json as { gatehouse: { entry: string } }).gatehouse.entry;
}

describe("a held entry", () => {
  it("is explained to the person whose it is: rules with their text, facts, and what would change it", async () => {
    const entry = await heldEntry();
    const { status, json } = await gateway.review("alice", "GET", `/entries/${entry}/explanation`);
    expect(status).toBe(200);
    const explanation = json as Explanation;
    expect(explanation).toMatchObject({ entry, login: "alice", verdict: { is: "hold" } });
    expect(explanation.rules.map(({ id }) => id)).toEqual(["protected-branch"]);
    expect(explanation.facts).toContain("main is protected (default branch)");
    expect(explanation.whatIfs).toContainEqual(
      expect.objectContaining({
        if: "platform-team approved this plan",
        then: expect.objectContaining({ is: "allow" }),
      }),
    );
    expect(explanation.now).toBeUndefined();
  });

  it("is explained to nobody who may not read it", async () => {
    const entry = await heldEntry();
    expect((await gateway.review("bob", "GET", `/entries/${entry}/explanation`)).status).toBe(404);
    expect((await gateway.review("erin", "GET", `/entries/${entry}/explanation`)).status).toBe(200);
  });

  it("is explained by the command line from the data folder, with the policies of the running gateway", async () => {
    const entry = await heldEntry();
    const text = await explain([entry], { data: gateway.dataDir });
    expect(text).toContain("Verdict: hold – writes to main need a second person");
    expect(text).toMatch(/protected-branch: asks for approval of platform-team \(.*approvals\.cedar:\d+\)/);
    expect(text).toContain("if main were neither protected nor the default branch: allow");
  });
});

describe("a draft of the policies", () => {
  it("is asked about what was recorded, and nothing changes under the rules in force", async () => {
    await heldEntry();
    const options = { policies: "policies", since: "1h", data: gateway.dataDir };
    const { text, isChanged } = await simulateFolder(options, Date.now());
    expect(isChanged).toBe(false);
    expect(text).toMatch(/^0 of [1-9]\d* recorded requests would be decided otherwise\./);
  });

  it("is not asked about a time that nobody can read", async () => {
    const options = { policies: "policies", since: "week", data: gateway.dataDir };
    await expect(simulateFolder(options, 0)).rejects.toThrow(
      "--since week not accepted. Expected: 90m, 12h or 7d.",
    );
  });
});

describe("a call that was not made", () => {
  it("is explained, and nothing of it is sent, held or recorded", async () => {
    const file = join(gateway.dataDir, "body.json");
    await writeFile(file, JSON.stringify({ ...put, branch: "main" }));
    const before = (await gateway.upstream()).filter(({ method }) => method !== "GET");
    const text = await explain(["put", "/repos/acme/app/contents/.github/workflows/ci.yml"], {
      as: "alice",
      body: file,
      data: gateway.dataDir,
    });
    expect(text).toContain("Verdict: hold");
    expect(text).toContain("if no workflow file changed: hold – writes to main need a second person");
    expect((await gateway.upstream()).filter(({ method }) => method !== "GET")).toEqual(before);
    const { json } = await gateway.review("alice", "GET", "/approvals?state=pending");
    expect(JSON.stringify(json)).not.toContain("ci.yml");
  });

  it("may be a GraphQL document, from a file that holds nothing else", async () => {
    const file = join(gateway.dataDir, "merge.graphql");
    const { json } = await gateway.api("alice", "GET", "/repos/acme/app/pulls");
    const id = (json as { node_id: string }[])[0]?.node_id ?? "";
    await writeFile(
      file,
      `mutation { x: mergePullRequest(input: { pullRequestId: "${id}" }) { clientMutationId } }`,
    );
    const before = (await gateway.upstream()).filter(({ path }) => path.includes("/merge"));
    const text = await explain(["POST", "/graphql"], { as: "alice", body: file, data: gateway.dataDir });
    expect(text).toContain("(graphql/mergePullRequest, branch-write) in acme/app, as alice");
    expect(text).toContain("Verdict: hold – writes to main need a second person");
    expect((await gateway.upstream()).filter(({ path }) => path.includes("/merge"))).toEqual(before);
  });

  it("may be a push, named as for git, with what only its commits would tell", async () => {
    const options = { as: "alice", data: gateway.dataDir };
    const held = await explain(["push", "acme/app", "feature/x", "+main"], options);
    expect(held).toContain("create refs/heads/feature/x");
    expect(held).toContain("Verdict: hold – writes to main need a second person");
    expect(held).toContain("main is protected (default branch), and its history is rewritten");
    expect(held).toContain("What the commits of a push bring is known only when it comes");
    const passed = await explain(["push", "acme/app", "HEAD:feature/x"], options);
    expect(passed).toContain("Verdict: allow");
    const deleted = await explain(["push", "acme/app", ":feature/discounts"], options);
    expect(deleted).toContain("delete refs/heads/feature/discounts");
    await expect(explain(["push", "acme/app", "a..b"], options)).rejects.toThrow("holds .. or @{");
    await expect(explain(["push", "acme/app"], options)).rejects.toThrow("push what?");
    const vault = await explain(["push", "acme/vault", "main"], { ...options, json: true });
    expect(JSON.parse(vault)).toMatchObject({ verdict: { is: "deny" }, facts: [], whatIfs: [] });
  });

  it("that the gateway cannot name is refused as on the road", async () => {
    await expect(
      explain(["POST", "/repos/acme/app/foo"], { as: "alice", data: gateway.dataDir }),
    ).rejects.toThrow("is not an operation this gateway knows");
  });

  it("about a repository that the asker may not read shows the verdict alone", async () => {
    const { json } = await gateway.review("alice", "POST", "/explain", {
      method: "GET",
      path: "/repos/acme/vault/contents/README.md",
    });
    expect(json).toMatchObject({ verdict: { is: "deny" }, facts: [], whatIfs: [] });
  });

  it.each([
    { method: "get", path: "/user" },
    { method: "GET", path: "user" },
    { method: "GET", path: "/user", as: "erin" },
  ])("is not explained when it is %o", async (draft) => {
    expect((await gateway.review("alice", "POST", "/explain", draft)).status).toBe(400);
  });
});
