// A workflow file decides what runs with the repository's secrets, so it waits for the security team on any branch. An
// agent need not push one: it can make trees and commits by REST and then only move a ref, or let GitHub merge.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type ApiAnswer, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";

let gateway: GatewayUnderTest;
let main: string;
/** A commit on main with another workflow file, made by REST alone; no ref points to it. */
let evil: string;
let count = 0;
const session = "ses-attack-workflows";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 100 } } });
  main = await headOf("main");
  evil = await commitWith(".github/workflows/evil.yml", main);
});
afterAll(() => discard(gateway));
beforeEach(() => {
  count += 1;
});

const alice = (method: string, path: string, body?: unknown): Promise<ApiAnswer> =>
  gateway.api("alice", method, `/repos/acme/app${path}`, body, { session });

async function headOf(branch: string): Promise<string> {
  const { json } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
  return (json as { object: { sha: string } }).object.sha;
}

async function commitWith(path: string, parent: string): Promise<string> {
  const treeOf = (await alice("GET", `/git/commits/${parent}`)).json as { tree: { sha: string } };
  const tree = await alice("POST", "/git/trees", {
    base_tree: treeOf.tree.sha,
    tree: [{ path, mode: "100644", type: "blob", content: `on: push # ${path}\n` }],
  });
  expect(tree.status).toBe(201);
  const made = await alice("POST", "/git/commits", {
    message: "harmless",
    tree: (tree.json as { sha: string }).sha,
    parents: [parent],
  });
  expect(made.status).toBe(201);
  return (made.json as { sha: string }).sha;
}

async function branch(at: string): Promise<string> {
  const name = `feature-${count}`;
  const { status } = await alice("POST", "/git/refs", { ref: `refs/heads/${name}`, sha: at });
  expect(status).toBe(201);
  return name;
}

interface Held {
  readonly gatehouse: { readonly code: string; readonly plan: string };
}

async function expectHeldForSecurity(answer: ApiAnswer): Promise<void> {
  expect(answer.status).toBe(409);
  const { code, plan } = (answer.json as Held).gatehouse;
  expect(code).toBe("GH_PENDING");
  const card = await pendingApproval(gateway, "erin", ({ id }) => id === plan);
  expect(card.demands.map(({ rule }) => rule)).toContain("workflow-files");
}

describe("workflow files do not pass unseen", () => {
  it("when a branch is made at a commit that holds them", async () => {
    await expectHeldForSecurity(await alice("POST", "/git/refs", { ref: `refs/heads/x${count}`, sha: evil }));
  });

  it("when a branch is made at a harmless commit on top of one that holds them", async () => {
    const top = await commitWith("src/harmless.ts", evil);
    await expectHeldForSecurity(await alice("POST", "/git/refs", { ref: `refs/heads/x${count}`, sha: top }));
  });

  it.each([".github/workflows/x.yml", ".GITHUB/workflows/x.yml", ".github/Workflows/x.yml"])(
    "when an unprotected branch moves to a commit with %s",
    async (path) => {
      const name = await branch(main);
      const commit = await commitWith(path, main);
      await expectHeldForSecurity(await alice("PATCH", `/git/refs/heads/${name}`, { sha: commit }));
      expect(await headOf(name)).toBe(main);
    },
  );

  it("when a commit that holds them is merged into an unprotected branch by its id", async () => {
    const name = await branch(main);
    await expectHeldForSecurity(await alice("POST", "/merges", { base: name, head: evil }));
    expect(await headOf(name)).toBe(main);
  });

  it("when a fork's branch is synchronised with what nobody here can see", async () => {
    const name = await branch(main);
    await expectHeldForSecurity(await alice("POST", "/merge-upstream", { branch: name }));
  });

  it("when git pushes a ref to a commit that was made by REST", async () => {
    const work = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
    );
    expect((await work.git("fetch", "-q", "origin", evil)).code).toBe(0);
    const push = work.start("push", "origin", `${evil}:refs/heads/x${count}`);
    await push.saw("/approvals/");
    push.kill();
    const card = await pendingApproval(gateway, "erin", ({ refs }) =>
      refs.some(({ ref }) => ref === `refs/heads/x${count}`),
    );
    expect(card.demands.map(({ rule }) => rule)).toContain("workflow-files");
  });

  it("when git pushes a harmless commit on top of one that was made by REST", async () => {
    const work = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
    );
    await work.git("fetch", "-q", "origin", evil);
    await work.git("checkout", "-q", "--detach", evil);
    await work.commit({ "src/top.ts": "export {};\n" }, "On top");
    const push = work.start("push", "origin", `HEAD:refs/heads/x${count}`);
    await push.saw("/approvals/");
    push.kill();
    const card = await pendingApproval(gateway, "erin", ({ refs }) =>
      refs.some(({ ref }) => ref === `refs/heads/x${count}`),
    );
    expect(card.demands.map(({ rule }) => rule)).toContain("workflow-files");
  });
});

