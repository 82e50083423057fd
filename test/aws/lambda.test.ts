// What only Lambda and API Gateway do: environments, limits, deadlines, failures in the middle of a stream.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import type { SessionView } from "../../lambda/model/api.ts";
import { startAwsGateway, type AwsGateway } from "../stand-ins/aws/gateway.ts";
import { answerOf } from "../stand-ins/aws/runtime-api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";

let gateway: AwsGateway;
let work: WorkTree;
const session = "ses-lambda-story";

/** A push says goodbye a minute before the function's time is up: after 10 seconds here. */
const timeoutMs = 70_000;

beforeAll(async () => {
  gateway = await startAwsGateway({ timeoutMs });
  const token = await gateway.token("alice", { session });
  work = await clone(remoteUrl(gateway.gateway, "alice", token, "acme/app"));
});
afterAll(() => discard(gateway));

async function head(branch: string): Promise<string | undefined> {
  const { json, status } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
  return status === 200 ? (json as { object: { sha: string } }).object.sha : undefined;
}

async function pushesAtGitHub(): Promise<number> {
  const received = await gateway.upstream();
  return received.filter(({ method, path }) => method === "POST" && path.endsWith("/git-receive-pack"))
    .length;
}

describe("a function's environment", () => {
  it("serves one request after the other in the same process", async () => {
    const before = gateway.functions.gateway.environments().length;
    for (let count = 0; count < 3; count += 1)
      expect((await gateway.api("alice", "GET", "/repos/acme/app")).status).toBe(200);
    const environments = gateway.functions.gateway.environments();
    expect(environments).toHaveLength(before);
    expect(Math.max(...environments.map((one) => one.invocations()))).toBeGreaterThan(3);
  });

  it("lives on when GitHub's answer breaks off in the middle, and the entry has its outcome", async () => {
    const processes = gateway.functions.gateway.environments().map(({ pid }) => pid);
    await gateway.fault({ path: "/api/v3/repos/acme/app/commits", cutAfterBytes: 500, times: 1 });
    const token = await gateway.token("alice", { session });
    const answer = await fetch(`${gateway.gateway}/api/v3/repos/acme/app/commits`, {
      headers: { authorization: `Bearer ${token}` },
    });
    // Cut short for the client; or, when nothing had been passed on yet, a clean refusal. Never a whole answer.
    const seen = await answer.text().catch(() => "cut short");
    expect(answer.status === 502 ? seen : `${answer.status} ${seen}`).toMatch(/GH_UPSTREAM_|^200 cut short$/);
    await gateway.clearFaults();
    const { entries } = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView;
    const cut = entries.find(({ intent }) => intent.action.operation === "repos/list-commits");
    expect(cut?.outcome?.result).toBe("failed");
    expect((await gateway.api("alice", "GET", "/repos/acme/app")).status).toBe(200);
    expect(gateway.functions.gateway.environments().map(({ pid }) => pid)).toEqual(processes);
  });

  it("answers with a status alone where there is no body", async () => {
    const sha = await head("main");
    const made = await gateway.api("alice", "POST", "/repos/acme/app/git/refs", {
      ref: "refs/heads/feature/short-lived",
      sha,
    });
    expect(made.status).toBe(201);
    const gone = await gateway.api("alice", "DELETE", "/repos/acme/app/git/refs/heads/feature/short-lived");
    expect([gone.status, gone.text]).toEqual([204, ""]);
  });
});

