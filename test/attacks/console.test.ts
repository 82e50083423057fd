// Another site in a reviewer's browser, an agent at the console, a bent request: nothing is decided, and the server still answers.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ApprovalCard, ApprovalView, Me } from "../../lambda/model/api.ts";
import { Browser } from "../identity/browser.ts";
import { approvalIn, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { writesAtGitHub } from "../stand-ins/oracle.ts";
import { rawRequest, sendRaw, type RawAnswer } from "../stand-ins/raw.ts";

let gateway: GatewayUnderTest;
let card: ApprovalCard;
/** carol may approve: her cookie is what every attack below rides on. */
let carol: SignedIn;

interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0 } } });
  const body = { message: "m", content: btoa("held"), branch: "main" };
  expect((await gateway.api("alice", "PUT", "/repos/acme/app/contents/held.txt", body)).status).toBe(409);
  card = await pendingApproval(gateway, "carol");
  carol = await signIn("carol");
});
afterAll(() => discard(gateway));

async function signIn(login: string): Promise<SignedIn> {
  const started = await startedSignIn();
  const back = await new Browser(gateway.issuer).signInAs(login, started.location);
  const finished = await fetch(back, { headers: { cookie: started.cookie }, redirect: "manual" });
  const cookie = cookieOf(finished, "__Host-gatehouse");
  const me = await fetch(`${gateway.console}/_gatehouse/api/me`, { headers: { cookie } });
  return { cookie, csrf: ((await me.json()) as Me).csrf };
}

async function startedSignIn(
  path = "/sign-in",
): Promise<{ readonly location: string; readonly cookie: string }> {
  const answer = await fetch(gateway.console + path, { redirect: "manual" });
  return {
    location: answer.headers.get("location") ?? "",
    cookie: cookieOf(answer, "__Host-gatehouse-sign-in"),
  };
}

function cookieOf(answer: Response, name: string): string {
  const found = answer.headers.getSetCookie().find((one) => one.startsWith(`${name}=`)) ?? "";
  return /^[^;]*/.exec(found)?.[0] ?? "";
}

const yes = (): string =>
  JSON.stringify({ decision: "approve", reason: "looks good", planHash: card.planHash });
const decisionPath = (): string => `/_gatehouse/api/approvals/${card.id}/decision`;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What carol's own page sends, but for these: another value, several of them, or none. */
function asCarol(change: Headers = {}): string[] {
  const all: Headers = {
    cookie: carol.cookie,
    origin: gateway.console,
    "x-gatehouse-csrf": carol.csrf,
    "content-type": "application/json",
    ...change,
  };
  return Object.entries(all).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : (value ?? [])).map((one) => `${name}: ${one}`),
  );
}

function send(line: string, headers: readonly string[], body: string | Buffer): Promise<RawAnswer> {
  const sized = [...headers, `content-length: ${Buffer.byteLength(body)}`];
  return sendRaw(gateway.console, rawRequest(gateway.console, line, sized, body));
}

async function nothingDecided(): Promise<void> {
  const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json as ApprovalView;
  expect([view.state, view.votes]).toEqual(["pending", []]);
  expect((await writesAtGitHub(gateway)).filter((line) => line.startsWith("PUT "))).toEqual([]);
}

const foreign = "https://evil.example";

