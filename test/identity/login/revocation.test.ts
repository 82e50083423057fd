// Signing out by RFC 7009: a session token ends its own session, and nothing else does.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { people } from "../../../bin/sandbox/people.ts";
import { newLogin, startProvider, type LoginUnderTest } from "./a-login.ts";

let provider: Awaited<ReturnType<typeof startProvider>>;
let login: LoginUnderTest;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.remove());
beforeEach(async () => {
  login = await newLogin(provider);
});

async function tokenFor(audience: "road" | "console"): Promise<string> {
  const [first] = people;
  if (first === undefined) throw new Error("nobody is there");
  const subject = `${provider.url}#${first.id}`;
  const person = { ...first, subject, person: subject };
  return login.identity.mint({
    person,
    session: "ses-over",
    client: "a test",
    audience,
    expiresInMs: 60_000,
  });
}

describe("POST /login/oauth/revoke", () => {
  it("ends the session that a road token names", async () => {
    const { status } = await login.ask("/login/oauth/revoke", { token: await tokenFor("road") });
    expect([status, login.revoked]).toEqual([200, ["ses-over"]]);
  });

  it.each([
    ["a console token", () => tokenFor("console")],
    ["an invented one", () => Promise.resolve("gho_a.b.c")],
    ["one of GitHub's", () => Promise.resolve(["gh", "p_", "a".repeat(36)].join(""))],
  ])("answers %s like any other, and ends nothing", async (_name, token) => {
    const { status, json } = await login.ask("/login/oauth/revoke", { token: await token() });
    expect([status, json, login.revoked]).toEqual([200, {}, []]);
  });

  it("says so when there is no token", async () => {
    const { status, json } = await login.ask("/login/oauth/revoke", { token_type_hint: "access_token" });
    expect([status, json.error]).toEqual([400, "invalid_request"]);
  });
});