describe("API Gateway", () => {
  it("turns away a push of 5 MB before any of our code sees it, and GitHub hears nothing", async () => {
    const [pushes, main] = [await pushesAtGitHub(), await head("main")];
    await work.commit({ "big.bin": randomBytes(5 * 1024 * 1024) }, "Five megabytes");
    const result = await work.git("push", "origin", "HEAD:refs/heads/feature/big");
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("413");
    expect([await pushesAtGitHub(), await head("main")]).toEqual([pushes, main]);
    expect(await head("feature/big")).toBeUndefined();
    await work.git("reset", "--hard", "origin/main");
  });

  it("passes a push of 4 MB", async () => {
    const commit = await work.commit({ "four.bin": randomBytes(4 * 1024 * 1024) }, "Four megabytes");
    const result = await work.git("push", "origin", "HEAD:refs/heads/feature/four");
    expect(result.code).toBe(0);
    expect(await head("feature/four")).toBe(commit);
    await work.git("reset", "--hard", "origin/main");
  });

  it("asks git for its credentials, whose answer our own 401 would never get", async () => {
    const bare = await work.git("ls-remote", `${gateway.gateway}/acme/app.git`);
    expect(bare.stderr).toContain("could not read Username");
    const forged = await work.git("ls-remote", remoteUrl(gateway.gateway, "alice", "forged", "acme/app"));
    expect(forged.stderr).toContain("Authentication failed");
  });
});

describe("a held push", () => {
  it("says before its invocation ends that it still waits, and lands when it is approved", async () => {
    const commit = await work.commit({ "patient.txt": "patient\n" }, "Wait for me");
    const push = work.start("push", "origin", "HEAD:main");
    const card = await pendingApproval(gateway, "carol", ({ refs }) =>
      refs.some((ref) => ref.new === commit),
    );
    const result = await push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("it will land when approved");
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
    expect(await gateway.escrowed()).toEqual([]);
  });

  it("lands when its client has left, of which nobody tells the function", async () => {
    const commit = await work.commit({ "left.txt": "left\n" }, "Gone");
    const push = work.start("push", "origin", "HEAD:main");
    const card = await pendingApproval(gateway, "carol", ({ refs }) =>
      refs.some((ref) => ref.new === commit),
    );
    push.kill();
    await push.done;
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
  });

  it("runs the state machine to its end, and tells other systems", async () => {
    await eventually("the executions end", () => {
      const running = [...gateway.aws.states.executions.values()].filter(
        ({ status }) => status !== "SUCCEEDED",
      );
      return Promise.resolve(running.length === 0 ? true : undefined);
    });
    const told = gateway.aws.events.received.map(({ DetailType }) => DetailType);
    expect(told).toEqual(expect.arrayContaining(["verdict", "approval", "execution"]));
  });
});

describe("the console", () => {
  it("is served from the function's bundle, and sends a browser to the company's sign-in", async () => {
    const page = await fetch(`${gateway.console}/`, { headers: { accept: "text/html" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const [, script = ""] = /src="([^"]+\.js)"/.exec(await page.text()) ?? [];
    const loaded = await fetch(new URL(script, gateway.console));
    expect([loaded.status, loaded.headers.get("content-type")]).toEqual([
      200,
      "text/javascript; charset=utf-8",
    ]);
    const signIn = await fetch(`${gateway.console}/sign-in`, { redirect: "manual" });
    expect(signIn.headers.get("location")).toContain(gateway.issuer);
  });
});

describe("a stopped session", () => {
  it("is refused in GitHub's face and at the door, and a push that waits ends at once", async () => {
    await work.commit({ "stop.txt": "stop\n" }, "Stop me");
    const push = work.start("push", "origin", "HEAD:main");
    await push.saw("/approvals/");
    const stop = await gateway.review("erin", "POST", `/sessions/${session}/stop`, { reason: "looks odd" });
    expect(stop.status).toBeLessThan(300);
    expect((await push.done).code).toBe(1);
    const after = await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session });
    expect([401, 403]).toContain(after.status);
  });
});

describe("the sweep", () => {
  it("finds nothing to do where everything ended well", async () => {
    await answerOf(gateway.functions.sweep, {});
    expect(gateway.functions.sweep.log()).not.toMatch(/failed|postponed|not-started/);
  });
});

describe("the log of every function", () => {
  it("holds no token and no failure", () => {
    expect(gateway.stderr()).not.toMatch(
      /gho_|sandbox_[0-9a-f]{8}|internal-error|not-started|refusal-not-recorded/,
    );
  });
});
