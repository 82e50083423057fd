// A program signs a person in by device flow, with a real OpenID provider; and what others try on the way.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { hidden, ledTo } from "../../stand-ins/web-person.ts";
import { bearer } from "../fixtures.ts";
import {
  copilot,
  deviceGrant,
  gateway,
  newLogin,
  startProvider,
  vsCode,
  type LoginUnderTest,
} from "./a-login.ts";

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

describe("the device flow", () => {
  it("answers as GitHub does, and never with a link that carries the code", async () => {
    const { status, json } = await login.ask("/login/device/code", {
      client_id: copilot,
      scope: "repo,gist",
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${gateway}/login/device`,
      expires_in: 900,
      interval: 5,
    });
  });

  it("answers with a form when JSON is not asked for", async () => {
    const { text } = await login.ask(
      "/login/device/code",
      { client_id: copilot },
      { headers: { accept: "*/*" } },
    );
    expect(new URLSearchParams(text).get("user_code")).toMatch(/^\w{4}-\w{4}$/);
  });

  it("takes parameters in the query of a POST, as VS Code sends them", async () => {
    const { json } = await login.ask(`/login/device/code?client_id=${vsCode}&scope=repo`, {});
    expect(json).toMatchObject({ interval: 5 });
  });

  it("gives a session token to the program whose code a person typed and confirmed", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    expect(await login.poll(code)).toMatchObject({ error: "authorization_pending" });
    const done = await login.person("alice").confirms(typed.toLowerCase().replace("-", " "));
    expect(done.text).toContain("GitHub Copilot CLI goes on by itself");
    const answer = await login.poll(code);
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^gho_/),
      token_type: "bearer",
      scope: "read:org,repo",
      expires_in: 28_800,
    });
    const caller = await login.identity.identify(bearer(String(answer.access_token)));
    expect(caller).toMatchObject({
      login: "alice",
      proof: "session-token",
      claimedClient: "GitHub Copilot CLI",
    });
    expect(login.ended).toMatchObject([
      { outcome: "granted", flow: "device", client: "GitHub Copilot CLI", session: caller.session },
    ]);
  });

  it("gives every sign-in a session of its own", async () => {
    const sessions = [];
    for (const who of ["alice", "alice"]) {
      const { device_code: code, user_code: typed } = await login.startDevice();
      await login.person(who).confirms(typed);
      const token = String((await login.poll(code)).access_token);
      sessions.push((await login.identity.identify(bearer(token))).session);
    }
    expect(new Set(sessions).size).toBe(2);
  });

  it("keeps neither the device code nor the user code as they are", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    const kept = JSON.stringify([...login.store.values]);
    expect(kept).not.toContain(code);
    expect(kept).not.toContain(typed);
  });
});

describe("the confirmation page", () => {
  const confirmation = async (options: { from?: string; client?: string; at?: string } = {}) => {
    const { user_code: typed } = await login.startDevice(options);
    const person = login.person("alice", options.at);
    return person.throughCompany(await person.types(typed));
  };

  it("says who, which program and from where, without a warning when all fits", async () => {
    const { text, headers } = await confirmation({ from: "::ffff:192.0.2.7" });
    expect(text).toContain("Alice Arden (alice)");
    expect(text).toContain("Let GitHub Copilot CLI act for you?");
    expect(text.replace(/\s*\n\s*/g, "")).toContain("<dt>Asked from</dt><dd>192.0.2.7</dd>");
    expect(text).not.toContain('class="warning"');
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(text).not.toContain("<script");
  });

  it("warns when the program asked from another address", async () => {
    const { text } = await confirmation({ from: "198.51.100.9" });
    expect(text).toContain("asked from 198.51.100.9, but you are at 192.0.2.7");
  });

  it("warns of a program that the gateway does not know", async () => {
    const { text } = await confirmation({ client: "some-tool" });
    expect(text).toContain("does not know this program");
    expect(text).toContain("unknown client some-tool");
  });
});

describe("a device code", () => {
  it("is refused to the program when the person says no", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    const page = await login.person("alice").confirms(typed, "refuse");
    expect(page.text).toContain("was not let in");
    expect(await login.poll(code)).toMatchObject({ error: "access_denied" });
    expect(await login.poll(code)).toMatchObject({ error: "access_denied" });
    expect(login.ended).toMatchObject([
      { outcome: "refused", flow: "device", person: { login: "alice" }, why: "the person said no" },
    ]);
  });

  it("gives one token only", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    await login.person("alice").confirms(typed);
    expect(await login.poll(code)).toHaveProperty("access_token");
    expect(await login.poll(code)).toMatchObject({ error: "incorrect_device_code" });
  });

  it("gives one token only, also when two ask in the same moment", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    await login.person("alice").confirms(typed);
    const form = { client_id: copilot, device_code: code, grant_type: deviceGrant };
    const answers = await Promise.all([1, 2, 3].map(() => login.ask("/login/oauth/access_token", form)));
    expect(answers.filter(({ json }) => "access_token" in json)).toHaveLength(1);
  });

  it("is of no use to another client", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    await login.person("alice").confirms(typed);
    expect(await login.poll(code, vsCode)).toMatchObject({ error: "incorrect_client_credentials" });
    expect(await login.poll(code)).toHaveProperty("access_token");
  });

  it("is answered with slow_down when polled 3.9 seconds after the last time, and not after 4.1", async () => {
    const { device_code: code } = await login.startDevice();
    await login.poll(code);
    login.clock.atMs += 3_900 - 5_000;
    expect(await login.poll(code)).toMatchObject({ error: "slow_down", interval: 10 });
    login.clock.atMs += 4_100 - 3_900 - 5_000;
    expect(await login.poll(code)).toMatchObject({ error: "authorization_pending" });
  });

  it("can be typed at 14:59 and not at 15:00", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    login.clock.atMs += 15 * 60_000 - 1_000;
    expect(ledTo(await login.person("alice").types(typed))).toContain(provider.url);
    login.clock.atMs += 1_000;
    expect((await login.person("alice").types(typed)).text).toContain("No program waits for this code");
    expect(await login.poll(code)).toMatchObject({ error: "expired_token" });
  });

  it("that expired while the person was at the company's sign-in is confirmed to nobody", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    login.clock.atMs += 14 * 60_000;
    const alice = login.person("alice");
    const page = await alice.throughCompany(await alice.types(typed));
    login.clock.atMs += 60_000;
    expect(await alice.decides(page, "allow")).toMatchObject({
      status: 400,
      text: expect.stringContaining("expired"),
    });
    expect(await login.poll(code)).toMatchObject({ error: "expired_token" });
  });

  it("takes the first decision: a second person with the same code comes too late", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    const [alice, mallory] = [login.person("alice"), login.person("mallory")];
    const page = await mallory.throughCompany(await mallory.types(typed));
    await alice.confirms(typed);
    expect((await mallory.decides(page, "allow")).status).toBe(400);
    const token = String((await login.poll(code)).access_token);
    expect((await login.identity.identify(bearer(token))).login).toBe("alice");
  });

  it.each([
    ["no grant type", { grant_type: "" }, "unsupported_grant_type"],
    ["another grant type", { grant_type: "refresh_token" }, "unsupported_grant_type"],
    ["an invented code", { device_code: "x".repeat(43) }, "incorrect_device_code"],
    ["no client", { client_id: "" }, "incorrect_client_credentials"],
    ["a resource elsewhere", { resource: "https://api.github.com" }, "invalid_target"],
    ["a resource that only begins like ours", { resource: `${gateway}.evil.example` }, "invalid_target"],
  ])("is refused with %s", async (_name, change, error) => {
    const { device_code: code } = await login.startDevice();
    const form = { client_id: copilot, device_code: code, grant_type: deviceGrant, ...change };
    const { status, json } = await login.ask("/login/oauth/access_token", form);
    expect(status).toBe(200);
    expect(json).toMatchObject({ error, error_description: expect.stringMatching(/\.$|below/) });
  });

  it("is not honoured, and no token leaves, while nothing can be recorded", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    await login.person("alice").confirms(typed);
    login.failing.record = true;
    await expect(login.poll(code)).rejects.toThrow("down");
  });
});

const quarterMs = 15 * 60_000;

describe("the page that takes codes", () => {
  it("takes no code from a link", async () => {
    const { user_code: typed } = await login.startDevice();
    const page = await login.person("alice").get(`/login/device?user_code=${typed}`);
    expect(page.text).not.toContain(typed);
  });

  it("escapes whatever was typed", async () => {
    const page = await login.person("alice").types('"><script>alert(1)</script>');
    expect(page.text).not.toContain("<script");
    expect(page.status).toBe(400);
  });

  it("takes five wrong codes from one browser, and then not even a right one for a quarter of an hour", async () => {
    const alice = login.person("alice");
    for (let tried = 0; tried < 5; tried++) expect((await alice.types("BBBB-BBBB")).status).toBe(400);
    const { user_code: typed } = await login.startDevice();
    expect((await alice.types(typed)).status).toBe(429);
    expect(login.ended).toMatchObject([{ outcome: "refused", why: "too many wrong codes" }]);
    login.clock.atMs += 15 * 60_000;
    expect((await alice.types((await login.startDevice()).user_code)).status).toBe(200);
  });

  it("takes thirty wrong codes from one address, however many browsers there are", async () => {
    // Quarters of an hour begin with the clock's, and this one must not end meanwhile.
    login.clock.atMs = Math.ceil(login.clock.atMs / quarterMs) * quarterMs;
    for (let tried = 0; tried < 30; tried++) {
      login.clock.atMs += 1_000;
      expect((await login.person("mallory").types("BBBB-BBBB")).status).toBe(400);
    }
    login.clock.atMs += 1_000;
    expect((await login.person("mallory").types("BBBB-BBBB")).status).toBe(429);
    expect((await login.person("alice", "203.0.113.5").types("BBBB-BBBB")).status).toBe(400);
  });

  it("takes ten wrong codes a second from all addresses together", async () => {
    const answers = [];
    for (let tried = 0; tried < 11; tried++)
      answers.push((await login.person("mallory", `203.0.113.${tried}`).types("BBBB-BBBB")).status);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
  });

  it("does not count right codes: a whole company may share one address", async () => {
    for (let person = 0; person < 40; person++) {
      login.clock.atMs += 1_000;
      const { user_code: typed } = await login.startDevice();
      expect((await login.person("alice").types(typed)).status).toBe(200);
    }
  });

  it("hands out sixty codes a minute to one address", async () => {
    const asked = async () => (await login.ask("/login/device/code", { client_id: copilot })).json;
    login.clock.atMs = Math.ceil(login.clock.atMs / 60_000) * 60_000;
    for (let code = 0; code < 60; code++) {
      login.clock.atMs += 100;
      expect(await asked()).toHaveProperty("device_code");
    }
    expect(await asked()).toMatchObject({ error: "slow_down" });
  });
});

describe("a form of the sign-in is refused", () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["from another site", {}, { origin: "https://evil.example" }],
    ["from a sandboxed page", {}, { origin: "null" }],
    ["without the page's token", { csrf: "" }, {}],
    ["with an invented token", { csrf: "0".repeat(64) }, {}],
    ["without the browser's cookie", {}, { cookie: "" }],
    ["with another browser's cookie", {}, { cookie: `__Host-gatehouse-login=${"x".repeat(43)}` }],
  ])("%s", async (_name, change, headers) => {
    const { user_code: typed } = await login.startDevice();
    const alice = login.person("alice");
    const csrf = hidden(await alice.get("/login/device"), "csrf");
    const answer = await alice.post("/login/device", { csrf, user_code: typed, ...change }, headers);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("You are not signed in");
  });

  it("when a confirmation comes from another browser, even with the right ticket", async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    const [alice, mallory] = [login.person("alice"), login.person("mallory")];
    const page = await alice.throughCompany(await alice.types(typed));
    await mallory.get("/login/device");
    expect((await mallory.decides(page, "allow")).text).toContain("another browser");
    expect(await login.poll(code)).toMatchObject({ error: "authorization_pending" });
  });

  it("when a confirmation comes from another site", async () => {
    const { user_code: typed } = await login.startDevice();
    const alice = login.person("alice");
    const page = await alice.throughCompany(await alice.types(typed));
    const form = { ticket: hidden(page, "ticket"), decision: "allow" };
    expect((await alice.post("/login/confirm", form, { origin: "https://evil.example" })).status).toBe(400);
  });

  it("when a confirmation comes a second time", async () => {
    const { user_code: typed } = await login.startDevice();
    const alice = login.person("alice");
    const page = await alice.throughCompany(await alice.types(typed));
    await alice.decides(page, "allow");
    expect((await alice.decides(page, "allow")).text).toContain("used already");
  });
});

describe("the way back from the company", () => {
  const returned = async () => {
    const { device_code: code, user_code: typed } = await login.startDevice();
    const alice = login.person("alice");
    const state = new URL(ledTo(await alice.types(typed))).searchParams.get("state") ?? "";
    return { code, alice, state };
  };

  it("ends the program's wait when the company says no to the person", async () => {
    const { code, alice, state } = await returned();
    await alice.get(`/login/oauth/callback?error=access_denied&state=${state}`);
    expect(await login.poll(code)).toMatchObject({ error: "access_denied" });
    expect(login.ended).toMatchObject([{ outcome: "refused", why: expect.stringContaining("company") }]);
  });

  it("leaves the code as it is when the company has trouble of its own", async () => {
    const { code, alice, state } = await returned();
    const page = await alice.get(`/login/oauth/callback?error=temporarily_unavailable&state=${state}`);
    expect(page.status).toBe(400);
    expect(await login.poll(code)).toMatchObject({ error: "authorization_pending" });
  });

  it.each(["", "&state=x", "&error=access_denied&state=x"])(
    "is refused with a state of its own (%s)",
    async (query) => {
      const { code, alice } = await returned();
      expect((await alice.get(`/login/oauth/callback?code=stolen${query}`)).status).toBe(400);
      expect(await login.poll(code)).toMatchObject({ error: "authorization_pending" });
    },
  );

  it("is refused in another browser: nobody is signed in as somebody else", async () => {
    const { user_code: typed } = await login.startDevice();
    const [alice, mallory] = [login.person("alice"), login.person("mallory")];
    const page = await mallory.types(typed);
    await alice.get("/login/device");
    expect((await alice.throughCompany(page)).text).toContain("another browser");
  });
});
