// An agent holds a road token, and a requester wants their own write through. Neither may decide, nobody may decide
// twice or late, and nothing that was stopped lands. A vote counts once, for the plan that was looked at.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type ApiAnswer, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { entriesOf, placesWith, writesAtGitHub } from "../stand-ins/oracle.ts";
import { rawRequest, sendRaw } from "../stand-ins/raw.ts";
import type { ApprovalCard, SessionView } from "../../lambda/model/api.ts";

let gateway: GatewayUnderTest;
let count = 0;

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 8 } } });
});
afterAll(() => discard(gateway));

interface Held {
  readonly gatehouse: { readonly code: string; readonly plan: string; readonly entry: string };
}

function write(login: string, session: string, path = `file-${(count += 1)}.txt`): Promise<ApiAnswer> {
  const body = { message: "m", content: Buffer.from(path).toString("base64"), branch: "main" };
  return gateway.api(login, "PUT", `/repos/acme/app/contents/${path}`, body, { session });
}

async function held(login: string, session: string, path?: string): Promise<ApprovalCard> {
  const answer = await write(login, session, path);
  expect(answer.status).toBe(409);
  const { plan } = (answer.json as Held).gatehouse;
  return pendingApproval(gateway, "erin", ({ id }) => id === plan);
}

async function landed(): Promise<number> {
  return (await writesAtGitHub(gateway)).filter((line) => line.startsWith("PUT ")).length;
}

async function withdraw(login: string, card: ApprovalCard): Promise<void> {
  await gateway.review(login, "POST", `/approvals/${card.id}/withdraw`, {});
}

const codeOf = (answer: ApiAnswer): string =>
  (answer.json as Partial<Held> | undefined)?.gatehouse?.code ?? String(answer.status);

