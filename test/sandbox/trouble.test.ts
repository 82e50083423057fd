// What the sandbox's GitHub tells about the requests it received, and the troubles it makes on request.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { git, startSandbox, upstreamToken, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => {
  await fetch(`${sandbox.github.url}/_sandbox/faults`, { method: "DELETE" });
});
afterAll(() => sandbox.end());

async function fault(value: unknown): Promise<number> {
  const url = `${sandbox.github.url}/_sandbox/faults`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(value) })).status;
}

interface Item {
  method: string;
  path: string;
  headers: Record<string, string>;
  bodyBytes: number;
  at: string;
}

async function requests(): Promise<Item[]> {
  const answer = await fetch(`${sandbox.github.url}/_sandbox/requests`);
  return ((await answer.json()) as { items: Item[] }).items;
}

describe("the request log", () => {
  it("tells method, path, headers, body size and time, and itself leaves no trace", async () => {
    const body = { message: "Log it", content: btoa("logged") };
    await sandbox.rest("PUT", "/repos/acme/site/contents/logged.txt?x=1", body);
    const items = await requests();
    expect(items.at(-1)).toMatchObject({
      method: "PUT",
      path: "/api/v3/repos/acme/site/contents/logged.txt?x=1",
      bodyBytes: JSON.stringify(body).length,
      at: "2026-01-15T00:00:00.000Z",
    });
    expect(items.filter(({ path }) => path.startsWith("/_sandbox"))).toEqual([]);
  });

  it("shows a fingerprint instead of the token", async () => {
    await sandbox.rest("GET", "/user");
    const items = await requests();
    expect(items.at(-1)?.headers.authorization).toMatch(/^sha256:[0-9a-f]{12}$/);
    expect(JSON.stringify(items)).not.toContain(upstreamToken);
  });

  it("counts the body of a request that was refused, too", async () => {
    const url = `${sandbox.github.url}/api/v3/repos/acme/site/issues`;
    const answer = await fetch(url, { method: "POST", body: "x".repeat(100_000) });
    await answer.text();
    expect(answer.status).toBe(401);
    expect((await requests()).at(-1)?.bodyBytes).toBe(100_000);
  });
});

describe("a fault", () => {
  it("answers with its status, as often as it was told to, and nothing is done", async () => {
    await fault({ path: "/api/v3/repos/acme/site", status: 503, times: 1 });
    const body = { message: "Not now", content: "" };
    const first = await sandbox.rest("PUT", "/repos/acme/site/contents/not-now.txt", body);
    const second = await sandbox.rest("GET", "/repos/acme/site/contents/not-now.txt");
    expect([first.status, second.status]).toEqual([503, 404]);
  });

  it("meets only what its pattern and method name", async () => {
    await fault({ path: "git/ref/.*main$", method: "GET", status: 500 });
    expect((await sandbox.rest("GET", "/repos/acme/app/git/ref/heads/main")).status).toBe(500);
    expect((await sandbox.rest("GET", "/repos/acme/app/branches/main")).status).toBe(200);
  });

  it("cuts an answer in the middle", async () => {
    await fault({ path: "/api/v3/repos/acme/app", cutAfterBytes: 10 });
    const answer = await fetch(`${sandbox.github.url}/api/v3/repos/acme/app`, {
      headers: { authorization: `token ${upstreamToken}` },
    });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it("cuts after a push has landed, before git hears of it", async () => {
    const work = `${sandbox.folder}/cut`;
    await git(sandbox.folder, "clone", "-q", sandbox.remote("acme/site"), work);
    await fault({ path: "/acme/site.git/git-receive-pack", cutAfterBytes: 0 });
    const run = await git(work, "push", "-q", "origin", "HEAD:refs/heads/unheard");
    const { status } = await sandbox.rest("GET", "/repos/acme/site/branches/unheard");
    expect(run.code).not.toBe(0);
    expect(status).toBe(200);
  });

  it("breaks the connection without acting", async () => {
    await fault({ path: "/api/v3/user", reset: true });
    await expect(sandbox.rest("GET", "/user")).rejects.toThrow();
  });

  it.each([{}, { path: "(" }, { path: "/", status: 42 }, { path: "/", times: -1 }, null])(
    "that makes no sense (%j) is refused",
    async (value) => {
      expect(await fault(value)).toBe(422);
    },
  );
});