describe("another site in a reviewer's browser", () => {
  it.each<[string, () => Headers, number]>([
    ["its own Origin", () => ({ origin: foreign }), 403],
    ["no Origin", () => ({ origin: undefined }), 403],
    ["the Origin of a sandboxed frame", () => ({ origin: "null" }), 403],
    ["two Origins", () => ({ origin: [gateway.console, foreign] }), 403],
    ["an Origin that ours begins", () => ({ origin: `${gateway.console}.evil.example` }), 403],
    ["an Origin in other letters", () => ({ origin: gateway.console.toUpperCase() }), 403],
    ["our Origin with a path", () => ({ origin: `${gateway.console}/` }), 403],
    ["the road's Origin", () => ({ origin: gateway.gateway }), 403],
    ["no token of the page", () => ({ "x-gatehouse-csrf": undefined }), 403],
    ["an empty token", () => ({ "x-gatehouse-csrf": "" }), 403],
    ["two tokens, one of them right", () => ({ "x-gatehouse-csrf": [carol.csrf, "x"] }), 403],
    ["a token that is too short by one", () => ({ "x-gatehouse-csrf": carol.csrf.slice(1) }), 403],
    ["a form's type", () => ({ "content-type": "application/x-www-form-urlencoded" }), 415],
    ["a text's type", () => ({ "content-type": "text/plain" }), 415],
    ["a file form's type", () => ({ "content-type": "multipart/form-data; boundary=x" }), 415],
    ["two types", () => ({ "content-type": ["application/json", "text/plain"] }), 415],
    ["no type", () => ({ "content-type": undefined }), 415],
  ])("decides nothing with %s", async (_what, change, status) => {
    expect((await send(`POST ${decisionPath()}`, asCarol(change()), yes())).status).toBe(status);
    await nothingDecided();
  });

  it("is let read nothing: no answer names it, and a preflight is refused", async () => {
    for (const line of ["GET /_gatehouse/api/me", `OPTIONS ${decisionPath()}`]) {
      const asks = [
        "access-control-request-method: POST",
        "access-control-request-headers: x-gatehouse-csrf",
      ];
      const { text } = await send(line, [...asCarol({ origin: foreign }), ...asks], "");
      expect(text).not.toMatch(/access-control-allow/i);
    }
  });

  it("cannot use the token of another person's page", async () => {
    const dave = await signIn("dave");
    const headers = asCarol({ "x-gatehouse-csrf": dave.csrf });
    expect((await send(`POST ${decisionPath()}`, headers, yes())).status).toBe(403);
    await nothingDecided();
  });

  it("cannot put the console into a frame", async () => {
    const answer = await fetch(`${gateway.console}/approvals/${card.id}`);
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("x-frame-options")).toBe("DENY");
  });
});

describe("a cookie", () => {
  it.each<[string, () => string | readonly string[]]>([
    ["planted beside the real one", () => `${carol.cookie}; __Host-gatehouse=${"A".repeat(43)}`],
    ["planted before the real one", () => `__Host-gatehouse=${"A".repeat(43)}; ${carol.cookie}`],
    ["planted in a field of its own", () => [carol.cookie, `__Host-gatehouse=${"A".repeat(43)}`]],
  ])("%s is refused, not chosen from", async (_what, cookie) => {
    expect((await send(`POST ${decisionPath()}`, asCarol({ cookie: cookie() }), yes())).status).toBe(400);
    await nothingDecided();
  });

  it.each<[string, () => string]>([
    ["without the prefix that ties it to the host", () => carol.cookie.replace("__Host-", "")],
    ["with the prefix in other letters", () => carol.cookie.replace("__Host-", "__host-")],
    ["in quotes", () => carol.cookie.replace(/=(.*)/, '="$1"')],
    ["with a letter changed", () => carol.cookie.slice(0, -1) + (carol.cookie.endsWith("A") ? "B" : "A")],
    ["of a sign-in on its way", () => carol.cookie.replace("gatehouse=", "gatehouse-sign-in=")],
  ])("%s is nobody's", async (_what, cookie) => {
    expect((await send(`POST ${decisionPath()}`, asCarol({ cookie: cookie() }), yes())).status).toBe(401);
    await nothingDecided();
  });

  it("is worth nothing on the road", async () => {
    const answer = await fetch(`${gateway.gateway}/api/v3/user`, { headers: { cookie: carol.cookie } });
    expect(answer.status).toBe(401);
  });

  it("does not outlive the sign-out", async () => {
    const dave = await signIn("dave");
    const headers = { cookie: dave.cookie, origin: gateway.console, "x-gatehouse-csrf": dave.csrf };
    const options = {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: "{}",
    };
    expect((await fetch(`${gateway.console}/sign-out`, { ...options, redirect: "manual" })).status).toBe(303);
    expect((await fetch(`${gateway.console}/_gatehouse/api/me`, { headers })).status).toBe(401);
  });
});

