// A program signs a person in through the browser of their machine; and what others try with redirects, codes and verifiers.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ledTo } from "../../stand-ins/web-person.ts";
import { bearer } from "../fixtures.ts";
import {
  copilot,
  gateway,
  newLogin,
  startProvider,
  vsCode,
  type Fields,
  type LoginUnderTest,
} from "./a-login.ts";

const redirect = "http://127.0.0.1:45123/callback";
const verifier = "v".repeat(43);
const challenge = createHash("sha256").update(verifier).digest("base64url");
const good: Fields = {
  client_id: copilot,
  redirect_uri: redirect,
  scope: "repo",
  state: "the client's own",
  code_challenge: challenge,
  code_challenge_method: "S256",
};
let provider: Awaited<ReturnType<typeof startProvider>>;
let login: LoginUnderTest;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(async () => {
  await provider.remove();
});
beforeEach(async () => {
  login = await newLogin(provider);
});

const addressOf = (change: Record<string, string | undefined> = {}): string => {
  const all = Object.entries({ ...good, ...change }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return `/login/oauth/authorize?${new URLSearchParams(all).toString()}`;
};

async function returned(
  change: Record<string, string | undefined> = {},
  decision: "allow" | "refuse" = "allow",
) {
  const alice = login.person("alice");
  const confirmation = await alice.throughCompany(await alice.get(addressOf(change)));
  return new URL(ledTo(await alice.decides(confirmation, decision)));
}

async function codeOf(change?: Record<string, string | undefined>): Promise<string> {
  return (await returned(change)).searchParams.get("code") ?? "";
}

const trade = async (code: string, change: Fields = {}) =>
  (
    await login.ask("/login/oauth/access_token", {
      client_id: copilot,
      client_secret: "to be ignored",
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
      ...change,
    })
  ).json;

describe("the browser flow", () => {
  it("brings code, state and issuer back to the program, and a token for the code", async () => {
    const back = await returned();
    expect(back.href.split("?")[0]).toBe(redirect);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: "the client's own",
      iss: gateway,
    });
    const answer = await trade(back.searchParams.get("code") ?? "");
    expect(answer).toMatchObject({ token_type: "bearer", scope: "repo" });
    const caller = await login.identity.identify(bearer(String(answer.access_token)));
    expect(caller).toMatchObject({ login: "alice", claimedClient: "GitHub Copilot CLI" });
    expect(login.ended).toMatchObject([{ outcome: "granted", flow: "browser", session: caller.session }]);
  });

  it("tells the person where the answer goes, before anything goes there", async () => {
    const alice = login.person("alice");
    const page = await alice.throughCompany(await alice.get(addressOf()));
    expect(page.text).toContain(redirect);
  });

  it("brings a refusal back as access_denied", async () => {
    const back = await returned({}, "refuse");
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: "access_denied",
      state: "the client's own",
      iss: gateway,
    });
    expect(back.searchParams.has("code")).toBe(false);
    expect(login.ended).toMatchObject([{ outcome: "refused", flow: "browser", person: { login: "alice" } }]);
  });

  it("takes a resource of this gateway, as MCP clients name it", async () => {
    expect(await codeOf({ resource: `${gateway}/mcp/` })).toMatch(/^[\w-]{43}$/);
  });
});

describe("an authorization code", () => {
  it("is good once", async () => {
    const code = await codeOf();
    expect(await trade(code)).toHaveProperty("access_token");
    expect(await trade(code)).toMatchObject({ error: "bad_verification_code" });
  });

  it("gives one token when two ask in the same moment", async () => {
    const code = await codeOf();
    const answers = await Promise.all([trade(code), trade(code)]);
    expect(answers.filter((answer) => "access_token" in answer)).toHaveLength(1);
  });

  it("is good at 1:59 and not at 2:00", async () => {
    const code = await codeOf();
    login.clock.atMs += 119_000;
    expect(await trade(code)).toHaveProperty("access_token");
    const late = await codeOf();
    login.clock.atMs += 120_000;
    expect(await trade(late)).toMatchObject({ error: "bad_verification_code" });
  });

  it.each<[string, Fields, string]>([
    ["another client", { client_id: vsCode }, "incorrect_client_credentials"],
    ["another redirect", { redirect_uri: "http://127.0.0.1:45124/callback" }, "redirect_uri_mismatch"],
    ["another verifier", { code_verifier: "w".repeat(43) }, "bad_verification_code"],
    ["the challenge as verifier", { code_verifier: challenge }, "bad_verification_code"],
    ["no verifier", { code_verifier: "" }, "bad_verification_code"],
    ["a verifier that is too short", { code_verifier: "v".repeat(42) }, "bad_verification_code"],
    ["another grant type", { grant_type: "client_credentials" }, "unsupported_grant_type"],
  ])("is of no use with %s, and a code that was tried so is spent", async (name, change, error) => {
    const code = await codeOf();
    expect(await trade(code, change)).toMatchObject({ error });
    const again = await trade(code);
    if (name === "another grant type") expect(again).toHaveProperty("access_token");
    else expect(again).toMatchObject({ error: "bad_verification_code" });
  });

  it("without its redirect is refused too", async () => {
    const code = await codeOf();
    const form = { client_id: copilot, code, code_verifier: verifier };
    expect((await login.ask("/login/oauth/access_token", form)).json).toMatchObject({
      error: "redirect_uri_mismatch",
    });
  });
});

