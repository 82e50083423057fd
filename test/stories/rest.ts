// The REST side of the road: reads are masked, writes to protected branches wait, the unknown does not pass.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { gzipSync } from "node:zlib";
import { Octokit } from "@octokit/rest";
import type { EntryView, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type ApiAnswer, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";

export function restStories(start: StartGateway, restWaitMs = 4_000): void {
  let gateway: GatewayUnderTest;
  const session = "ses-rest-story";

  beforeAll(async () => {
    gateway = await start({ config: { hold: { restWaitMs } } });
  });
  afterAll(() => discard(gateway));

  interface Refusal {
    readonly message: string;
    readonly gatehouse: {
      readonly code: string;
      readonly plan: string;
      readonly link: string;
      readonly entry: string;
    };
  }

  const refusalOf = (answer: ApiAnswer): Refusal => answer.json as Refusal;
  const fileBody = (text: string, extra: Record<string, unknown> = {}): Record<string, unknown> => ({
    message: "Change a file",
    content: Buffer.from(text).toString("base64"),
    ...extra,
  });

  describe("reading", () => {
    it("passes a repository through, with every address pointing at the gateway", async () => {
      const { status, json, text } = await gateway.api("alice", "GET", "/repos/acme/app", undefined, {
        session,
      });
      expect(status).toBe(200);
      expect((json as { full_name: string; url: string }).url).toBe(
        `${gateway.gateway}/api/v3/repos/acme/app`,
      );
      expect(text).not.toContain(new URL(gateway.github).host);
    });

    it("masks a secret inside base64 file contents, at the same length", async () => {
      const { json } = await gateway.api(
        "alice",
        "GET",
        "/repos/acme/app/contents/config/demo.env",
        undefined,
        { session },
      );
      const file = json as { content: string; size: number };
      const text = Buffer.from(file.content, "base64").toString();
      expect(text).toMatch(/ghp_\*{36}/);
      expect(Buffer.byteLength(text)).toBe(file.size);
    });

    it("masks the same secret in the raw answer", async () => {
      const raw = await gateway.api("alice", "GET", "/repos/acme/app/contents/config/demo.env", undefined, {
        session,
        headers: { accept: "application/vnd.github.raw+json" },
      });
      expect(raw.text).toMatch(/ghp_\*{36}/);
    });

    it("rewrites paging links, and the numeric alias in them works [REDIRECT-03]", async () => {
      const first = await gateway.api("alice", "GET", "/repos/acme/app/commits?per_page=1", undefined, {
        session,
      });
      const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
      expect(next.startsWith(`${gateway.gateway}/api/v3/repositories/`)).toBe(true);
      const second = await gateway.api(
        "alice",
        "GET",
        next.slice(`${gateway.gateway}/api/v3`.length),
        undefined,
        { session },
      );
      expect(second.status).toBe(200);
      expect((second.json as unknown[]).length).toBe(1);
    });

    it("is refused for a repository that the caller's team may not read", async () => {
      const answer = await gateway.api("alice", "GET", "/repos/acme/vault/contents/README.md");
      expect([answer.status, refusalOf(answer).gatehouse.code]).toEqual([403, "GH_DENIED"]);
      expect((await gateway.api("erin", "GET", "/repos/acme/vault/contents/README.md")).status).toBe(200);
    });

    it("works with Octokit as it is", async () => {
      const octokit = new Octokit({
        baseUrl: `${gateway.gateway}/api/v3`,
        auth: await gateway.token("alice"),
      });
      const { data } = await octokit.rest.repos.listBranches({ owner: "acme", repo: "app" });
      expect(data.find(({ name }) => name === "main")?.protected).toBe(true);
      const pages = await octokit.paginate(octokit.rest.repos.listCommits, {
        owner: "acme",
        repo: "app",
        per_page: 2,
      });
      expect(pages.length).toBeGreaterThan(2);
    });
  });

  describe("a write to a protected branch", () => {
    it("waits, answers 409 with a link, joins on repetition, and gives GitHub's own answer once approved", async () => {
      const body = fileBody("first\n");
      const put = (): Promise<ApiAnswer> =>
        gateway.api("alice", "PUT", "/repos/acme/app/contents/notes/rest.md", body, { session });
      const first = await put();
      expect([first.status, refusalOf(first).gatehouse.code]).toEqual([409, "GH_PENDING"]);
      expect(refusalOf(first).gatehouse.link).toContain("/approvals/pln_");
      const again = put();
      const card = await pendingApproval(
        gateway,
        "carol",
        ({ id }) => id === refusalOf(first).gatehouse.plan,
      );
      expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
      const landed = await again;
      expect(landed.status).toBe(201);
      expect((landed.json as { content: { path: string } }).content.path).toBe("notes/rest.md");
      const work = await clone(remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"));
      expect((await work.git("show", "origin/main:notes/rest.md")).stdout).toBe("first\n");
    });

    it("is 403 with the reviewer's reason when denied", async () => {
      const put = gateway.api("alice", "PUT", "/repos/acme/app/contents/notes/no.md", fileBody("no\n"), {
        session,
      });
      const card = await pendingApproval(gateway, "dave");
      await decide(gateway, "dave", card, "deny", "wrong folder");
      const answer = await put;
      expect([answer.status, refusalOf(answer).gatehouse.code]).toEqual([403, "GH_REFUSED_BY_REVIEWER"]);
      expect(answer.text).toContain("wrong folder");
    });

    it("waits when the branch is left out, because that means the default branch", async () => {
      const answer = await gateway.api(
        "alice",
        "PUT",
        "/repos/acme/site/contents/new.md",
        fileBody("x", { branch: null }),
        { session },
      );
      expect(answer.status).toBe(409);
    });

    it.each([
      [
        "updating its ref",
        "PATCH",
        "/repos/acme/app/git/refs/heads/main",
        { sha: "0123456789012345678901234567890123456789", force: true },
      ],
      ["deleting its ref", "DELETE", "/repos/acme/app/git/refs/heads/main", undefined],
      ["merging into it", "POST", "/repos/acme/app/merges", { base: "main", head: "feature/discounts" }],
      [
        "creating a release branch, absent so far",
        "POST",
        "/repos/acme/app/git/refs",
        { ref: "refs/heads/release/9.9", sha: "0123456789012345678901234567890123456789" },
      ],
      ["renaming it", "POST", "/repos/acme/app/branches/main/rename", { new_name: "trunk" }],
    ])("waits when it is %s", async (_what, method, path, body) => {
      // The gateway's own question where refs stand is a POST as well, and changes nothing.
      const writes = async (): Promise<number> =>
        (await gateway.upstream()).filter(
          (request) => request.method === method && !request.path.endsWith("/git-upload-pack"),
        ).length;
      const before = await writes();
      const answer = await gateway.api("alice", method, path, body, { session });
      expect([answer.status, refusalOf(answer).gatehouse.code]).toEqual([409, "GH_PENDING"]);
      expect(await writes()).toBe(before);
    });

    it("merging a pull request is bound to the head that the reviewer saw", async () => {
      const pulls = (await gateway.api("alice", "GET", "/repos/acme/app/pulls", undefined, { session }))
        .json as { number: number; head: { sha: string } }[];
      const [pull] = pulls;
      const merge = gateway.api(
        "alice",
        "PUT",
        `/repos/acme/app/pulls/${pull?.number ?? 0}/merge`,
        {},
        { session },
      );
      const card = await pendingApproval(gateway, "carol", ({ operation }) => operation === "pulls/merge");
      await decide(gateway, "carol", card, "approve");
      await approvalIn(gateway, "carol", card.id, "done");
      const answer = await merge;
      expect([answer.status, (answer.json as { merged: boolean }).merged]).toEqual([200, true]);
    });
  });

  describe("an ordinary write", () => {
    it("to a feature branch passes at once", async () => {
      const main = (
        await gateway.api("alice", "GET", "/repos/acme/app/git/ref/heads/main", undefined, { session })
      ).json as { object: { sha: string } };
      const ref = await gateway.api(
        "alice",
        "POST",
        "/repos/acme/app/git/refs",
        { ref: "refs/heads/feature/rest", sha: main.object.sha },
        { session },
      );
      expect(ref.status).toBe(201);
      const put = await gateway.api(
        "alice",
        "PUT",
        "/repos/acme/app/contents/f.md",
        fileBody("f\n", { branch: "feature/rest" }),
        { session },
      );
      expect(put.status).toBe(201);
    });

    it("that brings back a masked value is blocked, because it would destroy the real one", async () => {
      const { json } = await gateway.api(
        "alice",
        "GET",
        "/repos/acme/app/contents/config/demo.env",
        undefined,
        { session },
      );
      const file = json as { content: string; sha: string };
      const answer = await gateway.api(
        "alice",
        "PUT",
        "/repos/acme/app/contents/config/demo.env",
        {
          message: "edit",
          content: file.content.replaceAll("\n", ""),
          sha: file.sha,
          branch: "feature/rest",
        },
        { session },
      );
      expect([answer.status, refusalOf(answer).gatehouse.code]).toEqual([422, "GH_MASKED_VALUE_IN_WRITE"]);
    });
  });

  describe("what has no business here", () => {
    it.each([
      ["an operation nobody knows", "POST", "/repos/acme/app/frobnicate", {}, 403, "GH_UNKNOWN_OPERATION"],
      [
        "weakening protection",
        "DELETE",
        "/repos/acme/app/branches/main/protection",
        undefined,
        403,
        "GH_DENIED",
      ],
      [
        "adding a deploy key",
        "POST",
        "/repos/acme/app/keys",
        { title: "k", key: "ssh-ed25519 AAAA" },
        403,
        "GH_DENIED",
      ],
      ["an empty segment", "GET", "/repos/acme/app//contents/README.md", undefined, 400, "GH_BAD_TARGET"],
      [
        "a duplicate key",
        "PUT",
        "/repos/acme/app/contents/x",
        '{"branch":"dev","branch":"main"}',
        400,
        "GH_BAD_BODY",
      ],
      ["half a body", "PUT", "/repos/acme/app/contents/x", '{"branch":', 400, "GH_BAD_BODY"],
    ])(
      "%s is refused and recorded, and GitHub never hears of it",
      async (_what, method, path, body, status, code) => {
        const writes = async (): Promise<number> =>
          (await gateway.upstream()).filter((request) => request.method === method && method !== "GET")
            .length;
        const before = await writes();
        const answer = await gateway.api("alice", method, path, body, { session });
        expect([answer.status, refusalOf(answer).gatehouse.code]).toEqual([status, code]);
        expect(await writes()).toBe(before);
        const { outcome } = (
          await gateway.review("erin", "GET", `/entries/${refusalOf(answer).gatehouse.entry}`)
        ).json as EntryView;
        expect([outcome?.result, outcome?.error]).toEqual(["refused", code]);
      },
    );

    it("Copilot's telemetry is taken from anybody, and goes nowhere", async () => {
      const before = (await gateway.upstream()).length;
      for (const headers of [{}, { authorization: `Bearer ${await gateway.token("alice")}` }]) {
        const body = gzipSync(JSON.stringify({ event: "x".repeat(100_000) }));
        const address = `${gateway.gateway}/telemetry/telemetry`;
        const answer = await fetch(address, { method: "POST", headers, body });
        expect([answer.status, await answer.text()]).toEqual([204, ""]);
      }
      expect(await gateway.upstream()).toHaveLength(before);
    });
  });

  describe("the record of it", () => {
    it("keeps masked request and answer of each call, one outcome each", async () => {
      const view = (await gateway.review("erin", "GET", `/sessions/${session}?limit=200`))
        .json as SessionView;
      const read = view.entries.find(({ intent }) => intent.action.paths.includes("config/demo.env"));
      expect(read?.intent.verdict.masks).toEqual(["secrets"]);
      const body = await gateway.review("erin", "GET", `/entries/${read?.entry ?? ""}/response`);
      const file = body.json as { content: string };
      expect(Buffer.from(file.content, "base64").toString()).toMatch(/ghp_\*{36}/);
      expect(view.entries.every(({ outcome }) => outcome !== undefined)).toBe(true);
    });
  });
}
