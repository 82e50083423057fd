// A button in Slack decides only when Slack made the call, once, and the person is one who may decide in the console, too.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHmac } from "node:crypto";
import { serveRoad } from "../../lambda/doors/road.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { streamOf, type Answer, type HeaderList } from "../../lambda/model/http.ts";
import { alice, aPlan, carol, demand, dave, erin, person } from "../approval/a-plan.ts";
import { openWorld, type WorldUnderTest } from "../stand-ins/world.ts";

const secret = "0123456789abcdef".repeat(2);
const users = {
  U0ALICE: alice.subject,
  U0CAROL: carol.subject,
  U0DAVE: dave.subject,
  U0ERIN: erin.subject,
  U0GHOST: "issuer#ghost",
};
const replyUrl = "https://hooks.slack.com/actions/T1/2/3";

let under: WorldUnderTest;
let plan: Plan;

async function open(slack: object = { signingSecretName: "slack", users, decides: true }): Promise<void> {
  under = await openWorld({
    config: { notices: { slack } },
    people: [alice, carol, dave, erin, person("mallory")],
    secrets: { secret: () => Promise.resolve(secret) },
  });
  const now = under.clock.now();
  const { plan: stored } = await under.world.plans.open(
    aPlan({
      id: under.world.ids.next("pln"),
      entry: under.world.ids.next("req"),
      hash: "c0ffee".padEnd(64, "0"),
      createdAtMs: now,
      expiresAtMs: now + 3_600_000,
      schedule: { expiresAtMs: now + 3_600_000 },
    }),
  );
  plan = stored;
}
beforeEach(() => open());
afterEach(() => under.close());

interface Click {
  user?: string;
  action?: string;
  reason?: string | null;
  value?: string;
  type?: string;
  url?: string;
}

