// MCP through the gateway, driven by the TypeScript SDK's client: the same doors as REST, in words that a model reads.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Client, Progress } from "@modelcontextprotocol/client";
import type { ApprovalCard, EntryView, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { call, mcpClient, messagesUpstream, opened, textOf } from "../stand-ins/mcp.ts";

export function mcpStories(start: StartGateway, mcpWaitMs = 1_000): void {
  const session = "ses-mcp-story";
  const place = { owner: "acme", repo: "app" };
  let gateway: GatewayUnderTest;
  let alice: Client;

  beforeAll(async () => {
    gateway = await start({ config: { hold: { mcpWaitMs } } });
    alice = await mcpClient(gateway, "alice", { session });
  });
  afterAll(async () => {
    await alice.close();
    await discard(gateway);
  });

  const callsOf = async (tool: string): Promise<number> =>
    (await messagesUpstream(gateway)).filter((message) => message === `tools/call ${tool}`).length;
  const file = (path: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...place,
    path,
    content: "written by a tool\n",
    message: `Write ${path}`,
    branch: "main",
    ...more,
  });
  const write = (
    values: Record<string, unknown>,
    onprogress?: (progress: Progress) => void,
  ): Promise<unknown> =>
    alice.callTool(
      { name: "create_or_update_file", arguments: values },
      { timeout: 60_000, ...(onprogress === undefined ? {} : { onprogress }) },
    );
  const held = (): Promise<ApprovalCard> => pendingApproval(gateway, "carol");
  const exists = async (path: string): Promise<boolean> =>
    (await gateway.api("alice", "GET", `/repos/acme/app/contents/${path}`)).status === 200;

  describe("the tools that are shown", () => {
    it("are those that this gateway knows and that policy could ever allow", async () => {
      const { tools } = await alice.listTools();
      const names = tools.map(({ name }) => name);
      expect(names).toContain("create_or_update_file");
      expect(names).not.toContain("repo_sudo");
      expect(names).not.toContain("delete_repository");
    });

    it("keep the server's annotations", async () => {
      const { tools } = await alice.listTools();
      expect(tools.find(({ name }) => name === "get_me")?.annotations?.readOnlyHint).toBe(true);
    });

    it("only read for a person who may write nowhere", async () => {
      const mallory = await mcpClient(gateway, "mallory");
      const { tools } = await mallory.listTools();
      await mallory.close();
      expect(tools.map(({ name }) => name)).toEqual(["get_me"]);
    });

    it("only read at the address for reading", async () => {
      const reader = await mcpClient(gateway, "alice", { path: "/mcp/x/all/readonly" });
      const { tools } = await reader.listTools();
      await reader.close();
      expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
    });
  });

  describe("a call", () => {
    it("that reads is answered with secrets masked", async () => {
      const result = await alice.callTool({
        name: "get_file_contents",
        arguments: { ...place, path: "config/demo.env" },
      });
      expect(textOf(result)).toMatch(/ghp_\*{36}/);
    });

    it("that writes to an unprotected branch is carried out at once", async () => {
      await alice.callTool({ name: "create_branch", arguments: { ...place, branch: "tool/open" } });
      await write(file("open.md", { branch: "tool/open" }));
      expect(await exists("open.md?ref=tool/open")).toBe(true);
    });

    it("never lets the server ask the client anything", async () => {
      const result = await alice.callTool({ name: "list_branches", arguments: place });
      expect(textOf(result)).toContain("main");
      expect(await messagesUpstream(gateway)).not.toContain("response");
    });

    it("on a repository that the person may not read is refused as a result that says so", async () => {
      const result = await alice.callTool({
        name: "get_file_contents",
        arguments: { owner: "acme", repo: "vault", path: "README.md" },
      });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toContain("Refused by policy");
    });

    it("stands in the record as the GitHub operation that it is", async () => {
      const { json } = await gateway.review("erin", "GET", `/sessions/${session}?limit=200`);
      const operations = (json as SessionView).entries.map(({ intent }) => intent.action.operation);
      expect(operations).toEqual(
        expect.arrayContaining(["mcp/protocol", "repos/get-content", "git/create-ref"]),
      );
    });
  });

  describe("a call that waits", () => {
    it("is told of its progress, and gets GitHub's result when somebody approves", async () => {
      const notes: (string | undefined)[] = [];
      const result = write(file("told.md"), ({ message }) => notes.push(message));
      const card = await held();
      await eventually("a note of progress", () => Promise.resolve(notes[0]));
      await decide(gateway, "carol", card, "approve");
      expect(textOf(await result)).toContain("told.md");
      expect(notes[0]).toContain(`/approvals/${card.id}`);
      expect(notes[0]).toMatch(/platform-team.*min left/);
      expect(await exists("told.md")).toBe(true);
    });

    it("hears after its time that it is pending, and its repetition gets the result of the one execution", async () => {
      const before = await callsOf("create_or_update_file");
      const first = (await write(file("later.md"))) as { isError?: boolean };
      expect([first.isError, textOf(first)]).toEqual([true, expect.stringContaining("Waiting for approval")]);
      const card = await held();
      await decide(gateway, "carol", card, "approve");
      await approvalIn(gateway, "carol", card.id, "done");
      const backwards = Object.fromEntries(Object.entries(file("later.md")).reverse());
      expect(textOf(await write(backwards))).toContain('"path":"later.md"');
      expect((await callsOf("create_or_update_file")) - before).toBe(1);
    });

    it("that was heard of is a new call when it comes again", async () => {
      const again = (await write(file("later.md"))) as { isError?: boolean };
      expect(textOf(again)).toContain("Waiting for approval");
      const card = await held();
      await decide(gateway, "carol", card, "deny", "once is enough");
    });

    it("hears who refused it and why", async () => {
      const result = write(file("no.md"), () => undefined);
      await decide(gateway, "carol", await held(), "deny", "not on a Friday");
      expect(textOf(await result)).toContain("carol refused this: not on a Friday");
      expect(await exists("no.md")).toBe(false);
    });

    it("is carried out although its client has left, and the result is kept for it", async () => {
      const headers = await opened(gateway, "alice");
      const leaving = new AbortController();
      const left = call(gateway, "alice", "create_or_update_file", file("left.md"), headers, leaving.signal);
      const card = await held();
      leaving.abort();
      await expect(left).rejects.toThrow();
      // Lambda is not told that a client has left: there the wait ends by its time.
      await eventually("the end of the call that was left", async () => {
        const { json } = await gateway.review("erin", "GET", `/entries/${card.entry}`);
        return (json as EntryView).outcome;
      });
      await decide(gateway, "carol", card, "approve");
      await approvalIn(gateway, "carol", card.id, "done");
      const again = await call(gateway, "alice", "create_or_update_file", file("left.md"), headers);
      expect(again.said).toContain('"path":"left.md"');
    });

    it("is sent in a session of the gateway's own when the client's has ended", async () => {
      const brief = await mcpClient(gateway, "bob");
      const result = await brief.callTool({ name: "create_or_update_file", arguments: file("ended.md") });
      expect(result.isError).toBe(true);
      await (brief.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
      await brief.close();
      const card = await held();
      await decide(gateway, "carol", card, "approve");
      await approvalIn(gateway, "carol", card.id, "done");
      expect(await exists("ended.md")).toBe(true);
    });

    it("of several files is one plan that lists them all", async () => {
      const files = ["a.md", "b.md"].map((path) => ({ path: `many/${path}`, content: "x\n" }));
      const result = alice.callTool(
        { name: "push_files", arguments: { ...place, branch: "main", message: "Two files", files } },
        { onprogress: () => undefined },
      );
      await decide(gateway, "carol", await held(), "approve");
      expect(textOf(await result)).toContain("refs/heads/main");
    });
  });

  describe("a merge", () => {
    it("is void when the pull request moved after it was approved on", async () => {
      const { json } = await gateway.api("alice", "GET", "/repos/acme/app/pulls");
      const [pull] = json as { number: number; head: { ref: string } }[];
      const merge = alice.callTool(
        { name: "merge_pull_request", arguments: { ...place, pullNumber: pull?.number } },
        { onprogress: () => undefined },
      );
      const card = await pendingApproval(gateway, "carol", ({ operation }) => operation === "pulls/merge");
      await write(file("slipped-in.md", { branch: pull?.head.ref }));
      await decide(gateway, "carol", card, "approve");
      expect(textOf(await merge)).toContain("what it would change has moved since");
      expect(await callsOf("merge_pull_request")).toBe(0);
    });
  });

  describe("without sessions (2026-07-28)", () => {
    it("a call that waits asks the client to ask again, until somebody approves", async () => {
      const modern = await mcpClient(gateway, "alice", {
        session: "ses-mcp-modern",
        mode: { pin: "2026-07-28" },
      });
      const result = modern.callTool({ name: "create_or_update_file", arguments: file("modern.md") });
      const card = await held();
      await eventually("a second round", async () => {
        const { json } = await gateway.review("erin", "GET", "/sessions/ses-mcp-modern?limit=200");
        const rounds = (json as SessionView).entries.filter(
          ({ intent }) => intent.action.operation === "repos/create-or-update-file-contents",
        );
        return rounds.length >= 2 ? true : undefined;
      });
      await decide(gateway, "carol", card, "approve");
      expect(textOf(await result)).toContain("modern.md");
      await modern.close();
    });

    it("a refusal is a complete result", async () => {
      const modern = await mcpClient(gateway, "alice", { mode: { pin: "2026-07-28" } });
      const result = await modern.callTool({ name: "repo_sudo", arguments: {} });
      await modern.close();
      expect([result.isError, textOf(result)]).toEqual([
        true,
        expect.stringContaining("not an operation this gateway knows"),
      ]);
    });
  });
}