describe("a decision", () => {
  it("is not the requester's, in whichever session, and not that of people who review nothing [APPROVAL-06, APPROVAL-09]", async () => {
    const card = await held("carol", "ses-own-1");
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(403);
    expect((await decide(gateway, "bob", card, "approve")).status).toBe(404);
    expect((await decide(gateway, "mallory", card, "approve")).status).toBe(404);
    expect((await decide(gateway, "erin", card, "approve")).status).toBe(403);
    expect(await landed()).toBe(0);
    await withdraw("carol", card);
  });

  it("is not taken from a road token, a company token, or none", async () => {
    const card = await held("alice", "ses-road");
    const road = await gateway.token("carol", { session: "ses-agent" });
    const body = JSON.stringify({ decision: "approve", reason: "r", planHash: card.planHash });
    for (const auth of [
      `Bearer ${road}`,
      `token ${road}`,
      `Basic ${btoa(`carol:${road}`)}`,
      "Bearer x",
      "",
    ]) {
      const answer = await fetch(`${gateway.console}/_gatehouse/api/approvals/${card.id}/decision`, {
        method: "POST",
        headers: { authorization: auth, "content-type": "application/json", origin: gateway.console },
        body,
      });
      expect([auth.slice(0, 6), answer.status]).toEqual([auth.slice(0, 6), 401]);
    }
    await withdraw("alice", card);
  });

  it("is not on the road: the console's paths are nothing there", async () => {
    const card = await held("alice", "ses-road-2");
    for (const path of ["", "/api/v3"]) {
      const answer = await fetch(`${gateway.gateway}${path}/_gatehouse/api/approvals/${card.id}/decision`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await gateway.token("carol", { for: "console" })}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ decision: "approve", reason: "r", planHash: card.planHash }),
      });
      expect(answer.status).toBe(401);
    }
    await withdraw("alice", card);
  });

  it.each([
    ["another plan's hash", { planHash: "0".repeat(64) }, 409],
    ["no reason", { reason: " " }, 400],
    ["another decision", { decision: "approve!" }, 400],
    ["an unknown key", { as: "dave" }, 400],
    ["a hash in capitals", { planHash: "A".repeat(64) }, 400],
  ])("is refused with %s", async (_what, change, status) => {
    const card = await held("alice", "ses-bad-decision");
    const body = { decision: "approve", reason: "r", planHash: card.planHash, ...change };
    const answer = await gateway.review("carol", "POST", `/approvals/${card.id}/decision`, body);
    expect(answer.status).toBe(status);
    await withdraw("alice", card);
  });

  it("is not made by a link, a form, or another method [APPROVAL-07]", async () => {
    const card = await held("alice", "ses-form");
    const bearer = `Authorization: Bearer ${await gateway.token("carol", { for: "console" })}`;
    const text = JSON.stringify({ decision: "approve", reason: "r", planHash: card.planHash });
    const path = `/_gatehouse/api/approvals/${card.id}/decision`;
    for (const [line, type] of [
      [`GET ${path}?decision=approve`, "application/json"],
      [`PUT ${path}`, "application/json"],
      [`POST ${path}`, "text/plain"],
      [`POST ${path}`, "application/x-www-form-urlencoded"],
      [`POST ${path}/`, "application/json"],
      [`POST /_gatehouse/api/approvals/../approvals/${card.id}/decision`, "application/json"],
    ] as const) {
      const headers = [bearer, `Content-Type: ${type}`, `Content-Length: ${text.length}`];
      const answer = await sendRaw(gateway.console, rawRequest(gateway.console, line, headers, text));
      expect([400, 404, 405, 415]).toContain(answer.status);
    }
    await pendingApproval(gateway, "carol", ({ id }) => id === card.id);
    await withdraw("alice", card);
  });

  it("counts once and is carried out once, however many people and answers there are at the same time [APPROVAL-04, APPROVAL-16]", async () => {
    const before = await landed();
    const card = await held("alice", "ses-race");
    const votes = ["carol", "dave", "carol", "dave", "carol"].map((login) =>
      decide(gateway, login, card, "approve"),
    );
    const again = [1, 2, 3].map(() => write("alice", "ses-race", `file-${count}.txt`));
    const statuses = (await Promise.all(votes)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    await approvalIn(gateway, "carol", card.id, "done");
    await Promise.all(again);
    expect(await landed()).toBe(before + 1);
    expect((await decide(gateway, "dave", card, "approve")).status).toBe(409);
    expect((await decide(gateway, "dave", card, "deny")).status).toBe(409);
  });

  it("and a withdrawal in the same moment end in one of the two, and never in both", async () => {
    const before = await landed();
    const card = await held("alice", "ses-both");
    const [vote, taken] = await Promise.all([
      decide(gateway, "carol", card, "approve"),
      gateway.review("alice", "POST", `/approvals/${card.id}/withdraw`, {}),
    ]);
    expect([vote.status, taken.status].filter((status) => status === 200)).toHaveLength(1);
    const end = await approvalIn(gateway, "erin", card.id, "done", "withdrawn");
    expect(await landed()).toBe(before + (end.state === "done" ? 1 : 0));
  });

  it("does not lend its reason's secret to the record [LOGGING-04]", async () => {
    const card = await held("alice", "ses-reason");
    const secret = ["ghp", "A1b2C3d4".repeat(4).concat("E5f6")].join("_");
    await decide(gateway, "carol", card, "deny", `found ${secret} in it`);
    await approvalIn(gateway, "carol", card.id, "denied");
    expect(await placesWith(gateway, secret)).toEqual([]);
  });
});

describe("holds of one person", () => {
  it("are capped, also when they come in the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => write("bob", "ses-flood")));
    const codes = answers.map(codeOf);
    expect(new Set(codes)).toEqual(new Set(["GH_PENDING", "GH_TOO_MANY_HOLDS"]));
    const { json } = await gateway.review("carol", "GET", "/approvals?state=pending&limit=200");
    const waiting = (json as { items: ApprovalCard[] }).items.filter(
      ({ requester }) => requester.login === "bob",
    );
    expect(waiting.length).toBeLessThanOrEqual(8);
    for (const card of waiting) await withdraw("bob", card);
  });
});

