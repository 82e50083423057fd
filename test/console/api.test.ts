import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { apiRoutes } from "../../lambda/console/api.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { carol, fullDesk } from "../stand-ins/console-fixtures.ts";
import { fakeDesk, type FakeDesk } from "../stand-ins/fake-desk.ts";
import { ask, consoleUrl, fromPage, replaced, request, without, type Shown } from "./requests.ts";

const api = "/_gatehouse/api";
const full = (): FakeDesk => fakeDesk(fullDesk(1_790_000_000_000));
const planHash = "5".repeat(64);
const decision = JSON.stringify({ decision: "approve", reason: "Reads well", planHash });
const decide = (desk: FakeDesk, headers = fromPage, body: string | Uint8Array = decision): Promise<Shown> =>
  ask(desk, request("POST", `${api}/approvals/pln_1/decision`, headers, body));
const actsOf = (desk: FakeDesk): string[] =>
  desk.calls.map(({ call }) => call).filter((call) => call !== "signedIn");

describe("the reviewer API", () => {
  it("has the calls that the design names, and no other", () => {
    expect(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "GET approvals",
      "GET approvals/{id}",
      "GET blame",
      "GET entries/{id}",
      "GET entries/{id}/change",
      "GET entries/{id}/explanation",
      "GET entries/{id}/request",
      "GET entries/{id}/response",
      "GET inbox",
      "GET link",
      "GET me",
      "GET sessions",
      "GET sessions/{id}",
      "POST approvals/{id}/decision",
      "POST approvals/{id}/reveal",
      "POST approvals/{id}/withdraw",
      "POST explain",
      "POST link/finish",
      "POST link/start",
      "POST link/unlink",
      "POST sessions/{id}/stop",
    ]);
  });

  it.each(apiRoutes.map(({ method, path }) => [method, path.replace("{id}", "abc")] as const))(
    "asks who is calling before %s %s",
    async (method, path) => {
      const desk = full();
      desk.contents.who = undefined;
      const answer = await ask(desk, request(method, `${api}/${path}`, fromPage, "{}"));
      expect(answer.status).toBe(401);
      expect(actsOf(desk)).toEqual([]);
    },
  );

  it("keeps answers out of every cache and out of every frame", async () => {
    const answer = await ask(full(), request("GET", `${api}/me`));
    expect(answer.header("cache-control")).toBe("no-store");
    expect(answer.header("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.header("x-content-type-options")).toBe("nosniff");
    expect(answer.header("content-security-policy")).toContain("sandbox");
    expect(answer.json()).toMatchObject({ login: "carol", may: { decide: true } });
  });

  it("filters sessions by what the query says", async () => {
    const desk = full();
    const answer = await ask(
      desk,
      request(
        "GET",
        `${api}/sessions?user=al+ice&repository=acme%2Fapp&day=2026-01-31&decision=hold&limit=7`,
      ),
    );
    expect(answer.status).toBe(200);
    expect(desk.calls.at(-1)?.with).toEqual([
      { user: "al ice", repository: "acme/app", day: "2026-01-31", decision: "hold" },
      { limit: 7 },
    ]);
  });

  it.each([
    "sessions?day=2026-02-30",
    "sessions?day=yesterday",
    "sessions?decision=maybe",
    "sessions?user=",
    "sessions?user=a%00b",
    "sessions?user=a&user=b",
    "sessions?limit=0",
    "sessions?limit=201",
    "sessions?limit=1e2",
    "sessions?team=x",
    "sessions?user=%zz",
    "sessions/ses_alpha?after=a%20b",
    "approvals?state=nearly",
    "approvals?state=pending,nearly",
    "entries/req_1/request?download=yes",
    "me?x=1",
  ])("refuses the query of %s", async (path) => {
    const desk = full();
    const answer = await ask(desk, request("GET", `${api}/${path}`));
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: "GH_BAD_QUERY" });
    expect(actsOf(desk)).toEqual([]);
  });

  it.each([
    "sessions/a%2Fb",
    "sessions/a/b/c",
    "entries/..",
    "entries/-a",
    `entries/${"a".repeat(129)}`,
    "nothing",
  ])("finds nothing at %s", async (path) => {
    const desk = full();
    expect([400, 404]).toContain((await ask(desk, request("GET", `${api}/${path}`))).status);
    expect(actsOf(desk)).toEqual([]);
  });

  it("pages through a session", async () => {
    const desk = full();
    const first = (await ask(desk, request("GET", `${api}/sessions/ses_alpha`))).json() as { next: string };
    expect(first.next).toBe("200");
    const second = (await ask(desk, request("GET", `${api}/sessions/ses_alpha?after=200`))).json();
    expect(second).toMatchObject({ session: "ses_alpha" });
    expect(second).not.toHaveProperty("next");
  });

  it("lists approvals as items, in the states asked for", async () => {
    const desk = full();
    const answer = await ask(desk, request("GET", `${api}/approvals?state=pending,approved`));
    expect(answer.json()).toMatchObject({ items: [{ id: "pln_1" }, { id: "pln_2" }] });
    expect(desk.calls.at(-1)?.with[0]).toEqual(["pending", "approved"]);
  });
});

