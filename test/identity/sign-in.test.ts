// A person signs in to the console with a real OpenID provider; and what others try on the way.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type SandboxIssuer, startIssuer } from "../../bin/sandbox/issuer.ts";
import { people, sandboxAudience } from "../../bin/sandbox/people.ts";
import { createIdentity, type Identity } from "../../lambda/identity/identity.ts";
import { createSignIn, type SignIn } from "../../lambda/identity/sign-in.ts";
import type { Config } from "../../lambda/model/config.ts";
import { type Answer, header, headerValues } from "../../lambda/model/http.ts";
import { Browser } from "./browser.ts";
import {
  configWith,
  ids,
  MemoryDirectory,
  MemoryStops,
  MemoryStore,
  newKey,
  refusal,
  requestWith,
  signerWith,
  StillClock,
} from "./fixtures.ts";

const consoleUrl = "http://localhost:4401";
const clientId = "gatehouse-console";
let folder: string;
let provider: SandboxIssuer;
let config: Config;
let store: MemoryStore;
let clock: StillClock;
let signIn: SignIn;
let identity: Identity;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sign-in-"));
  provider = await startIssuer({
    dataDir: folder,
    port: 0,
    people,
    clients: [{ clientId, redirectUris: [`${consoleUrl}/sign-in/callback`] }],
  });
  config = configWith({
    issuers: [{ issuer: provider.url, audience: sandboxAudience }],
    console: { url: consoleUrl, issuer: provider.url, clientId },
  });
});

afterAll(async () => {
  await provider.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  store = new MemoryStore();
  clock = new StillClock();
  clock.atMs = Date.now();
  const directory = new MemoryDirectory();
  const jwks = signerWith(await newKey("ES256", "own"));
  identity = createIdentity({ config, directory, stops: new MemoryStops(), jwks, clock, ids });
  signIn = createSignIn({ config, store, directory, clock, ids, bearer: identity });
  browser = new Browser(provider.url);
});

/** From the console to the issuer, choosing a person, up to the issuer's redirect back. */
async function goneToIssuer(login = "carol", isFresh = false, returnTo = "/approvals/pln_1") {
  const started = await signIn.start(returnTo, requestWith([]), { isFresh });
  const address = header(started.headers, "location") ?? "";
  return { started, address, cookie: cookieOf(started), callback: await browser.signInAs(login, address) };
}

function returning(callback: string, cookie: string | undefined) {
  const url = new URL(callback);
  const headers = cookie === undefined ? [] : [["Cookie", cookie] as const];
  return signIn.finish(requestWith(headers, url.pathname + url.search));
}

function cookieOf(answer: Answer): string {
  return (headerValues(answer.headers, "set-cookie")[0] ?? "").split(";")[0] ?? "";
}

