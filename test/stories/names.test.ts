// A repository has one identity whatever it is called: by an old name, by its number or after a transfer, the decision
// is made on what it is now, and the request goes there.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type ApiAnswer, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { entriesOf } from "../stand-ins/oracle.ts";

let gateway: GatewayUnderTest;
const session = "ses-names";
const siteId = 710_002;
const vaultId = 710_003;

beforeAll(async () => {
  const writers = ["engineering"];
  gateway = await startGateway({
    config: {
      hold: { restWaitMs: 0, pushWaitMs: 1_000, perCaller: 100 },
      access: [
        { repository: "acme/pages", readers: writers, writers },
        // A line that fits the old name only: nobody gets anything by it.
        { repository: "acme/vault", readers: writers, writers },
        { repository: "acme/safe", readers: ["security-team"], writers: [] },
      ],
    },
  });
  // Somebody at GitHub does this, not through the gateway.
  await atGitHub("PATCH", "/repos/acme/site", { name: "pages" });
  await atGitHub("POST", "/repos/acme/vault/transfer", { new_owner: "acme", new_name: "safe" });
});
afterAll(() => discard(gateway));

async function atGitHub(method: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${gateway.github}/api/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${await gateway.upstreamToken()}` },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

const ask = (login: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> =>
  gateway.api(login, method, path, body, { session });

const file = { message: "m", content: Buffer.from("x").toString("base64") };

describe.each([
  ["its old name", "/repos/acme/site", "/repos/acme/vault"],
  ["its old name in another case", "/repos/Acme/SITE", "/repos/ACME/Vault"],
  ["its new name", "/repos/acme/pages", "/repos/acme/safe"],
  ["its number", `/repositories/${siteId}`, `/repositories/${vaultId}`],
])("a repository called by %s", (_how, site, vault) => {
  it("is read, and GitHub is asked for it by its new name", async () => {
    const answer = await ask("alice", "GET", `${site}/contents/README.md`);
    expect(answer.status).toBe(200);
    const last = (await gateway.upstream()).filter(({ path }) => path.includes("/contents/")).at(-1);
    expect(last?.path).toBe("/api/v3/repos/acme/pages/contents/README.md");
  });

  it("has its default branch protected", async () => {
    const answer = await ask("alice", "PUT", `${site}/contents/x.md`, file);
    expect([answer.status, answer.json]).toMatchObject([409, { gatehouse: { code: "GH_PENDING" } }]);
  });

  it("is refused to whom it is refused under its own name", async () => {
    const answer = await ask("alice", "GET", `${vault}/contents/README.md`);
    expect([answer.status, answer.json]).toMatchObject([403, { gatehouse: { code: "GH_DENIED" } }]);
  });

  it("is recorded under its number and new name", async () => {
    await ask("alice", "GET", `${site}/branches`);
    const [entry] = (await entriesOf(gateway, session)).filter(
      ({ intent }) => intent.action.operation === "repos/list-branches",
    );
    expect(entry?.intent.action).toMatchObject({ repository: "acme/pages", repositoryId: siteId });
  });
});

describe("git", () => {
  it("fetches by the old name, and a push to main waits", async () => {
    const token = await gateway.token("alice", { session });
    const work = await clone(remoteUrl(gateway.gateway, "alice", token, "acme/site"));
    await work.commit({ "old-name.md": "x\n" }, "By the old name");
    const push = await work.git("push", "origin", "HEAD:main");
    expect(push.stderr).toContain("Waiting for approval");
    const card = await pendingApproval(gateway, "carol", ({ operation }) => operation === "git/receive-pack");
    expect(card.repository).toBe("acme/pages");
  });
});

describe("GraphQL", () => {
  it("reads by the old name as by the new one, and refuses what it refuses by the new one", async () => {
    const query = async (name: string): Promise<string> => {
      const document = { query: `{ repository(owner: "acme", name: "${name}") { name } }` };
      const answer = await fetch(`${gateway.gateway}/api/graphql`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await gateway.token("alice", { session })}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(document),
      });
      return answer.text();
    };
    expect(await query("vault")).toContain("GH_DENIED");
    expect(await query("safe")).toContain("GH_DENIED");
    expect(await query("pages")).toContain('"name":"pages"');
  });
});
