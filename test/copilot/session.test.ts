// One sitting of the real Copilot CLI through the gateway: it answers, pushes, waits, is refused, and the record tells it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { rm } from "node:fs/promises";
import type { Blame, EntryView, SessionView } from "../../lambda/model/api.ts";
import { decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";
import { copilotAt, type Copilot } from "./cli.ts";

const session = "ses-copilot-cli";
let gateway: LocalGateway;
let copilot: Copilot;
let token: string;

beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token("alice", { session });
  copilot = await copilotAt(gateway, token);
});
afterAll(async () => {
  await discard(gateway);
  await rm(copilot.home, { recursive: true, force: true });
});

const push = (description: string): Record<string, unknown> => ({
  tool: "bash",
  arguments: { command: "git push origin HEAD:main", description, initial_wait: 60 },
});

async function entries(): Promise<readonly EntryView[]> {
  return ((await gateway.review("alice", "GET", `/sessions/${session}?limit=500`)).json as SessionView)
    .entries;
}

const operationsOf = (list: readonly EntryView[]): readonly string[] =>
  list.map(({ intent }) => intent.action.operation);

describe("the Copilot CLI", () => {
  it("answers one prompt", async () => {
    const { code, output } = await copilot.prompt("Say something.", [{ text: "Four words and done." }]);
    expect([code, output]).toEqual([0, expect.stringContaining("Four words and done.")]);
    expect(operationsOf(await entries())).toEqual(
      expect.arrayContaining(["copilot/user", "copilot/models", "copilot/responses"]),
    );
  });

  it("pushes to a protected branch, waits for a person, and lands", async () => {
    const commit = await copilot.tree.commit({ "from-copilot.txt": "one\n" }, "Change by Copilot");
    const running = copilot.prompt("Push it.", [push("Push the work"), { text: "Git said: {result}" }]);
    const card = await pendingApproval(gateway, "carol", ({ repository }) => repository === "acme/app");
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
    const { code, output } = await running;
    expect([code, output]).toEqual([0, expect.stringContaining("HEAD -> main")]);
    const head = (await gateway.api("bob", "GET", "/repos/acme/app/commits/main")).json as { sha: string };
    expect(head.sha).toBe(commit);
  });

  it("is refused once, and says why", async () => {
    const before = (await gateway.api("bob", "GET", "/repos/acme/app/commits/main")).json as { sha: string };
    await copilot.tree.commit({ "from-copilot.txt": "two\n" }, "Another change");
    const running = copilot.prompt("Push again.", [push("Push more"), { text: "Git said: {result}" }]);
    const card = await pendingApproval(gateway, "carol", ({ repository }) => repository === "acme/app");
    expect((await decide(gateway, "carol", card, "deny", "not before the release")).status).toBe(200);
    const { code, output } = await running;
    expect([code, output]).toEqual([0, expect.stringContaining("not before the release")]);
    const after = (await gateway.api("bob", "GET", "/repos/acme/app/commits/main")).json as { sha: string };
    expect(after.sha).toBe(before.sha);
  });
});

describe("the record of the sitting", () => {
  it("is one session, in which git names the same agent session as the prompts", async () => {
    const list = await entries();
    const prompts = list.filter(({ intent }) => intent.action.operation === "copilot/responses");
    const pushes = list.filter(
      ({ entry, intent }) => entry.startsWith("req_") && intent.action.operation === "git/receive-pack",
    );
    const sittings = new Set(prompts.map(({ intent }) => intent.caller.labels.clientSession));
    expect(pushes.length).toBeGreaterThanOrEqual(2);
    for (const { intent } of pushes) expect(sittings).toContain(intent.caller.labels.session);
  });

  it("leads the landed commit back to the prompt that asked for it", async () => {
    const pushed = (await entries()).find(
      ({ entry, outcome }) => entry.startsWith("exe_") && outcome?.refResults.some(({ ok }) => ok) === true,
    );
    const commit = pushed?.intent.action.refs[0]?.new ?? "";
    const found = (await gateway.review("alice", "GET", `/blame?repository=acme/app&commit=${commit}`))
      .json as Blame;
    expect(found.landed.causedBy).toMatchObject({ tool: "bash", how: "session" });
    expect(found.asked?.intent.action.parameters.model).toBe("gpt-5.4");
    expect(found.prompt).toContain("Push it.");
  });

  it("holds neither GitHub's token nor the caller's", async () => {
    const upstream = await gateway.upstreamToken();
    const bodies: string[] = [];
    for (const { entry, outcome } of await entries())
      for (const { name } of outcome?.bodies ?? []) {
        const part = name.slice(entry.length + 1);
        if (part === "request" || part === "response")
          bodies.push((await gateway.review("alice", "GET", `/entries/${entry}/${part}`)).text);
      }
    expect(bodies.length).toBeGreaterThan(4);
    const places = [
      ...bodies,
      ...(await gateway.stored()).map((bytes) => bytes.toString("latin1")),
      gateway.stderr(),
    ];
    for (const text of places) {
      expect(text.includes(upstream)).toBe(false);
      expect(text.includes(token)).toBe(false);
    }
  });

  it("left no token in the client's files", async () => {
    const upstream = await gateway.upstreamToken();
    const files = await copilot.files();
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(({ text }) => text.includes(upstream)).map(({ name }) => name)).toEqual([]);
    expect(files.filter(({ text }) => text.includes(token)).map(({ name }) => name)).toEqual([]);
  });
});
