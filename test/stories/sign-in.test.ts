// The way of a person and their program: sign in at the company, git works, and the record knows who let which program in.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { keep, keptToken, signIn, type Kept } from "../../bin/cli/account.ts";
import { examine } from "../../bin/cli/doctor.ts";
import { carryOutSetup, planSetup, planUndo } from "../../bin/cli/setup.ts";
import type { Talk } from "../../bin/cli/sign-in.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { ledTo, WebPerson } from "../stand-ins/web-person.ts";

const cli = resolve("bin/cli.ts");
let gateway: GatewayUnderTest;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  [gateway, home] = await Promise.all([startGateway(), mkdtemp(join(tmpdir(), "gatehouse-home-"))]);
  env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    GATEHOUSE_TOKEN_STORE: "file",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Alice",
    GIT_AUTHOR_EMAIL: "alice@acme.example",
    GIT_COMMITTER_NAME: "Alice",
    GIT_COMMITTER_EMAIL: "alice@acme.example",
  };
});
afterAll(async () => {
  await discard(gateway);
  await rm(home, { recursive: true });
});

/** The person acts while the program would wait for its next poll. */
function talkOf(act: (said: string) => Promise<unknown>): Talk & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    say: (line) => lines.push(line),
    sleep: async () => {
      await act(lines.join("\n"));
    },
    now: () => Date.now(),
    open: async (address) => {
      await act(address);
      return true;
    },
  };
}

function byDevice(login: string, decision: "allow" | "refuse" = "allow"): Promise<Kept> {
  const person = new WebPerson(login, gateway);
  return signIn(
    gateway.gateway,
    "device",
    env,
    talkOf((said) => person.confirms(/Your code: (\S+)/.exec(said)?.[1] ?? "", decision)),
  );
}

async function run(
  command: string,
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: Record<string, string> } = {},
) {
  const child = spawn(command, args, { env: { ...env, ...options.env }, cwd: options.cwd ?? home });
  const out = { code: null as number | null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (out.stderr += chunk.toString()));
  child.stdin.end(options.input ?? "");
  out.code = await new Promise((done) => child.on("close", done));
  return out;
}

const gatehouse = (args: readonly string[], options?: Parameters<typeof run>[2]) =>
  run(process.execPath, ["--no-warnings", cli, ...args], options);

describe("a person signed in by device flow", () => {
  beforeAll(async () => {
    await keep(await byDevice("alice"), env);
  });

  it("has a token that only its owner can read", async () => {
    const file = join(home, "config/gatehouse/tokens.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { token, login } = await keptToken(undefined, env, Date.now());
    expect(login).toBe("alice");
    expect(await readFile(join(home, "config/gatehouse/hosts.json"), "utf8")).not.toContain(token);
  });

  it("clones and pushes with the real git, which asks the helper for the password", async () => {
    const helper = `credential.${gateway.gateway}.helper=!'${process.execPath}' --no-warnings '${cli}' git-credential`;
    const git = (args: readonly string[], cwd?: string) =>
      run("git", ["-c", helper, ...args], {
        ...(cwd === undefined ? {} : { cwd }),
        env: { COPILOT_AGENT_SESSION_ID: "7f3c-test" },
      });
    const work = join(home, "work");
    expect(await git(["clone", "--quiet", `${gateway.gateway}/acme/app.git`, work])).toMatchObject({
      code: 0,
    });
    await run("git", ["commit", "--quiet", "--allow-empty", "-m", "Try the helper"], { cwd: work });
    const push = await git(["push", "origin", "HEAD:topic/helper"], work);
    expect(push).toMatchObject({ code: 0 });
    expect(await readFile(join(work, ".git/config"), "utf8")).not.toContain("gho_");
    const { session } = await keptToken(undefined, env, Date.now());
    const { json } = await gateway.review("erin", "GET", `/sessions/${session}`);
    const entries = JSON.stringify(json);
    expect(entries).toContain("7f3c-test");
    expect(entries).not.toContain("gho_");
  });

  it("sees in status who they are and until when, and gets the token by name only", async () => {
    const status = await gatehouse(["status"]);
    expect(status.stdout).toMatch(
      /^\* http:\/\/127\.0\.0\.1:\d+: alice until \d{4}-\d\d-\d\d \d\d:\d\d UTC, session ses_\w+\n$/,
    );
    expect(status.stdout).not.toContain("gho_");
    expect((await gatehouse(["token"])).stdout).toMatch(/^gho_/);
  });

  it("stands in the events as let in, with the program and the address", async () => {
    const lines = (await readFile(join(gateway.dataDir, "events.ndjson"), "utf8")).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.filter(({ type }) => type === "sign-in")).toMatchObject([
      { outcome: "granted", flow: "device", client: "Gatehouse command", login: "alice", from: "127.0.0.1" },
    ]);
  });
});

it("a person who refuses signs nobody in", async () => {
  await expect(byDevice("bob", "refuse")).rejects.toThrow("you are not signed in: The sign-in was refused.");
});

it("the browser flow comes to the same end without a code to type", async () => {
  const bob = new WebPerson("bob", gateway);
  const talk = talkOf(async (address) => {
    const confirmation = await bob.throughCompany(await bob.get(address));
    await bob.get(ledTo(await bob.decides(confirmation, "allow")));
  });
  const kept = await signIn(gateway.gateway, "browser", env, talk);
  expect(kept).toMatchObject({ login: "bob", session: expect.stringMatching(/^ses_/) });
});