describe("an agent with the road's token", () => {
  it.each([
    ["GET", "/_gatehouse/api/me"],
    ["GET", "/_gatehouse/api/sessions"],
    ["GET", "/_gatehouse/api/approvals"],
    ["POST", "/sign-out"],
  ])("is nobody at the console: %s %s", async (method, path) => {
    const authorization = `Bearer ${await gateway.token("carol")}`;
    const answer = await fetch(gateway.console + path, { method, headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  it("gains nothing by a reviewer's cookie beside it", async () => {
    const authorization = `Bearer ${await gateway.token("carol")}`;
    expect((await send(`POST ${decisionPath()}`, asCarol({ authorization }), yes())).status).toBe(401);
    await nothingDecided();
  });
});

describe("another way to say the same", () => {
  it.each<[string, () => string]>([
    ["a GET", () => `GET ${decisionPath()}`],
    ["a HEAD", () => `HEAD ${decisionPath()}`],
    ["a PUT", () => `PUT ${decisionPath()}`],
    ["a lower-case method", () => `post ${decisionPath()}`],
    ["a slash at the end", () => `POST ${decisionPath()}/`],
    ["a slash doubled", () => `POST /${decisionPath()}`],
    ["a climb with dots", () => `POST /assets/..${decisionPath()}`],
    ["an encoded slash", () => `POST ${decisionPath().replace("/decision", "%2Fdecision")}`],
    ["an encoded letter", () => `POST ${decisionPath().replace("decision", "%64ecision")}`],
    ["other letters", () => `POST ${decisionPath().toUpperCase()}`],
    ["a parameter", () => `POST ${decisionPath()}?decision=approve`],
    ["a path parameter", () => `POST ${decisionPath()};x=1`],
    ["an absolute address elsewhere", () => `POST ${foreign}${decisionPath()}`],
    ["a null byte", () => `POST ${decisionPath()}%00`],
  ])("decides nothing: %s", async (_what, line) => {
    const { status } = await send(line(), asCarol(), yes());
    expect([400, 404, 405]).toContain(status);
    await nothingDecided();
  });

  it.each([
    "x-http-method-override",
    "x-method-override",
    "x-http-method",
    "x-original-url",
    "x-rewrite-url",
  ])("by %s is not heard", async (name) => {
    const value = name.endsWith("url") ? decisionPath() : "POST";
    const line = name.endsWith("url") ? "POST /_gatehouse/api/me" : `GET ${decisionPath()}`;
    expect((await send(line, asCarol({ [name]: value }), yes())).status).toBe(405);
    await nothingDecided();
  });

  it.each<[string, () => string | Buffer, number]>([
    ["a key too many", () => yes().replace("{", '{"force":true,'), 400],
    ["another plan's hash", () => yes().replace(card.planHash, "0".repeat(64)), 409],
    ["no hash", () => JSON.stringify({ decision: "approve", reason: "x" }), 400],
    ["no reason", () => yes().replace("looks good", " "), 400],
    ["a list", () => `[${yes()}]`, 400],
    ["more than 16 kB", () => yes().replace("looks good", "x".repeat(17_000)), 413],
    ["bytes that are no text", () => Buffer.from(yes().replace("looks good", "\xff\xfe"), "latin1"), 400],
  ])("in the body decides nothing: %s", async (_what, body, status) => {
    expect((await send(`POST ${decisionPath()}`, asCarol(), body())).status).toBe(status);
    await nothingDecided();
  });
});

describe("a sign-in", () => {
  it.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/%2F/evil.example",
    "javascript:alert(1)",
    "/approvals/../../evil",
    "/sign-out",
    "/_gatehouse/api/me",
    "/\tevil.example",
  ])("does not lead on to %s", async (to) => {
    const answer = await fetch(`${gateway.console}/sign-in?return=${encodeURIComponent(to)}`, {
      redirect: "manual",
    });
    expect(answer.status).toBe(400);
  });

  it("begun by one browser does not sign in another: nobody is made to act as the attacker", async () => {
    const attacker = await startedSignIn();
    const back = await new Browser(gateway.issuer).signInAs("mallory", attacker.location);
    for (const cookie of ["", (await startedSignIn()).cookie]) {
      const answer = await fetch(back, { headers: { cookie }, redirect: "manual" });
      expect([answer.status, cookieOf(answer, "__Host-gatehouse")]).toEqual([400, ""]);
    }
  });

  it("takes its answer once", async () => {
    const started = await startedSignIn();
    const back = await new Browser(gateway.issuer).signInAs("dave", started.location);
    const options = { headers: { cookie: started.cookie }, redirect: "manual" } as const;
    expect(cookieOf(await fetch(back, options), "__Host-gatehouse")).not.toBe("");
    expect((await fetch(back, options)).status).toBe(400);
  });

  it("gives a session that nobody knew before: one that was planted is not taken over", async () => {
    const planted = `__Host-gatehouse=${"A".repeat(43)}`;
    const started = await startedSignIn();
    const back = await new Browser(gateway.issuer).signInAs("dave", started.location);
    const answer = await fetch(back, { headers: { cookie: `${started.cookie}; ${planted}` } });
    expect(cookieOf(answer, "__Host-gatehouse")).not.toBe(planted);
    const me = await fetch(`${gateway.console}/_gatehouse/api/me`, { headers: { cookie: planted } });
    expect(me.status).toBe(401);
  });

  it.each(["state=x&state=y", "code=x", "state=x&code=x", "error=access_denied&state=x"])(
    "with a forged answer (%s) opens nothing",
    async (query) => {
      const { cookie } = await startedSignIn();
      const answer = await fetch(`${gateway.console}/sign-in/callback?${query}`, { headers: { cookie } });
      expect([answer.status, cookieOf(answer, "__Host-gatehouse")]).toEqual([400, ""]);
    },
  );
});

describe("a name that leads here by the attacker's DNS", () => {
  it("finds nobody signed in, and no way to be", async () => {
    const host = "rebound.evil.example";
    const raw = (line: string): Promise<RawAnswer> =>
      sendRaw(
        gateway.console,
        Buffer.from(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, "latin1"),
      );
    expect((await raw("GET /_gatehouse/api/approvals")).status).toBe(401);
    // The company sends the browser back to the real console, whoever asked.
    const { text } = await raw("GET /sign-in");
    expect(decodeURIComponent(text)).toContain(`redirect_uri=${gateway.console}/sign-in/callback`);
    expect(text).not.toContain(host);
  });
});

describe("reading", () => {
  it("another person's session finds nothing, as if there were none", async () => {
    const { session } = card;
    const bob = await signIn("bob");
    const read = await fetch(`${gateway.console}/_gatehouse/api/sessions/${session}`, {
      headers: { cookie: bob.cookie },
    });
    expect(read.status).toBe(404);
  });

  it.each(["..", "%2e%2e", "a%00", "a'--", "x".repeat(200)])("takes %s for no id", async (id) => {
    const { status } = await send(`GET /_gatehouse/api/entries/${id}`, asCarol(), "");
    expect([400, 404]).toContain(status);
  });
});

it("after all that, carol's own page decides, once", async () => {
  await nothingDecided();
  expect((await send(`POST ${decisionPath()}`, asCarol(), yes())).status).toBe(200);
  await approvalIn(gateway, "carol", card.id, "done");
  expect((await send(`POST ${decisionPath()}`, asCarol(), yes())).status).toBe(409);
});
