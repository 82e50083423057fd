// The sandbox's issuer, as a browser, a device and a verifier meet it.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload } from "jose";
import { startIssuer, type SandboxIssuer } from "../../bin/sandbox/issuer.ts";
import { people } from "../../bin/sandbox/people.ts";
import { Browser } from "./browser.ts";

let folder: string;
let issuer: SandboxIssuer;
const redirectUri = "http://127.0.0.1:9/callback";
const clients = [{ clientId: "console", redirectUris: [redirectUri] }];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-issuer-"));
  issuer = await startIssuer({ dataDir: folder, port: 0, people, clients });
});
afterAll(async () => {
  await issuer.close();
  await rm(folder, { recursive: true, force: true });
});

const verifier = randomBytes(32).toString("base64url");
const challenge = createHash("sha256").update(verifier).digest("base64url");

function authorizeUrl(more: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: "console",
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid profile email groups",
    state: "s",
    nonce: "n",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...more,
  });
  return `${issuer.url}/auth?${query.toString()}`;
}

interface Tokens {
  id_token: string;
  access_token: string;
  refresh_token: string;
  error?: string;
  device_code: string;
  user_code: string;
  verification_uri: string;
}

async function post(path: string, form: Record<string, string>): Promise<Tokens> {
  const answer = await fetch(issuer.url + path, { method: "POST", body: new URLSearchParams(form) });
  return (await answer.json()) as Tokens;
}

function exchange(callback: string): Promise<Tokens> {
  return post("/token", {
    grant_type: "authorization_code",
    client_id: "console",
    redirect_uri: redirectUri,
    code: new URL(callback).searchParams.get("code") ?? "",
    code_verifier: verifier,
  });
}