it("a session that a person stops is over for its token, here too", async () => {
  const { token, session } = await byDevice("bob");
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${gateway.gateway}/api/v3/repos/acme/app`, { headers })).status).toBe(200);
  await gateway.review("carol", "POST", `/sessions/${session}/stop`, { reason: "A test of the switch" });
  const answer = await fetch(`${gateway.gateway}/_gatehouse/session`, { headers });
  expect(answer.status).toBe(403);
});

describe("an agent that gatehouse run starts", () => {
  const agent = (script: string, env: Record<string, string> = {}) =>
    gatehouse(
      ["run", "--as", "alice", "--session", "ses-run", "--data", gateway.dataDir, "--", "sh", "-c", script],
      {
        env,
      },
    );

  it("clones from github.com's own address through the gateway, in its one session", async () => {
    const ran = await agent(
      "git clone -q https://github.com/acme/site.git ran && cd ran && git log -1 --format=%s",
    );
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const { json } = await gateway.review("erin", "GET", "/sessions/ses-run");
    expect(JSON.stringify(json)).toContain("acme/site");
  });

  it("does not inherit a token that leads past the gateway, and the person hears of it", async () => {
    const ran = await agent("echo token:$GH_TOKEN", { GH_TOKEN: "direct" });
    expect(ran.stdout).toBe("token:\n");
    expect(ran.stderr).toContain("lead past the gateway: GH_TOKEN");
  });

  it("finds no token on any command line of its ancestors", async () => {
    const ran = await agent("tr '\\0' ' ' < /proc/$PPID/cmdline; tr '\\0' ' ' < /proc/$$/cmdline");
    expect(ran.stdout).toContain("run --as alice");
    expect(ran.stdout).not.toContain("gho_");
  });

  it.each([
    ["its exit code", "exit 7", 7],
    ["a signal's number", "kill -TERM $$", 143],
  ])("ends with %s", async (_name, script, code) => {
    expect(await agent(script)).toMatchObject({ code });
  });

  it("gets the signals that gatehouse gets", async () => {
    const ran = await agent(
      "trap 'echo got; exit 3' TERM; kill -TERM $PPID; for turn in $(seq 200); do sleep 0.05; done",
    );
    expect(ran).toMatchObject({ code: 3, stdout: "got\n" });
  });

  it("is said not to exist when it does not", async () => {
    const ran = await gatehouse(["run", "--as", "alice", "--data", gateway.dataDir, "--", "no-such-agent"]);
    expect(ran).toMatchObject({
      code: 1,
      stderr: "gatehouse: no-such-agent was not started: there is no such command.\n",
    });
  });
});

describe("doctor", () => {
  beforeAll(async () => {
    await keep(await byDevice("alice"), env);
  });
  const doctor = async (more: Record<string, string> = {}, host = gateway.gateway) =>
    (await examine(host, { ...env, ...more }, Date.now())).map(
      ({ what, is, seen, mend }) => `${is} ${what}: ${seen} ${mend ?? ""}`,
    );

  it("names what is well, what is wrong, and how to mend it", async () => {
    expect(await doctor()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ok gateway: http:.* is reached on this machine/),
        expect.stringMatching(/^ok sign-in: alice until/),
        expect.stringMatching(/^problem git: goes to github.com directly Run: gatehouse setup git/),
      ]),
    );
    const around = { host: gateway.gateway, env, platform: "linux" };
    await carryOutSetup(await planSetup(["git"], around), env);
    expect(await doctor()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ok git: goes through the gateway, and gets its/)]),
    );
    await carryOutSetup(await planUndo(["git"], around), env);
  });

  it("warns of a token for github.com itself, without showing it", async () => {
    const direct = `ghp_${"a".repeat(36)}`;
    const found = (await doctor({ GITHUB_TOKEN: direct })).join("\n");
    expect(found).toContain(
      "warning bypass: a token for github.com itself lies in the variable GITHUB_TOKEN",
    );
    expect(found).not.toContain(direct);
  });

  it("says of a host that is not there what to check", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    const [gone] = await doctor({}, `http://127.0.0.1:${port}`);
    expect(gone).toContain("could not be reached: nothing listens there (ECONNREFUSED)");
  });
});

it("setup asks before it writes, and without a terminal writes nothing", async () => {
  const asked = await gatehouse(["setup", "git", "--host", gateway.gateway]);
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was changed") });
  expect(asked.stdout).toContain("+\tinsteadOf = ");
});

it("blame leads to the console of the gateway where one is signed in, because only a browser reads the record", async () => {
  const asked = ["blame", "acme/app", "0123456"];
  await byDevice("alice").then((kept) => keep(kept, env));
  expect(await gatehouse(asked)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${gateway.console}/blame?repository=acme%2Fapp&commit=0123456\n`),
  });
  expect(await gatehouse([...asked, "--json"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--json needs --as"),
  });
  await gatehouse(["logout"]);
  expect(await gatehouse(asked)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no gateway is known yet"),
  });
});

it("logout forgets the token and ends its session at once", async () => {
  const { token } = await byDevice("alice").then(async (kept) => (await keep(kept, env), kept));
  const asked = async (): Promise<number> =>
    (await fetch(`${gateway.gateway}/_gatehouse/session`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await asked()).toBe(200);
  expect(await gatehouse(["logout"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Signed out"),
  });
  expect(await asked()).toBe(403);
  expect(await gatehouse(["token"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("gatehouse login"),
  });
});