describe("recorded bodies", () => {
  it("are shown inert", async () => {
    const answer = await ask(full(), request("GET", `${api}/entries/req_2/response`));
    expect(answer.header("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.header("content-security-policy")).toContain("sandbox");
    expect(answer.header("cache-control")).toBe("no-store");
  });

  it("come as a file when asked for as a download", async () => {
    const answer = await ask(full(), request("GET", `${api}/entries/req_2/response?download=1`));
    expect(answer.header("content-disposition")).toBe('attachment; filename="req_2-response.json"');
  });

  it.each([
    ["text/html", "text/plain; charset=utf-8", "inline"],
    ["image/svg+xml", "application/octet-stream", 'attachment; filename="req_2-request.bin"'],
    ["application/vnd.github+json; charset=utf-8", "application/json; charset=utf-8", "inline"],
    [
      "application/x-git-receive-pack-request",
      "application/octet-stream",
      'attachment; filename="req_2-request.bin"',
    ],
  ])("recorded as %s are served as %s, %s", async (recorded, served, disposition) => {
    const desk = full();
    desk.contents.bodies.set("req_2/request", { mediaType: recorded, bytes: Buffer.from("<script>") });
    const answer = await ask(desk, request("GET", `${api}/entries/req_2/request`));
    expect(answer.header("content-type")).toBe(served);
    expect(answer.header("content-disposition")).toBe(disposition);
  });

  it("that were not kept are not found", async () => {
    expect((await ask(full(), request("GET", `${api}/entries/req_1/change`))).status).toBe(404);
  });
});

describe("a decision", () => {
  it("reaches the desk as it was made", async () => {
    const desk = full();
    const answer = await decide(desk);
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ id: "pln_1", state: "approved" });
    expect(desk.calls.at(-1)).toEqual({
      call: "decide",
      with: ["pln_1", { decision: "approve", reason: "Reads well", planHash }],
    });
  });

  it.each([
    ["no Origin", without("Origin")],
    ["no token", without("X-Gatehouse-Csrf")],
    ["a foreign Origin", replaced("Origin", "https://evil.example")],
    ["the Origin null", replaced("Origin", "null")],
    ["our host under http", replaced("Origin", "http://console.gw.example")],
    ["our host as a prefix", replaced("Origin", `${consoleUrl}.evil.example`)],
    ["another token", replaced("X-Gatehouse-Csrf", "token-of-that-page")],
    ["an empty token", replaced("X-Gatehouse-Csrf", "")],
    ["two Origins", [...fromPage, ["Origin", "https://evil.example"] as const]],
    ["two tokens", [...fromPage, ["x-gatehouse-csrf", "token-of-this-page"] as const]],
  ])("with %s is cross-site and decides nothing", async (_what, headers) => {
    const desk = full();
    const answer = await decide(desk, headers);
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: "GH_CROSS_SITE" });
    expect(actsOf(desk)).toEqual([]);
  });

  it("needs a token even when the session has an empty one", async () => {
    const desk = full();
    desk.contents.who = { ...carol, csrf: "" };
    expect((await decide(desk, replaced("X-Gatehouse-Csrf", ""))).status).toBe(403);
  });

  it("by a bearer token has no cookie to abuse, and is the desk's to allow", async () => {
    const desk = full();
    desk.contents.who = { ...carol, via: "bearer" };
    desk.failNext("decide", new GateError("GH_BROWSER_REQUIRED"));
    const answer = await decide(desk, [["Content-Type", "application/json"]]);
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: "GH_BROWSER_REQUIRED" });
  });

  it.each([
    ["an unknown key", JSON.stringify({ decision: "approve", reason: "a", planHash, force: true })],
    ["no reason", JSON.stringify({ decision: "approve", planHash })],
    ["a blank reason", JSON.stringify({ decision: "approve", reason: " \n", planHash })],
    ["a reason of 2001 characters", JSON.stringify({ decision: "deny", reason: "a".repeat(2001), planHash })],
    ["another word", JSON.stringify({ decision: "Approve", reason: "a", planHash })],
    ["a short hash", JSON.stringify({ decision: "deny", reason: "a", planHash: "5" })],
    ["a list", "[]"],
    ["broken JSON", '{"decision":'],
    ["nothing", ""],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
  ])("with %s is not understood", async (_what, body) => {
    const desk = full();
    const answer = await decide(desk, fromPage, body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: "GH_BAD_DECISION" });
    expect(actsOf(desk)).toEqual([]);
  });

  it("may have a reason of 2000 characters", async () => {
    const body = JSON.stringify({ decision: "deny", reason: "a".repeat(2000), planHash });
    expect((await decide(full(), fromPage, body)).status).toBe(200);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""])(
    "as %j is not read",
    async (type) => {
      const desk = full();
      const answer = await decide(desk, replaced("Content-Type", type));
      expect(answer.status).toBe(415);
      expect(actsOf(desk)).toEqual([]);
    },
  );

  it("larger than 16 kB is not read", async () => {
    const padded = (bytes: number): string => decision + " ".repeat(bytes - decision.length);
    expect((await decide(full(), fromPage, padded(16 * 1024 + 1))).status).toBe(413);
    expect((await decide(full(), fromPage, padded(16 * 1024))).status).toBe(200);
  });

  it("about a plan that changed says so", async () => {
    const body = JSON.stringify({ decision: "approve", reason: "a", planHash: "6".repeat(64) });
    const answer = await decide(full(), fromPage, body);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: "GH_PLAN_CHANGED" });
  });
});

describe("withdrawing, stopping and signing out", () => {
  it.each([
    ["withdraw", `${api}/approvals/pln_2/withdraw`, "{}", ["pln_2"]],
    ["stop", `${api}/sessions/ses_alpha/stop`, '{"reason":"leaked"}', ["ses_alpha", "leaked"]],
    ["signOut", "/sign-out", "{}", []],
  ])("%s works from the page and not from another site", async (call, path, body, given) => {
    const ours = full();
    expect((await ask(ours, request("POST", path, fromPage, body))).status).toBeLessThan(400);
    expect(ours.calls.at(-1)).toEqual({ call, with: given });
    const theirs = full();
    const foreign = replaced("Origin", "https://evil.example");
    expect((await ask(theirs, request("POST", path, foreign, body))).status).toBe(403);
    expect(actsOf(theirs)).toEqual([]);
  });

  it("does not stop a session without a reason", async () => {
    const desk = full();
    const answer = await ask(desk, request("POST", `${api}/sessions/ses_alpha/stop`, fromPage, "{}"));
    expect(answer.status).toBe(400);
    expect(actsOf(desk)).toEqual([]);
  });
});