describe("a stopped session", () => {
  it("has its waiting plans voided, and an approval comes too late", async () => {
    const before = await landed();
    const card = await held("alice", "ses-stop");
    const stop = await gateway.review("erin", "POST", "/sessions/ses-stop/stop", { reason: "odd" });
    expect(stop.status).toBe(200);
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
    await approvalIn(gateway, "erin", card.id, "void");
    expect(await landed()).toBe(before);
  });

  it("is refused on each request, and each refusal is recorded", async () => {
    const entries = (await entriesOf(gateway, "ses-stop")).length;
    const read = await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session: "ses-stop" });
    expect([read.status, codeOf(read)]).toEqual([403, "GH_SESSION_STOPPED"]);
    const change = await write("alice", "ses-stop");
    expect(codeOf(change)).toBe("GH_SESSION_STOPPED");
    const after = await entriesOf(gateway, "ses-stop");
    expect(after).toHaveLength(entries + 2);
    expect(after.slice(-2).map(({ outcome }) => [outcome?.result, outcome?.error])).toEqual([
      ["refused", "GH_SESSION_STOPPED"],
      ["refused", "GH_SESSION_STOPPED"],
    ]);
  });

  it("and an approval in the same moment never leave a plan waiting", async () => {
    for (let round = 0; round < 3; round += 1) {
      const session = `ses-stop-race-${round}`;
      const before = await landed();
      const card = await held("alice", session);
      await Promise.all([
        decide(gateway, "carol", card, "approve"),
        gateway.review("erin", "POST", `/sessions/${session}/stop`, { reason: "odd" }),
      ]);
      const end = await approvalIn(gateway, "erin", card.id, "done", "void");
      expect(await landed()).toBe(before + (end.state === "done" ? 1 : 0));
    }
  });

  it("is not stopped by somebody else's say-so", async () => {
    await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session: "ses-mine" });
    const stop = await gateway.review("bob", "POST", "/sessions/ses-mine/stop", { reason: "spite" });
    expect(stop.status).toBe(404);
    const read = await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session: "ses-mine" });
    expect(read.status).toBe(200);
  });
});

describe("other people's records", () => {
  it("look to a stranger like records that do not exist [APPROVAL-12]", async () => {
    const card = await held("alice", "ses-private");
    const shape = async (path: string): Promise<unknown> => {
      const { status, json } = await gateway.review("mallory", "GET", path);
      const { code, message } = json as { code: string; message: string };
      return [status, code, message];
    };
    for (const [there, nowhere] of [
      [`/approvals/${card.id}`, `/approvals/pln_${"a".repeat(26)}`],
      ["/sessions/ses-private", "/sessions/ses-nobody"],
      [`/entries/${card.entry}`, `/entries/req_${"a".repeat(26)}`],
      [`/entries/${card.entry}/request`, `/entries/req_${"a".repeat(26)}/request`],
    ] as const)
      expect(await shape(there)).toEqual(await shape(nowhere));
    const lists = await Promise.all(
      ["/sessions", "/sessions?user=alice", "/approvals"].map((path) =>
        gateway.review("mallory", "GET", path),
      ),
    );
    expect(lists.map(({ json }) => (json as { items: unknown[] }).items)).toEqual([[], [], []]);
    await withdraw("alice", card);
  });
});

describe("after all of this", () => {
  it("every request has exactly one outcome, and no token stands anywhere", async () => {
    const { json } = await gateway.review("erin", "GET", "/sessions?limit=200");
    const sessions = (json as { items: { session: string }[] }).items.map(({ session }) => session);
    for (const session of sessions)
      await eventually(`outcomes in ${session}`, async () => {
        const view = (await gateway.review("erin", "GET", `/sessions/${session}?limit=500`))
          .json as SessionView;
        return view.entries.every(({ outcome }) => outcome !== undefined) ? true : undefined;
      });
    const [, signature = ""] = /\.([\w-]{40,})$/.exec(await gateway.token("alice")) ?? [];
    expect(signature).not.toBe("");
    expect(gateway.stderr()).not.toMatch(/gho_|internal-error|answer-broken|refusal-not-recorded/);
    expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
  });
});
