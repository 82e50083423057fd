// Copilot's account and model calls: they lead back to the gateway, are streamed, masked and recorded.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { blameText } from "../../bin/local/blame.ts";
import type { Blame, EntryView, SessionView } from "../../lambda/model/api.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { checkedToken, stars } from "../mask/samples.ts";

/** How a person reads who wrote a commit: from the reviewer API, unless a command is at hand. */
type Tell = (commit: string, gateway: GatewayUnderTest) => Promise<string>;

const fromApi: Tell = async (commit, gateway) => {
  const { json } = await gateway.review("alice", "GET", `/blame?repository=acme/app&commit=${commit}`);
  return blameText(json as Blame, gateway.console);
};

export function copilotStories(start: StartGateway, tell = fromApi): void {
  let gateway: GatewayUnderTest;
  const session = "ses-copilot-story";
  const secret = checkedToken("ghp_", 7);

  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => discard(gateway));

  async function call(login: string, method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${gateway.gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await gateway.token(login, { session })}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        "x-client-session-id": "agent-1",
        "x-interaction-id": "prompt-1",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function script(...steps: readonly Record<string, unknown>[]): Promise<void> {
    const told = await fetch(`${gateway.github}/_sandbox/model`, {
      method: "POST",
      body: JSON.stringify({ steps }),
    });
    expect(told.status).toBe(201);
  }

  const tools = [{ type: "function", name: "bash", function: { name: "bash" } }];

  async function lastEntry(): Promise<EntryView> {
    const view = (await gateway.review("alice", "GET", `/sessions/${session}?limit=200`)).json as SessionView;
    const entry = view.entries.at(-1);
    if (entry === undefined) throw new Error("no entry");
    return entry;
  }

  describe("the account", () => {
    it("points every endpoint at the gateway", async () => {
      const answer = await call("alice", "GET", "/copilot_internal/user");
      const { endpoints } = (await answer.json()) as { endpoints: Record<string, string> };
      expect(endpoints.api).toBe(`${gateway.gateway}/capi`);
      expect(Object.values(endpoints).every((url) => url.startsWith(`${gateway.gateway}/`))).toBe(true);
    });

    it("gives the caller's own token in the form that VS Code reads, and takes it back", async () => {
      const answer = await call("alice", "GET", "/api/v3/copilot_internal/v2/token");
      const { token } = (await answer.json()) as { token: string };
      expect(token).toMatch(/^tid=gho_[^;]+;exp=\d+;sku=copilot_enterprise;chat=1$/);
      const models = await fetch(`${gateway.gateway}/capi/models`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(models.status).toBe(200);
      expect(await models.text()).toContain("gpt-5.4");
    });

    it("keeps that token out of the record", async () => {
      const { outcome } = await lastEntry();
      const body = await gateway.review("alice", "GET", `/entries/${outcome?.entry ?? ""}/response`);
      expect(body.status).toBe(200);
      expect(body.text).not.toContain("tid=");
    });

    it("lists models that offer no WebSocket", async () => {
      const text = await (await call("alice", "GET", "/capi/models")).text();
      expect(text).toContain("/responses");
      expect(text).not.toContain("ws:");
    });
  });

  describe("a model call", () => {
    it.each([
      ["chat completions", "/capi/chat/completions", { messages: [] }, /data: \[DONE\]\n\n$/],
      ["responses", "/capi/responses", { input: [] }, /"type":"response\.completed".*\n\n$/],
      ["messages", "/capi/v1/messages", { messages: [] }, /"type":"message_stop"\}\n\n$/],
    ])("streams %s to the end, masked, and records prompt and answer", async (_name, path, extra, last) => {
      await script({ text: `Here it is: ${secret}. That is all.` });
      const answer = await call("alice", "POST", path, { model: "gpt-5.4", stream: true, tools, ...extra });
      expect(answer.headers.get("content-type")).toBe("text/event-stream");
      const text = await answer.text();
      expect(text).toMatch(last);
      expect(text).not.toContain(secret.slice(4, 14));
      const { intent, outcome } = await lastEntry();
      expect(intent.action).toMatchObject({ surface: "copilot", parameters: { model: "gpt-5.4" } });
      expect(intent.caller.labels).toMatchObject({ clientSession: "agent-1", interaction: "prompt-1" });
      expect(outcome).toMatchObject({ result: "answered", responseBytes: text.length });
      const recorded = await gateway.review("alice", "GET", `/entries/${intent.entry}/response`);
      expect(recorded.text).toBe(text);
      expect((await gateway.review("alice", "GET", `/entries/${intent.entry}/request`)).text).toContain(
        "gpt-5.4",
      );
    });

    it("answers whole when it is asked to, masked too", async () => {
      await script({ text: `Here: ${secret}` });
      const answer = await call("alice", "POST", "/capi/chat/completions", {
        model: "gpt-5.4",
        tools,
        messages: [],
      });
      const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
      expect(choices[0]?.message.content).toBe(`Here: ghp_${stars(36)}`);
    });

    it("is refused to a person in no team, and does not reach the model", async () => {
      const before = (await gateway.upstream()).length;
      const answer = await call("mallory", "POST", "/capi/responses", { model: "gpt-5.4", input: [] });
      expect([answer.status, await answer.json()]).toMatchObject([403, { gatehouse: { code: "GH_DENIED" } }]);
      expect((await gateway.upstream()).length).toBe(before);
    });

    it.each([401, 403, 429, 503])("passes an error answer %d on", async (status) => {
      await gateway.fault({ path: "/capi/responses", status, times: 1 });
      expect((await call("alice", "POST", "/capi/responses", { model: "gpt-5.4", input: [] })).status).toBe(
        status,
      );
    });

    it("passes on when to try again, and what is left of the plan", async () => {
      const headers = { "retry-after": "7", "x-quota-snapshot-chat": "ent=300&rem=0.0&rst=2026-12-01" };
      await gateway.fault({ path: "/capi/v1/messages", status: 429, headers, times: 1 });
      const answer = await call("alice", "POST", "/capi/v1/messages", {
        model: "claude-sonnet-4",
        messages: [],
      });
      expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
        429,
        expect.objectContaining(headers),
      ]);
      // The end of the answer waits for the outcome's record.
      await answer.text();
      expect((await lastEntry()).outcome).toMatchObject({ status: 429 });
    });

    it.each([
      ["models/session", "copilot/models-session"],
      ["models/session/intent", "copilot/models-session-intent"],
    ])("passes the question on which model to use: %s", async (path, operation) => {
      await gateway.fault({ path: `/capi/${path}`, status: 200, times: 1 });
      const answer = await call("alice", "POST", `/capi/${path}`, { auto_mode: {} });
      expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
      expect((await lastEntry()).intent.action.operation).toBe(operation);
    });

    it("that breaks off is recorded as failed", async () => {
      await gateway.fault({ path: "/capi/responses", cutAfterBytes: 600, times: 1 });
      const answer = await call("alice", "POST", "/capi/responses", {
        model: "gpt-5.4",
        stream: true,
        input: [],
      });
      expect([answer.status, await answer.json()]).toMatchObject([
        502,
        { gatehouse: { code: "GH_UPSTREAM_UNREACHABLE" } },
      ]);
      expect((await lastEntry()).outcome?.result).toBe("failed");
    });
  });

  describe("the way from a commit back to its prompt", () => {
    const writes = async (path: string): Promise<string> => {
      const answer = await gateway.api(
        "alice",
        "PUT",
        `/repos/acme/app/contents/${path}`,
        { message: "By an agent", content: Buffer.from(path).toString("base64"), branch: "from-prompt" },
        { session, headers: { "x-gatehouse-session": "agent-1" } },
      );
      expect(answer.status).toBe(201);
      return (answer.json as { commit: { sha: string } }).commit.sha;
    };

    it("leads through the tool call that the model asked for, and ends at what the person wrote", async () => {
      const head = (await gateway.api("alice", "GET", "/repos/acme/app/commits/main")).json as {
        sha: string;
      };
      const made = await gateway.api("alice", "POST", "/repos/acme/app/git/refs", {
        ref: "refs/heads/from-prompt",
        sha: head.sha,
      });
      expect(made.status).toBe(201);
      await script({ tool: "bash", arguments: { command: "gh api …" } });
      const input = [{ role: "user", content: [{ type: "input_text", text: "Write a file, please." }] }];
      await (await call("alice", "POST", "/capi/responses", { model: "gpt-5.4", tools, input })).text();
      const commit = await writes("asked.txt");
      const found = await gateway.review("alice", "GET", `/blame?repository=acme/app&commit=${commit}`);
      expect(found.json).toMatchObject({
        commit,
        prompt: "Write a file, please.",
        asked: { intent: { action: { operation: "copilot/responses" } } },
        landed: { causedBy: { tool: "bash", how: "session" } },
      });
      expect(await tell(commit, gateway)).toContain("Write a file, please.");
    });

    it("says that no prompt can be named once the tool's result has come back", async () => {
      const last = (await lastEntry()).causedBy?.toolCall ?? "";
      const input = [{ type: "function_call_output", call_id: last, output: "done" }];
      await script({ text: "Done." });
      await (await call("alice", "POST", "/capi/responses", { model: "gpt-5.4", tools, input })).text();
      const commit = await writes("unasked.txt");
      const found = await gateway.review("alice", "GET", `/blame?repository=acme/app&commit=${commit}`);
      expect(found.json).toMatchObject({ commit, landed: { intent: { session } } });
      expect(found.json).not.toHaveProperty("asked");
    });

    it("starts at a commit that a tool made as well, by the front of its id", async () => {
      const head = (await gateway.api("alice", "GET", "/repos/acme/site/commits/main")).json as {
        sha: string;
      };
      const branch = { ref: "refs/heads/by-tool", sha: head.sha };
      expect((await gateway.api("alice", "POST", "/repos/acme/site/git/refs", branch)).status).toBe(201);
      const file = { owner: "acme", repo: "site", path: "by-tool.txt", content: "x", message: "By a tool" };
      const answer = await fetch(`${gateway.gateway}/mcp/`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await gateway.token("alice", { session })}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2026-07-28",
          "mcp-method": "tools/call",
          "mcp-name": "create_or_update_file",
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: {
            name: "create_or_update_file",
            arguments: { ...file, branch: "by-tool" },
            _meta: { "vscode.conversationId": "talk-1", toolCallId: "call-9" },
          },
        }),
      });
      expect(answer.status).toBe(200);
      await answer.text();
      const tip = (await gateway.api("alice", "GET", "/repos/acme/site/commits/by-tool")).json as {
        sha: string;
      };
      const path = `/blame?repository=acme/site&commit=${tip.sha.slice(0, 7)}`;
      expect((await gateway.review("alice", "GET", path)).json).toMatchObject({
        commit: tip.sha,
        landed: { intent: { caller: { labels: { conversation: "talk-1", toolCall: "call-9" } } } },
      });
    });

    it("says what is not known of a commit that came another way, and refuses what is no id", async () => {
      const at = (commit: string): string => `/blame?repository=acme/app&commit=${commit}`;
      const unknown = await gateway.review("alice", "GET", at("1".padStart(40, "0")));
      expect([unknown.status, unknown.json]).toMatchObject([404, { code: "GH_COMMIT_UNKNOWN" }]);
      const short = await gateway.review("alice", "GET", at("abcdef"));
      expect([short.status, short.json]).toMatchObject([400, { code: "GH_BAD_QUERY" }]);
    });

    it("is not shown to a person who may not read the recording", async () => {
      const commit = await writes("mine.txt");
      const found = await gateway.review("bob", "GET", `/blame?repository=acme/app&commit=${commit}`);
      expect(found.status).toBe(404);
    });
  });
}