async function verified(token: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${issuer.url}/jwks`));
  return (await jwtVerify(token, keys, { issuer: issuer.url, algorithms: ["RS256"] })).payload;
}

async function signedIn(login: string): Promise<{ browser: Browser; tokens: Tokens }> {
  const browser = new Browser(issuer.url);
  const page = await browser.follow(authorizeUrl());
  const { url } = await browser.choose(page.url, login);
  return { browser, tokens: await exchange(url) };
}

describe("signing in by browser", () => {
  it("ends with an ID token and an access token that say who it is", async () => {
    const { tokens } = await signedIn("carol");
    const claims = {
      sub: "acme-1003",
      preferred_username: "carol",
      name: "Carol Castro",
      email: "carol@acme.example",
      groups: ["engineering", "platform-team"],
    };
    expect(await verified(tokens.id_token)).toMatchObject({ ...claims, aud: "console", nonce: "n" });
    expect(await verified(tokens.access_token)).toMatchObject({ ...claims, aud: "urn:gatehouse" });
    expect(typeof decodeJwt(tokens.id_token).auth_time).toBe("number");
  });

  it("shows one button for each person, without script, under a strict policy", async () => {
    const { answer } = await new Browser(issuer.url).follow(authorizeUrl());
    const html = await answer?.text();
    for (const { login } of people) expect(html).toContain(`value="${login}"`);
    expect(html).not.toContain("<script");
    expect(answer?.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/127\.0\.0\.1:9; /,
    );
  });

  it("shows no page to who is signed in already, but does when a fresh sign-in is asked for", async () => {
    const { browser } = await signedIn("alice");
    const again = await browser.follow(authorizeUrl());
    const fresh = await browser.follow(authorizeUrl({ prompt: "login" }));
    const aged = await browser.follow(authorizeUrl({ max_age: "0" }));
    expect(again.url).toMatch(/^http:\/\/127\.0\.0\.1:9\/callback\?code=/);
    expect([fresh.url, aged.url]).toEqual([
      expect.stringMatching(/^\S*\/interaction\//),
      expect.stringMatching(/^\S*\/interaction\//),
    ]);
  });

  it("a fresh sign-in can be somebody else", async () => {
    const { browser } = await signedIn("alice");
    const page = await browser.follow(authorizeUrl({ prompt: "login" }));
    const { url } = await browser.choose(page.url, "dave");
    expect(decodeJwt((await exchange(url)).id_token)).toMatchObject({ preferred_username: "dave" });
  });

  it("needs PKCE", async () => {
    const { url } = await new Browser(issuer.url).follow(
      authorizeUrl({ code_challenge: "", code_challenge_method: "" }),
    );
    expect(new URL(url).searchParams.get("error")).toBe("invalid_request");
  });

  it("a choice sent from another site is refused", async () => {
    const browser = new Browser(issuer.url);
    const { url } = await browser.follow(authorizeUrl());
    const answers = [
      await browser.open(url, { person: "erin" }, { origin: "https://evil.example" }),
      await browser.open(url, { person: "erin" }, { origin: "null" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });

  it("a sign-in that began in another browser is refused", async () => {
    const { url } = await new Browser(issuer.url).follow(authorizeUrl());
    expect((await new Browser(issuer.url).open(url)).status).toBe(400);
  });

  it("a refresh token works once; used again it ends the whole line", async () => {
    const { tokens } = await signedIn("bob");
    const refresh = (token: string): Promise<Tokens> =>
      post("/token", { grant_type: "refresh_token", client_id: "console", refresh_token: token });
    const second = await refresh(tokens.refresh_token);
    expect(await verified(second.access_token)).toMatchObject({ preferred_username: "bob" });
    expect((await refresh(tokens.refresh_token)).error).toBe("invalid_grant");
    expect((await refresh(second.refresh_token)).error).toBe("invalid_grant");
  });
});

describe("signing in a device", () => {
  it("gives the device a token once a person has confirmed its code", async () => {
    const device = await post("/device/auth", { client_id: "gatehouse-cli", scope: "openid profile groups" });
    const poll = (): Promise<Tokens> =>
      post("/token", {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: "gatehouse-cli",
        device_code: device.device_code,
      });
    expect((await poll()).error).toBe("authorization_pending");
    const browser = new Browser(issuer.url);
    const form = await (await browser.open(device.verification_uri)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(form)?.[1] ?? "";
    expect(form).not.toContain("onfocus");
    const code = { xsrf, user_code: device.user_code };
    expect(await (await browser.open("/device", code)).text()).toContain(device.user_code);
    const confirmed = await browser.open("/device", { ...code, confirm: "yes" });
    const page = await browser.follow(confirmed.headers.get("location") ?? "");
    const { answer } = await browser.choose(page.url, "alice");
    expect(await answer?.text()).toContain("Signed in");
    expect(await verified((await poll()).access_token)).toMatchObject({
      aud: "urn:gatehouse",
      preferred_username: "alice",
      groups: ["engineering"],
    });
  });
});

describe("minted tokens", () => {
  it("verify like those of a sign-in, and name the same subject", async () => {
    expect(await verified(await issuer.tokenFor("carol"))).toMatchObject({
      sub: "acme-1003",
      aud: "urn:gatehouse",
      preferred_username: "carol",
      groups: ["engineering", "platform-team"],
    });
  });

  it("take another audience, lifetime and claims", async () => {
    const token = await issuer.tokenFor("bob", {
      audience: "other",
      expiresInSeconds: 60,
      claims: { groups: ["x"], email: undefined },
    });
    const { iat = 0, exp = 0, ...claims } = await verified(token);
    expect(exp - iat).toBe(60);
    expect(claims).toMatchObject({ aud: "other", groups: ["x"] });
    expect(claims).not.toHaveProperty("email");
  });

  it("are not made for strangers", async () => {
    await expect(issuer.tokenFor("nobody")).rejects.toThrow("Nobody is called nobody");
  });
});

it("a restart keeps the keys and the people signed in", async () => {
  const { browser, tokens } = await signedIn("erin");
  const port = Number(new URL(issuer.url).port);
  await issuer.close();
  issuer = await startIssuer({ dataDir: folder, port, people, clients });
  expect(await verified(tokens.access_token)).toMatchObject({ preferred_username: "erin" });
  expect((await browser.follow(authorizeUrl())).url).toContain("/callback?code=");
});

it("only the owner can read the signing key", async () => {
  expect((await stat(join(folder, "keys.json"))).mode & 0o777).toBe(0o600);
});