async function textOf(answer: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("signing in", () => {
  it("brings the person back with a cookie that only the console's own pages can send", async () => {
    const { cookie, callback } = await goneToIssuer();
    const answer = await returning(callback, cookie);
    const [session = "", cleared = ""] = headerValues(answer.headers, "set-cookie");
    expect(session).toMatch(
      /^__Host-gatehouse=[\w-]{43}; Path=\/; Max-Age=28800; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(cleared).toMatch(/^__Host-gatehouse-sign-in=; .*Max-Age=0/);
    const person = await signIn.signedIn(requestWith([["Cookie", cookieOf(answer)]]));
    expect(person).toMatchObject({ login: "carol", via: "browser", teams: ["engineering", "platform-team"] });
    expect(person.csrf).toMatch(/^[\w-]{43}$/);
    expect(Math.abs(person.signedInAtMs - clock.now())).toBeLessThan(60_000);
  });

  it("ends on a page of the same site, without script, that leads on", async () => {
    const { cookie, callback } = await goneToIssuer("carol", false, "/sessions?user=a&day=b");
    const answer = await returning(callback, cookie);
    expect(answer.status).toBe(200);
    expect(header(answer.headers, "content-security-policy")).toContain("default-src 'none'");
    const page = await textOf(answer);
    expect(page).toContain('content="0;url=/sessions?user=a&amp;day=b"');
    expect(page).not.toContain("<script");
  });

  it("asks with code, PKCE S256, state and nonce, and without a secret in the address", async () => {
    const { started } = await goneToIssuer();
    const query = new URL(header(started.headers, "location") ?? "").searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: `${consoleUrl}/sign-in/callback`,
      scope: "openid profile email groups",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(query.get(name)).toMatch(/^[\w-]{43}$/);
    expect(query.has("max_age")).toBe(false);
  });

  it("for a decision asks for a proof at most 5 minutes old", async () => {
    const { address, cookie, callback } = await goneToIssuer("dave", true);
    expect(new URL(address).searchParams.get("max_age")).toBe("300");
    await expect(returning(callback, cookie)).resolves.toMatchObject({ status: 200 });
  });

  it("again, while signed in, asks for a fresh proof: that is what it is for", async () => {
    const { cookie, callback } = await goneToIssuer();
    const session = cookieOf(await returning(callback, cookie));
    const again = await signIn.start("/", requestWith([["Cookie", session]]));
    expect(new URL(header(again.headers, "location") ?? "").searchParams.get("max_age")).toBe("300");
  });

  it("never redirects to another site, whatever the link said [APPROVAL-08]", async () => {
    const { cookie, callback } = await goneToIssuer("carol", false, "//evil.example");
    expect(await textOf(await returning(callback, cookie))).toContain('href="/"');
  });

  it("keeps only hashes of what the browser holds", async () => {
    const { cookie, callback } = await goneToIssuer();
    const [, browserSecret = ""] = cookie.split("=");
    expect([...store.values.entries()].flat().join()).not.toContain(browserSecret);
    const session = cookieOf(await returning(callback, cookie)).split("=")[1] ?? "";
    expect([...store.values.entries()].flat().join()).not.toContain(session);
  });

  it("gives a new session id each time and ends the old one", async () => {
    const one = await goneToIssuer();
    const first = cookieOf(await returning(one.callback, one.cookie));
    const two = await goneToIssuer();
    const second = cookieOf(await returning(two.callback, `${two.cookie}; ${first}`));
    expect(second).not.toBe(first);
    expect((await refusal(signIn.signedIn(requestWith([["Cookie", first]])))).code).toBe(
      "GH_SIGN_IN_REQUIRED",
    );
    await expect(signIn.signedIn(requestWith([["Cookie", second]]))).resolves.toBeDefined();
  });
});

describe("a sign-in is refused", () => {
  it("the second time the same answer comes", async () => {
    const { cookie, callback } = await goneToIssuer();
    await returning(callback, cookie);
    expect(await refusal(returning(callback, cookie))).toMatchObject({
      code: "GH_SIGN_IN_FAILED",
      why: expect.stringContaining("used already"),
    });
  });

  it("in another browser than the one that asked: nobody can be signed in as somebody else", async () => {
    const { callback } = await goneToIssuer("mallory");
    expect(await refusal(returning(callback, undefined))).toMatchObject({
      why: "it was started in another browser",
    });
    const { cookie } = await goneToIssuer("alice");
    const again = await goneToIssuer("mallory");
    expect((await refusal(returning(again.callback, cookie))).code).toBe("GH_SIGN_IN_FAILED");
  });

  it.each<[string, (callback: URL) => void]>([
    [
      "without a state",
      (url) => {
        url.searchParams.delete("state");
      },
    ],
    [
      "with a state of its own",
      (url) => {
        url.searchParams.set("state", "x".repeat(43));
      },
    ],
    [
      "with two states",
      (url) => {
        url.searchParams.append("state", url.searchParams.get("state") ?? "");
      },
    ],
    [
      "with another code",
      (url) => {
        url.searchParams.set("code", "stolen");
      },
    ],
    [
      "with two codes",
      (url) => {
        url.searchParams.append("code", "stolen");
      },
    ],
    [
      "from another issuer (mix-up)",
      (url) => {
        url.searchParams.set("iss", "https://evil.example");
      },
    ],
    [
      "with an error",
      (url) => {
        url.searchParams.set("error", "access_denied");
      },
    ],
  ])("%s", async (_name, change) => {
    const { cookie, callback } = await goneToIssuer();
    const url = new URL(callback);
    change(url);
    expect((await refusal(returning(url.href, cookie))).code).toBe("GH_SIGN_IN_FAILED");
    expect([...store.values.keys()].filter((key) => key.startsWith("console:"))).toEqual([]);
  });

  it("when whoever records it fails", async () => {
    const failing = createSignIn({
      config,
      store,
      directory: new MemoryDirectory(),
      clock,
      ids,
      bearer: identity,
      onSignedIn: () => Promise.reject(new Error("the record store is down")),
    });
    const { cookie, callback } = await goneToIssuer();
    const url = new URL(callback);
    await expect(
      failing.finish(requestWith([["Cookie", cookie]], url.pathname + url.search)),
    ).rejects.toThrow("down");
    expect([...store.values.keys()]).toEqual([]);
  });
});

describe("at the console", () => {
  const session = async () => {
    const { cookie, callback } = await goneToIssuer();
    return cookieOf(await returning(callback, cookie));
  };

  it("nobody is signed in without a cookie, or with an invented one", async () => {
    for (const cookie of [
      "",
      "__Host-gatehouse=",
      `__Host-gatehouse=${"x".repeat(43)}`,
      `gatehouse=${"x".repeat(43)}`,
    ]) {
      expect((await refusal(signIn.signedIn(requestWith([["Cookie", cookie]])))).code).toBe(
        "GH_SIGN_IN_REQUIRED",
      );
    }
  });

  it("two session cookies are refused: one of them may be planted", async () => {
    const cookie = await session();
    const headers = [["Cookie", `${cookie}; __Host-gatehouse=${"x".repeat(43)}`]] as const;
    expect((await refusal(signIn.signedIn(requestWith(headers)))).code).toBe("GH_BAD_HEADERS");
  });

  it("signing out ends the session on the server too", async () => {
    const cookie = await session();
    const answer = await signIn.signOut(requestWith([["Cookie", cookie]]));
    expect(header(answer.headers, "set-cookie")).toMatch(/^__Host-gatehouse=; .*Max-Age=0/);
    expect((await refusal(signIn.signedIn(requestWith([["Cookie", cookie]])))).code).toBe(
      "GH_SIGN_IN_REQUIRED",
    );
  });

  it("a bearer console token counts as bearer, and a road token not at all, even beside a good cookie", async () => {
    const person = { subject: "s", person: "s", login: "dave", teams: [] };
    const mint = (audience: "road" | "console") =>
      identity.mint({ person, session: "ses_1", client: "cli", audience, expiresInMs: 60_000 });
    const consoleToken = await mint("console");
    const shown = requestWith([["Authorization", `Bearer ${consoleToken}`]]);
    expect(await signIn.signedIn(shown)).toMatchObject({ login: "dave", via: "bearer" });
    const road = requestWith([
      ["Authorization", `Bearer ${await mint("road")}`],
      ["Cookie", await session()],
    ]);
    expect((await refusal(signIn.signedIn(road))).code).toBe("GH_BAD_CREDENTIAL");
  });
});