describe("authorize sends the browser back with an error, and nobody to the company,", () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ["without PKCE", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["with plain PKCE", { code_challenge_method: "plain" }, "invalid_request"],
    [
      "with a method left out, which would mean plain",
      { code_challenge_method: undefined },
      "invalid_request",
    ],
    ["with half a challenge", { code_challenge: challenge.slice(1) }, "invalid_request"],
    ["with another response type", { response_type: "token" }, "unsupported_response_type"],
    ["with a resource elsewhere", { resource: "https://api.github.com/" }, "invalid_target"],
    ["with scopes that are none", { scope: "<repo>" }, "invalid_scope"],
  ])("%s", async (_name, change, error) => {
    const back = new URL(ledTo(await login.person("alice").get(addressOf(change))));
    expect(back.origin).toBe("http://127.0.0.1:45123");
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error,
      state: "the client's own",
      iss: gateway,
    });
  });
});

describe("authorize sends the browser nowhere", () => {
  it.each<[string, Record<string, string | undefined>]>([
    ["without a redirect", { redirect_uri: undefined }],
    ["to another site", { redirect_uri: "https://evil.example/callback" }],
    ["to a host that only begins like loopback", { redirect_uri: "http://127.0.0.1.evil.example/callback" }],
    ["to a host with a user in it", { redirect_uri: "http://127.0.0.1@evil.example/callback" }],
    ["to a host behind a backslash", { redirect_uri: "http://127.0.0.1\\@evil.example/" }],
    ["to another loopback address", { redirect_uri: "http://127.0.0.2:45123/callback" }],
    ["to a number that means loopback", { redirect_uri: "http://2130706433/callback" }],
    ["to localhost over https", { redirect_uri: "https://localhost/callback" }],
    ["to a port that is none", { redirect_uri: "http://127.0.0.1:65536/callback" }],
    ["with a fragment", { redirect_uri: `${redirect}#x` }],
    ["with a path that climbs", { redirect_uri: "http://127.0.0.1:45123/a/../b" }],
    ["with quotes", { redirect_uri: `${redirect}?"><script>` }],
    ["to a script", { redirect_uri: "javascript:alert(1)" }],
    ["to VS Code, for another client", { redirect_uri: "https://vscode.dev/redirect" }],
    [
      "to VS Code's site, elsewhere on it",
      { client_id: vsCode, redirect_uri: "https://vscode.dev/redirect/../x" },
    ],
    [
      "to another extension of VS Code",
      { client_id: vsCode, redirect_uri: "vscode://evil.extension/did-authenticate" },
    ],
    ["without a client", { client_id: undefined }],
    ["with a client id that is none", { client_id: "<b>" }],
    ["with a state that is too long", { state: "x".repeat(2001) }],
  ])("%s", async (_name, change) => {
    const page = await login.person("alice").get(addressOf(change));
    expect(page.status).toBe(400);
    expect(page.text).toContain("You are not signed in");
    expect(page.text).not.toContain("http-equiv");
    expect(page.text).not.toContain("evil");
  });

  it("when a parameter is given twice", async () => {
    const page = await login.person("alice").get(`${addressOf()}&redirect_uri=http://127.0.0.1:1/`);
    expect(page.status).toBe(400);
  });
});

