// GitHub's own command line, as it is, against `npm start -- --tls`: it knows nothing of Gatehouse but a host name.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let gateway: LocalGateway;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  // gh compares the host of a git remote, which has no port, with GH_HOST.
  gateway = await startGateway({ port: 443, args: ["--tls"] });
  home = await mkdtemp(join(tmpdir(), "gatehouse-gh-"));
  const ca = gateway.caFile ?? "";
  const token = await gateway.token("alice");
  env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    GH_HOST: "localhost",
    GH_ENTERPRISE_TOKEN: token,
    SSL_CERT_FILE: ca,
    GIT_SSL_CAINFO: ca,
    GH_PROMPT_DISABLED: "1",
    NO_COLOR: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
  for (const [name, value] of [
    ["user.name", "Alice"],
    ["user.email", "alice@acme.example"],
    ["credential.helper", '!f() { echo username=alice; echo "password=$GH_ENTERPRISE_TOKEN"; }; f'],
  ] as const)
    await run("git", ["config", "--global", name, value]);
  expect(await gh("repo", "clone", "acme/app")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await discard(gateway);
  await rm(home, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], cwd = home): Promise<Result> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: 100_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
  });
}

const gh = (...args: string[]): Promise<Result> =>
  run("gh", args, args[0] === "repo" && args[1] === "clone" ? home : join(home, "app"));
const git = (...args: string[]): Promise<Result> => run("git", args, join(home, "app"));

describe("gh through the gateway", () => {
  it("says who the gateway is at GitHub", async () => {
    const { code, out, err } = await gh("auth", "status");
    expect({ code, said: out + err }).toEqual({
      code: 0,
      said: expect.stringContaining("Logged in to localhost as acme-gateway"),
    });
  });

  it("lists and shows pull requests, with addresses at the gateway", async () => {
    expect((await gh("pr", "list")).out).toMatch(/^1\tAdd discounts\tfeature\/discounts\tOPEN/);
    const { out } = await gh("pr", "view", "1");
    expect(out).toContain("author:\talice");
    expect(out).toContain("url:\thttps://localhost/acme/app/pull/1");
  });

  it("checks a pull request out", async () => {
    expect(await gh("pr", "checkout", "1")).toMatchObject({ code: 0 });
    expect((await git("rev-parse", "--abbrev-ref", "HEAD")).out).toBe("feature/discounts\n");
  });

  it("calls REST and GraphQL", async () => {
    expect((await gh("api", "repos/acme/app", "--jq", ".full_name")).out).toBe("acme/app\n");
    const query = "query={viewer{login}}";
    expect((await gh("api", "graphql", "-f", query, "--jq", ".data.viewer.login")).out).toBe(
      "acme-gateway\n",
    );
  });

  it("follows pages to their end without leaving the gateway", async () => {
    const { out } = await gh("api", "--paginate", "repos/acme/app/commits?per_page=1", "--jq", ".[].sha");
    expect(out.trim().split("\n")).toEqual((await git("rev-list", "origin/main")).out.trim().split("\n"));
  });

  it("creates a pull request from a pushed branch", async () => {
    await git("checkout", "--quiet", "-b", "feature/gh", "origin/main");
    await git("commit", "--quiet", "--allow-empty", "-m", "From gh");
    expect(await git("push", "--quiet", "origin", "feature/gh")).toMatchObject({ code: 0 });
    const made = await gh("pr", "create", "--title", "From gh", "--body", "Text", "--base", "main");
    expect(made).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^https:\/\/localhost\/acme\/app\/pull\/\d+\n$/),
    });
    expect((await gh("pr", "status")).out).toContain("From gh");
  });

  it("closes a pull request and opens it again, and nobody has to agree", async () => {
    const state = async (): Promise<string> =>
      (await gh("pr", "view", "1", "--json", "state", "--jq", ".state")).out;
    expect(await gh("pr", "close", "1", "--comment", "Later.")).toMatchObject({ code: 0 });
    expect(await state()).toBe("CLOSED\n");
    expect(await gh("pr", "reopen", "1")).toMatchObject({ code: 0 });
    expect(await state()).toBe("OPEN\n");
  });

  it("shows issues, and writes one", async () => {
    const made = await gh("issue", "create", "--title", "Broken", "--body", "It is.");
    const number = made.out.trim().split("/").at(-1) ?? "";
    expect((await gh("issue", "list")).out).toContain("Broken");
    expect((await gh("issue", "view", number)).out).toContain("title:\tBroken");
  });

  it("is told to wait when it merges into a protected branch, and finds it merged after approval", async () => {
    const before = (await git("ls-remote", "origin", "refs/heads/main")).out;
    const waiting = gh("pr", "merge", "1", "--merge");
    const card = await pendingApproval(gateway, "carol");
    const { code, err } = await waiting;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Waiting for approval") });
    expect((await git("ls-remote", "origin", "refs/heads/main")).out).toBe(before);
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await gh("pr", "merge", "1", "--merge")).toMatchObject({ code: 0 });
    expect((await gh("pr", "view", "1", "--json", "state", "--jq", ".state")).out).toBe("MERGED\n");
    expect((await git("ls-remote", "origin", "refs/heads/main")).out).not.toBe(before);
  });

  it("is refused with a sentence where policy says no", async () => {
    const { code, err } = await gh("api", "repos/acme/vault");
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("Refused by policy: no rule lets you"),
    });
  });

  it("leaves nothing of GitHub's token in the files it keeps", async () => {
    const { out } = await run("grep", ["-rlF", await gateway.upstreamToken(), home]);
    expect(out).toBe("");
  });
});
