// Functions die in the middle of their work; the sweep, which runs when nobody can be at it any more, tidies up.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EntryView, SessionView } from "../../lambda/model/api.ts";
import { startAwsGateway, type AwsGateway } from "../stand-ins/aws/gateway.ts";
import { answerOf, startFunction, type LambdaFunction } from "../stand-ins/aws/runtime-api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";

const session = "ses-crash-story";
const receivePack = "/acme/app.git/git-receive-pack";
let gateway: AwsGateway;

beforeAll(async () => {
  gateway = await startAwsGateway();
});
afterAll(() => discard(gateway));

/** As a crash of the environment: nothing is caught, nothing is flushed. */
function killAll(dying: LambdaFunction): void {
  for (const { pid } of dying.environments()) process.kill(pid, "SIGKILL");
}

/** The sweep of 20 minutes later: longer than any invocation lives. */
async function sweepLater(): Promise<string> {
  const shift = "const now = Date.now; Date.now = () => now() + 1_200_000;";
  const { options } = gateway.functions.sweep;
  const environment = {
    ...options.environment,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}`,
  };
  const later = startFunction({ ...options, environment });
  await answerOf(later, {});
  await later.close();
  return later.log();
}

async function entries(): Promise<readonly EntryView[]> {
  return ((await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView).entries;
}

async function head(): Promise<string> {
  const { json } = await gateway.api("erin", "GET", "/repos/acme/app/git/ref/heads/main");
  return (json as { object: { sha: string } }).object.sha;
}

describe("a function that dies", () => {
  it("while GitHub answers leaves an intent, which the sweep closes as unknown and no sooner than it may", async () => {
    const path = "/api/v3/repos/acme/app/commits";
    await gateway.fault({ path, delayMs: 10_000, times: 1 });
    const call = gateway.api("alice", "GET", "/repos/acme/app/commits", undefined, { session });
    await eventually("the call at GitHub", async () =>
      (await gateway.upstream()).some((request) => request.path.startsWith(path)) ? true : undefined,
    );
    killAll(gateway.functions.gateway);
    expect((await call).status).toBe(502);
    await answerOf(gateway.functions.sweep, {});
    expect((await entries()).map(({ outcome }) => outcome)).toEqual([undefined]);
    await sweepLater();
    expect((await entries()).map(({ outcome }) => outcome?.result)).toEqual(["unknown"]);
  });

  it("while it carries out a push leaves it executing; the sweep finds at GitHub that nothing happened, and lands it once", async () => {
    const work = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
    );
    const commit = await work.commit({ "crash.txt": "crash\n" }, "Crash under me");
    const push = work.start("push", "origin", "HEAD:main");
    const card = await pendingApproval(gateway, "carol", ({ refs }) =>
      refs.some((ref) => ref.new === commit),
    );
    await push.saw("/approvals/");
    push.kill();
    await gateway.fault({ path: receivePack, delayMs: 30_000, times: 1 });
    await decide(gateway, "carol", card, "approve");
    await eventually("the push at GitHub", async () =>
      (await gateway.upstream()).some(({ method, path }) => method === "POST" && path === receivePack)
        ? true
        : undefined,
    );
    killAll(gateway.functions.approval);
    await answerOf(gateway.functions.sweep, {});
    await approvalIn(gateway, "carol", card.id, "executing");
    await sweepLater();
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head()).toBe(commit);
    expect(await gateway.escrowed()).toEqual([]);
  });
});