describe("authorize goes on to the company", () => {
  it.each<[string, Record<string, string | undefined>]>([
    ["with any port of this machine", { redirect_uri: "http://127.0.0.1:1/callback" }],
    ["with no port", { redirect_uri: "http://localhost/callback" }],
    ["with IPv6", { redirect_uri: "http://[::1]:8000/" }],
    [
      "with VS Code's page",
      {
        client_id: vsCode,
        redirect_uri: "https://vscode.dev/redirect",
        state: "http://127.0.0.1:9/callback?nonce=x",
      },
    ],
    [
      "with VS Code's scheme",
      {
        client_id: vsCode,
        redirect_uri: "vscode://vscode.github-authentication/did-authenticate?windowId=1",
      },
    ],
    ["for a client that nobody knows, back to its own machine", { client_id: "some-tool" }],
  ])("%s", async (_name, change) => {
    expect(ledTo(await login.person("alice").get(addressOf(change)))).toContain(`${provider.url}/auth`);
  });
});

describe("a client that registers itself", () => {
  const registered = async (body: unknown) => {
    const answer = await login.serve(
      new Request(`${gateway}/login/oauth/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };

  it("is public, and may use the redirects that it named, on any port", async () => {
    const { status, json } = await registered({
      client_name: "My tool",
      redirect_uris: ["http://127.0.0.1/done"],
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({ client_name: "My tool", token_endpoint_auth_method: "none" });
    const id = String(json.client_id);
    const alice = login.person("alice");
    const elsewhere = await alice.get(
      addressOf({ client_id: id, redirect_uri: "http://127.0.0.1:5/callback" }),
    );
    expect(elsewhere.status).toBe(400);
    const page = await alice.throughCompany(
      await alice.get(addressOf({ client_id: id, redirect_uri: "http://127.0.0.1:5/done" })),
    );
    expect(page.text).toContain("&quot;My tool&quot; (registered itself)");
    expect(page.text).toContain("does not know this program");
  });

  it.each([
    ["another site", { redirect_uris: ["https://evil.example/"] }, "invalid_redirect_uri"],
    [
      "one good and one bad redirect",
      { redirect_uris: ["http://127.0.0.1/", "http://evil.example/"] },
      "invalid_redirect_uri",
    ],
    ["no redirects", {}, "invalid_redirect_uri"],
    ["an empty list", { redirect_uris: [] }, "invalid_client_metadata"],
    [
      "eleven redirects",
      { redirect_uris: Array.from({ length: 11 }, (_, port) => `http://127.0.0.1:${port + 1}/`) },
      "invalid_client_metadata",
    ],
  ])("is refused with %s", async (_name, body, error) => {
    const { status, json } = await registered(body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error, error_description: expect.stringMatching(/\.$/) });
  });

  it("gains nothing by writing its id itself: other sites stay closed", async () => {
    const forged = `reg_${Buffer.from(JSON.stringify(["GitHub Copilot CLI", "https://evil.example/"])).toString("base64url")}`;
    const page = await login
      .person("alice")
      .get(addressOf({ client_id: forged, redirect_uri: "https://evil.example/" }));
    expect(page.status).toBe(400);
  });
});

describe("metadata", () => {
  it("names every endpoint of the authorization server", async () => {
    const answer = await login.serve(new Request(`${gateway}/.well-known/oauth-authorization-server`));
    expect(await answer.json()).toMatchObject({
      issuer: gateway,
      authorization_endpoint: `${gateway}/login/oauth/authorize`,
      token_endpoint: `${gateway}/login/oauth/access_token`,
      registration_endpoint: `${gateway}/login/oauth/register`,
      code_challenge_methods_supported: ["S256"],
    });
  });

  it.each(["", "/mcp", "/mcp/", "/mcp/readonly", "/mcp/x/all/readonly"])(
    "names the resource %s",
    async (path) => {
      const answer = await login.serve(new Request(`${gateway}/.well-known/oauth-protected-resource${path}`));
      expect(await answer.json()).toMatchObject({
        resource: `${gateway}${path}`,
        authorization_servers: [gateway],
      });
    },
  );

  it.each(["/api/v3", "/mcpx", "x"])("names no resource that is none (%s)", async (path) => {
    const answer = await login.serve(new Request(`${gateway}/.well-known/oauth-protected-resource${path}`));
    expect(answer.status).toBe(404);
  });
});
