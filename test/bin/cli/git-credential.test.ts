// What git asks and hears: its own lines in and out (gitcredentials(7)), whatever is kept.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { keep } from "../../../bin/cli/account.ts";
import { gitCredential } from "../../../bin/cli/git-credential.ts";
import { createTokenStore } from "../../../bin/cli/token-store.ts";

const host = "https://gw.acme.example";
const token = `gho_${"a.b.c".repeat(3)}`;
const nowMs = 1_900_000_000_000;
const asked =
  'protocol=https\nhost=gw.acme.example\npath=acme/app.git\nwwwauth[]=Basic realm="gatehouse"\n\n';
let env: Record<string, string>;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "credential-"));
  env = { XDG_CONFIG_HOME: folder, HOME: folder, GATEHOUSE_TOKEN_STORE: "file" };
  await keep({ host, token, login: "alice", session: "ses_1", expiresAtMs: nowMs + 60_999 }, env);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const get = (input = asked, more: Record<string, string> = {}, atMs = nowMs) =>
  gitCredential("get", input, { ...env, ...more }, atMs);

describe("get", () => {
  it("gives name, token and expiry for the gateway's host", async () => {
    expect(await get()).toEqual({
      out: `username=alice\npassword=${token}\npassword_expiry_utc=${Math.floor((nowMs + 60_999) / 1000)}\n`,
    });
  });

  it("names Copilot's session in the user name, where one is set", async () => {
    expect((await get(asked, { COPILOT_AGENT_SESSION_ID: "7f3c-1" })).out).toContain(
      "username=copilot-session.7f3c-1\n",
    );
  });

  it("puts no session into the user name that could add lines of its own", async () => {
    const { out } = await get(asked, { COPILOT_AGENT_SESSION_ID: "x\nhost=evil.example" });
    expect(out).toMatch(/^username=alice\n/);
    expect(out).not.toContain("evil");
  });

  it("takes lines that it does not know, among them capabilities", async () => {
    const { out } = await get(`capability[]=authtype\ncapability[]=state\n${asked}`);
    expect(out).toContain(`password=${token}\n`);
  });

  it.each([
    ["another host", "protocol=https\nhost=github.com\n\n"],
    ["another port", "protocol=https\nhost=gw.acme.example:8443\n\n"],
    ["the same host without TLS", "protocol=http\nhost=gw.acme.example\n\n"],
    ["a host that only begins alike", "protocol=https\nhost=gw.acme.example.evil.example\n\n"],
    ["a host with a user in it", "protocol=https\nhost=evil@gw.acme.example\n\n"],
    ["nothing", ""],
  ])("gives nothing for %s", async (_name, input) => {
    expect(await get(input)).toEqual({ out: "" });
  });

  it("gives the token in its last millisecond, and then tells git to stop asking", async () => {
    expect((await get(asked, {}, nowMs + 60_998)).out).toContain(token);
    expect(await get(asked, {}, nowMs + 60_999)).toEqual({
      out: "quit=1\n",
      hint: expect.stringContaining(`Run: gatehouse login ${host}`),
    });
  });

  it("gives the token of gatehouse run before the kept one, at its own host only", async () => {
    const run = { GATEHOUSE_HOST: host, GATEHOUSE_TOKEN: "gho_run" };
    expect((await get(asked, run)).out).toBe("username=gatehouse\npassword=gho_run\n");
    const elsewhere = { ...run, GATEHOUSE_HOST: "https://other.example" };
    expect((await get(asked, elsewhere)).out).toContain(token);
  });
});

describe("erase", () => {
  it("forgets the token that was refused", async () => {
    await gitCredential("erase", `${asked.trim()}\npassword=${token}\n\n`, env, nowMs);
    expect(await createTokenStore(env).get(host)).toBeUndefined();
    expect(await get()).toEqual({ out: "" });
  });

  it("keeps a token that came since", async () => {
    await gitCredential("erase", `${asked.trim()}\npassword=gho_older\n\n`, env, nowMs);
    expect(await createTokenStore(env).get(host)).toBe(token);
  });
});

it("store changes nothing: what git knows, it knows from here", async () => {
  expect(await gitCredential("store", `${asked.trim()}\npassword=gho_other\n\n`, env, nowMs)).toEqual({
    out: "",
  });
  expect(await createTokenStore(env).get(host)).toBe(token);
});
