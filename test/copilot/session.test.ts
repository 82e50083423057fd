// One sitting of the real Copilot CLI through the gateway: it signs in, answers, writes, waits, is refused; the record tells it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { ApprovalCard, Blame, EntryView, SessionView } from "../../lambda/model/api.ts";
import { decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";
import type { WorkTree } from "../stand-ins/git.ts";
import { namedHost, type NamedHost } from "../stand-ins/named-host.ts";
import { WebPerson } from "../stand-ins/web-person.ts";
import { copilotAt, type Copilot, type CopilotRun } from "./cli.ts";

let gateway: LocalGateway;
let named: NamedHost;
let copilot: Copilot;
let signedIn: CopilotRun;
let token: string;
let session: string;
let tree: WorkTree;
const landed = { push: "", mcp: "" };

beforeAll(async () => {
  gateway = await startGateway({ args: ["--tls", "--host", "gw.acme.example"], env: { GATEHOUSE_LOG: "1" } });
  named = await namedHost(gateway);
  copilot = await copilotAt(gateway, named);
  const alice = new WebPerson("alice", gateway, named.ask);
  signedIn = await copilot.login((userCode) => alice.confirms(userCode));
  token = await copilot.token();
  const headers = { authorization: `Bearer ${token}` };
  const who = await named.ask(new Request(`${gateway.gateway}/_gatehouse/session`, { headers }));
  session = ((await who.json()) as { session: string }).session;
  tree = await copilot.clone();
});
afterAll(async () => {
  await named.close();
  await discard(gateway);
  await copilot.remove();
});

const push = (description: string): Record<string, unknown> => ({
  tool: "bash",
  arguments: { command: "git push origin HEAD:main", description, initial_wait: 60 },
});

const writeFileBy = (message: string): Record<string, unknown> => ({
  tool: "create_or_update_file",
  arguments: {
    owner: "acme",
    repo: "app",
    branch: "main",
    path: "docs/by-mcp.md",
    content: "# Written by a tool\n",
    message,
  },
});

const all = "--enable-all-github-mcp-tools";
const said = (what: string): Record<string, unknown> => ({ text: `${what} said: {result}` });

async function entries(): Promise<readonly EntryView[]> {
  const { json } = await gateway.review("alice", "GET", `/sessions/${session}?limit=500`);
  return (json as SessionView).entries;
}

async function headOfMain(): Promise<string> {
  const { stdout } = await tree.git("ls-remote", "origin", "refs/heads/main");
  return stdout.split("\t")[0] ?? "";
}

async function decided(decision: "approve" | "deny", reason?: string): Promise<ApprovalCard> {
  const card = await pendingApproval(gateway, "carol", ({ repository }) => repository === "acme/app");
  expect((await decide(gateway, "carol", card, decision, reason)).status).toBe(200);
  return card;
}

async function blame(commit: string): Promise<Blame> {
  const found = await gateway.review("alice", "GET", `/blame?repository=acme/app&commit=${commit}`);
  return found.json as Blame;
}

describe("the Copilot CLI", () => {
  it("signs in at the gateway by device flow, and keeps the token where only its owner can read it", async () => {
    expect(signedIn).toEqual({ code: 0, output: expect.stringContaining("Signed in successfully") });
    expect(session).toMatch(/^ses_/);
    expect((await stat(copilot.store)).mode & 0o777).toBe(0o600);
  });

  it("answers one prompt", async () => {
    const { code, output } = await copilot.prompt("Say something.", tree.dir, [
      { text: "Four words and done." },
    ]);
    expect([code, output]).toEqual([0, expect.stringContaining("Four words and done.")]);
    expect((await entries()).map(({ intent }) => intent.action.operation)).toEqual(
      expect.arrayContaining(["copilot/user", "copilot/models", "copilot/responses"]),
    );
  });

  it("pushes to a protected branch, waits for a person, and lands", async () => {
    landed.push = await tree.commit({ "from-copilot.txt": "one\n" }, "Change by Copilot");
    const running = copilot.prompt("Push it.", tree.dir, [push("Push the work"), said("Git")]);
    await decided("approve");
    const { code, output } = await running;
    expect([code, output]).toEqual([0, expect.stringContaining("HEAD -> main")]);
    expect(await headOfMain()).toBe(landed.push);
  });

  it("is refused a push, and says why", async () => {
    await tree.commit({ "from-copilot.txt": "two\n" }, "Another change");
    const running = copilot.prompt("Push again.", tree.dir, [push("Push more"), said("Git")]);
    await decided("deny", "not before the release");
    const { code, output } = await running;
    expect([code, output]).toEqual([0, expect.stringContaining("not before the release")]);
    expect(await headOfMain()).toBe(landed.push);
  });

  it("calls a writing tool of GitHub's MCP server, waits for a person, and hands the result to the model", async () => {
    const steps = [writeFileBy("Write by MCP"), said("The tool")];
    const running = copilot.prompt("Write the page.", tree.dir, steps, all);
    const { refs, requester } = await decided("approve");
    expect(refs).toMatchObject([{ ref: "refs/heads/main", change: "update" }]);
    expect(requester.login).toBe("alice");
    const { code, output } = await running;
    landed.mcp = await headOfMain();
    expect(landed.mcp).not.toBe(landed.push);
    expect([code, output.replace(/\s/g, "")]).toEqual([0, expect.stringContaining(`"sha":"${landed.mcp}"`)]);
  });

  it("is refused a tool call, and the model reads why", async () => {
    const steps = [writeFileBy("Write once more"), said("The tool")];
    const running = copilot.prompt("Write it again.", tree.dir, steps, all);
    await decided("deny", "the page is frozen");
    const { code, output } = await running;
    expect([code, output]).toEqual([0, expect.stringContaining("the page is frozen")]);
    expect(await headOfMain()).toBe(landed.mcp);
  });

  it("asked nobody else but GitHub for news of its own program", () => {
    expect(named.elsewhere()).toEqual(["api.github.com"]);
  });
});

describe("the record of the sitting", () => {
  it("is one session of the person who signed in, in which git names the same agent session as the prompts", async () => {
    const list = await entries();
    const prompts = list.filter(({ intent }) => intent.action.operation === "copilot/responses");
    const pushes = list.filter(
      ({ entry, intent }) => entry.startsWith("req_") && intent.action.operation === "git/receive-pack",
    );
    const sittings = new Set(prompts.map(({ intent }) => intent.caller.labels.clientSession));
    expect(new Set(list.map(({ intent }) => intent.caller.login))).toEqual(new Set(["alice"]));
    expect(pushes.length).toBeGreaterThanOrEqual(2);
    for (const { intent } of pushes) expect(sittings).toContain(intent.caller.labels.session);
    const { json } = await gateway.review("erin", "GET", "/sessions");
    expect((json as { items: { session: string }[] }).items.map((card) => card.session)).toEqual([session]);
  });

  it.each([
    ["push", "git/receive-pack", "Push it.", { tool: "bash", how: "session" }],
    [
      "mcp",
      "repos/create-or-update-file-contents",
      "Write the page.",
      { tool: "github-mcp-server-create_or_update_file", how: "arguments" },
    ],
  ] as const)(
    "leads the commit that landed by %s back over tool call and model answer to its prompt",
    async (by, operation, prompt, cause) => {
      const found = await blame(landed[by]);
      expect(found.landed).toMatchObject({
        intent: { session, action: { operation } },
        causedBy: { ...cause, entry: found.asked?.entry },
      });
      expect(found.asked?.intent.action.parameters.model).toBe("gpt-5.4");
      expect(found.asked?.outcome?.toolCalls?.map(({ id }) => id)).toEqual([found.landed.causedBy?.toolCall]);
      expect(found.prompt).toContain(prompt);
    },
  );

  it("holds neither GitHub's token nor the caller's, whatever file of it is opened", async () => {
    const tokens = [await gateway.upstreamToken(), token];
    const files = await recorded();
    expect(files.filter(({ name }) => name.startsWith("bodies/")).length).toBeGreaterThan(10);
    for (const text of [...files.map(({ text }) => text), gateway.stderr()])
      for (const secret of tokens) expect(text.includes(secret)).toBe(false);
  });

  it("left the caller's token in no file of the client's but its store, and GitHub's in none", async () => {
    expect(await copilot.filesHolding(await gateway.upstreamToken())).toEqual([]);
    expect(await copilot.filesHolding(token)).toEqual([copilot.store]);
    expect(await copilot.filesHolding("HEAD:main")).not.toEqual([]);
  });
});

/** Everything in the gateway's data folder but its keys and the sandbox's own GitHub; bodies as they were before zstd. */
async function recorded(): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const found = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true });
  const names = found
    .filter((item) => item.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(gateway.dataDir.length + 1))
    .filter((name) => !/^(?:keys|tls|sandbox-)/.test(name));
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(gateway.dataDir, name));
      const isBody = name.startsWith("bodies/");
      return { name, text: (isBody ? zstdDecompressSync(bytes) : bytes).toString("latin1") };
    }),
  );
}