describe("everyday work passes at once", () => {
  it("making a branch at main, moving it on, merging it and renaming it", async () => {
    const name = await branch(main);
    const commit = await commitWith(`src/day-${count}.ts`, main);
    expect((await alice("PATCH", `/git/refs/heads/${name}`, { sha: commit })).status).toBe(200);
    const { status } = await alice("POST", "/git/refs", { ref: `refs/heads/${name}-b`, sha: commit });
    expect(status).toBe(201);
    const other = await commitWith(`src/other-${count}.ts`, main);
    expect((await alice("PATCH", `/git/refs/heads/${name}-b`, { sha: other, force: true })).status).toBe(200);
    expect((await alice("POST", "/merges", { base: name, head: `${name}-b` })).status).toBe(201);
    expect((await alice("POST", "/merges", { base: name, head: "main" })).status).toBe(204);
    const renamed = await alice("POST", `/branches/${name}/rename`, { new_name: `${name}-c` });
    expect(renamed.status).toBe(201);
  });

  it("a pull request into an unprotected branch, updated and merged", async () => {
    const base = await branch(main);
    const commit = await commitWith(`src/pull-${count}.ts`, main);
    await alice("POST", "/git/refs", { ref: `refs/heads/${base}-head`, sha: commit });
    const opened = await alice("POST", "/pulls", { title: "Day", head: `${base}-head`, base });
    expect(opened.status).toBe(201);
    const { number } = opened.json as { number: number };
    expect((await alice("PUT", `/pulls/${number}/merge`, {})).status).toBe(200);
  });
});

describe("a merge is what was decided", () => {
  it("though the branch that it names moves before the reviewer says yes", async () => {
    const name = await branch(await commitWith(`src/first-${count}.ts`, main));
    const first = await headOf(name);
    const held = await alice("POST", "/merges", { base: "main", head: name });
    expect(held.status).toBe(409);
    const { plan } = (held.json as Held).gatehouse;
    const card = await pendingApproval(gateway, "carol", ({ id }) => id === plan);
    expect(card.refs).toMatchObject([{ ref: "refs/heads/main", gains: first }]);
    const second = await commitWith(`src/second-${count}.ts`, first);
    expect((await alice("PATCH", `/git/refs/heads/${name}`, { sha: second })).status).toBe(200);
    await gateway.review("carol", "POST", `/approvals/${plan}/decision`, {
      decision: "approve",
      reason: "looked at it",
      planHash: card.planHash,
    });
    const merged = await eventually("a merge", async () => {
      const now = await headOf("main");
      return now === main ? undefined : now;
    });
    const parents = (await alice("GET", `/git/commits/${merged}`)).json as { parents: { sha: string }[] };
    expect(parents.parents.map(({ sha }) => sha)).toEqual([main, first]);
  });
});