function body(click: Click = {}): string {
  const payload = {
    type: click.type ?? "block_actions",
    user: { id: click.user ?? "U0CAROL", team_id: "T1" },
    actions: [
      { action_id: click.action ?? "gatehouse_approve", value: click.value ?? `${plan.id}.${plan.hash}` },
    ],
    response_url: click.url ?? replyUrl,
    state: {
      values: {
        gatehouse_reason: {
          reason: {
            type: "plain_text_input",
            value: click.reason === undefined ? "looks right" : click.reason,
          },
        },
      },
    },
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

function signed(text: string, { key = secret, atMs = under.clock.now() } = {}): HeaderList {
  const timestamp = String(Math.floor(atMs / 1_000));
  const mac = createHmac("sha256", key).update(`v0:${timestamp}:${text}`).digest("hex");
  return [
    ["X-Slack-Request-Timestamp", timestamp],
    ["X-Slack-Signature", `v0=${mac}`],
  ];
}

function call(text: string, headers: HeaderList = signed(text)): Promise<Answer> {
  return serveRoad(under.world)({
    method: "POST",
    target: "/_gatehouse/hooks/slack",
    host: "gw.acme.example",
    headers,
    body: streamOf(new TextEncoder().encode(text)),
    remoteAddress: "192.0.2.1",
    signal: new AbortController().signal,
  });
}

async function now(): Promise<Plan | undefined> {
  return under.world.plans.get(plan.id);
}

async function textOf(answer: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function nothingHappened(): Promise<void> {
  expect(await now()).toEqual(plan);
}

describe("a button in Slack", () => {
  it("approves for a mapped reviewer, and the vote and its record say that it came from Slack", async () => {
    expect((await call(body())).status).toBe(200);
    const decided = await now();
    expect(decided?.state).toBe("approved");
    expect(decided?.votes).toMatchObject([{ login: "carol", reason: "looks right", via: "slack" }]);
    const records = (await under.world.records.entry(plan.entry)).map(({ record }) => record);
    expect(records).toContainEqual(
      expect.objectContaining({ kind: "approval", event: "vote", vote: decided?.votes[0] }),
    );
    expect(under.replies).toMatchObject([
      { url: replyUrl, reply: { replace_original: true, text: expect.stringContaining("carol") } },
    ]);
  });

  it("refuses for a mapped reviewer", async () => {
    const answer = await call(body({ action: "gatehouse_deny", reason: "not today" }));
    expect(answer.status).toBe(200);
    expect(await now()).toMatchObject({ state: "denied", endReason: "not today" });
  });

  it("that only opens the page decides nothing", async () => {
    expect((await call(body({ action: "gatehouse_open" }))).status).toBe(200);
    await nothingHappened();
  });

  it.each([
    ["by the one who asked", { user: "U0ALICE" }, "your own request"],
    ["by somebody who may not even read it", { user: "U0ERIN" }, "There is no approval"],
    ["by an account that is mapped to nobody", { user: "U0MALLORY" }, "does not know who"],
    ["by an account named like a property of every object", { user: "constructor" }, "does not know who"],
    ["by an account of somebody who never signed in", { user: "U0GHOST" }, "does not know who"],
    ["without a reason", { reason: null }, "a reason is needed"],
  ])("decides nothing when pressed %s, and the person hears why", async (_who, click, why) => {
    await call(body(click));
    expect(under.replies[0]?.reply.text).toContain(why);
    await nothingHappened();
  });

  it("decides nothing when the plan is not the one that the message showed", async () => {
    await call(body({ value: `${plan.id}.${"d".repeat(64)}` }));
    expect(under.replies[0]?.reply).toMatchObject({
      response_type: "ephemeral",
      text: expect.stringContaining("not what is waiting now"),
    });
    await nothingHappened();
  });

  it("that names no request decides nothing", async () => {
    const answer = await call(body({ value: "x" }));
    expect(await textOf(answer)).toContain("names no request");
    await nothingHappened();
  });

  it("counts once for one person, in Slack and at the desk together", async () => {
    await under.world.plans.replace({
      ...plan,
      demands: [demand({ quorum: 2 })],
      version: plan.version + 1,
    });
    await call(body());
    await under.clock.advance(1_000);
    await call(body({ reason: "again" }));
    expect((await now())?.state).toBe("pending");
    await call(body({ user: "U0DAVE" }));
    expect((await now())?.state).toBe("approved");
  });

  it("is answered nowhere but at Slack", async () => {
    await call(body({ url: "https://hooks.slack.com.evil.example/actions" }));
    expect((await now())?.state).toBe("approved");
    expect(under.replies).toEqual([]);
  });

  it("decides nothing unless the configuration lets Slack decide", async () => {
    await under.close();
    await open({ signingSecretName: "slack", users });
    await call(body());
    expect(under.replies[0]?.reply.text).toContain("a person in a browser");
    await nothingHappened();
  });

  it("leads nowhere when Slack is not configured", async () => {
    await under.close();
    await open({ users });
    expect((await call(body())).status).toBe(404);
    await nothingHappened();
  });
});

describe("a call that Slack did not make", () => {
  it.each<[string, (text: string) => HeaderList]>([
    ["signed with another secret", (text) => signed(text, { key: "f".repeat(32) })],
    ["signed over another body", () => signed(body({ user: "U0DAVE" }))],
    ["without a signature", (text) => signed(text).slice(0, 1)],
    ["with two signatures", (text) => [...signed(text), ...signed(text).slice(1)]],
    [
      "with a signature of another version",
      (text) => signed(text).map(([name, value]) => [name, value.replace("v0=", "v1=")]),
    ],
    ["signed 301 seconds ago", (text) => signed(text, { atMs: under.clock.now() - 301_000 })],
    ["signed 301 seconds from now", (text) => signed(text, { atMs: under.clock.now() + 301_000 })],
  ])("%s is refused, and no log or answer shows what would have been right", async (_how, headers) => {
    const text = body();
    const answer = await call(text, headers(text));
    expect(answer.status).toBe(401);
    await nothingHappened();
    const [, right] = signed(text)[1] ?? [];
    expect(`${JSON.stringify(under.logged)}${await textOf(answer)}`).not.toContain(right?.slice(3));
  });

  it.each([-300_000, 300_000])(
    "is told by more than %d ms: that far off is still accepted",
    async (offMs) => {
      const text = body();
      expect((await call(text, signed(text, { atMs: under.clock.now() + offMs }))).status).toBe(200);
      expect((await now())?.state).toBe("approved");
    },
  );

  it("but repeats is refused, as long as its signature would still be accepted", async () => {
    const text = body({ user: "U0MALLORY" });
    const headers = signed(text);
    expect((await call(text, headers)).status).toBe(200);
    await under.clock.advance(300_000);
    expect((await call(text, headers)).status).toBe(401);
    expect(under.replies).toHaveLength(1);
  });

  it("and that is longer than Slack's calls are is not read to its end", async () => {
    const text = body({ reason: "x".repeat(300_000) });
    expect((await call(text)).status).toBe(413);
    await nothingHappened();
  });
});
