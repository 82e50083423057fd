// A reviewer opens what a mask hides while the plan waits; nobody else can, and every look is in the record.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApprovalCard, ApprovalView, OpenedMasks } from "../../lambda/model/api.ts";
import type { EventRecord } from "../../lambda/model/record.ts";
import { openLocalReader } from "../../lambda/platform/local/platform.ts";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type RunningGit } from "../stand-ins/git.ts";

const session = "ses-reveal-story";
const path = "config/demo.env";
let gateway: GatewayUnderTest;
let push: RunningGit;
let card: ApprovalCard;
let secretLine: string;

beforeAll(async () => {
  gateway = await startGateway();
  const token = await gateway.token("alice", { session });
  const work = await clone(remoteUrl(gateway.gateway, "alice", token, "acme/app"));
  const before = await readFile(join(work.dir, path), "utf8");
  secretLine = before.split("\n").find((line) => /ghp_\w{36}/.test(line)) ?? "";
  await work.commit({ [path]: `${before}EXTRA=1\n` }, "Add a setting");
  push = work.start("push", "origin", "HEAD:main");
  card = await pendingApproval(gateway, "carol");
});
afterAll(() => discard(gateway));

const open = (login: string, body: unknown = { path, reason: "Is this the demo token?" }) =>
  gateway.review(login, "POST", `/approvals/${card.id}/reveal`, body);

async function openings(): Promise<EventRecord[]> {
  const { records, close } = await openLocalReader(gateway.dataDir);
  const found: EventRecord[] = [];
  for (const writer of await records.writers())
    for await (const { record } of records.chain(writer))
      if (record.kind === "event" && record.event === "mask-opened") found.push(record);
  await close();
  return found;
}

describe("a mask in a plan that waits", () => {
  it("is marked in the view, which does not show what it hides", async () => {
    const { json, text } = await gateway.review("carol", "GET", `/approvals/${card.id}`);
    const file = (json as ApprovalView).change?.refs[0]?.files[0];
    expect(file).toMatchObject({ path, hasMasks: true });
    expect(text).not.toContain(secretLine);
  });

  it.each(["alice", "bob", "erin", "mallory"])("stays closed for %s, who may not decide", async (login) => {
    const { status, text } = await open(login);
    expect([403, 404]).toContain(status);
    expect(text).not.toContain(secretLine);
    expect(await openings()).toEqual([]);
  });

  it.each([
    ["no reason", { path }],
    ["an empty reason", { path, reason: "  " }],
    ["a file that is not in the change", { path: "README.md", reason: "curious" }],
    ["another ref", { path, ref: "refs/heads/other", reason: "curious" }],
    ["no file", { reason: "curious" }],
  ])("stays closed for %s", async (_, body) => {
    expect((await open("carol", body)).status).toBeGreaterThanOrEqual(400);
    expect(await openings()).toEqual([]);
  });

  it("opens for a reviewer with a reason, and the record says who saw what, without the secret", async () => {
    const { status, json } = await open("carol");
    expect(status).toBe(200);
    const { lines } = json as OpenedMasks;
    expect(lines.map(({ text }) => text)).toContain(secretLine);
    expect(lines.every(({ text }) => /=\S{20}/.test(text))).toBe(true);
    const events = await openings();
    expect(events).toMatchObject([
      {
        login: "carol",
        about: session,
        details: {
          plan: card.id,
          entry: card.entry,
          path,
          lines: lines.map(({ line }) => line).join(","),
          reason: "Is this the demo token?",
        },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(secretLine);
  });

  it("opens one line alone when one is asked for", async () => {
    const all = ((await open("carol")).json as OpenedMasks).lines;
    const [wanted] = all.slice(-1);
    const { json } = await open("carol", { path, line: wanted?.line, reason: "one line" });
    expect(all.length).toBeGreaterThan(1);
    expect((json as OpenedMasks).lines).toEqual([wanted]);
  });

  it("closes for good when the plan is decided", async () => {
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "done");
    expect((await push.done).code).toBe(0);
    const before = await openings();
    const { status, json } = await open("dave");
    expect(status).toBe(409);
    expect((json as { code: string }).code).toBe("GH_ALREADY_DECIDED");
    expect(await openings()).toEqual(before);
  });
});

describe("a mask in a REST write that waits", () => {
  it("opens by its place in the body", async () => {
    const hidden = `jdbc://app:${"pw".repeat(6)}@db.internal/app`;
    const content = Buffer.from(`one\n${hidden}\n`).toString("base64");
    const asking = new AbortController();
    const write = gateway
      .api(
        "alice",
        "PUT",
        "/repos/acme/app/contents/db.txt",
        { message: "Add", content },
        { session, signal: asking.signal },
      )
      .catch(() => undefined);
    card = await pendingApproval(gateway, "carol", ({ operation }) => operation.startsWith("repos/"));
    const { json } = await open("carol", { reason: "which database?" });
    expect((json as OpenedMasks).lines).toEqual([{ place: "content", line: 2, text: hidden }]);
    await decide(gateway, "carol", card, "deny");
    asking.abort();
    await write;
  });
});
