// MCP-01 to MCP-08 and their neighbours: messages, tools, headers and sessions that say one thing and mean another.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pendingApproval, decide } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { checkedToken } from "../mask/samples.ts";
import { call, messagesUpstream, opened, post } from "../stand-ins/mcp.ts";

let gateway: GatewayUnderTest;
let session: Record<string, string>;
const place = { owner: "acme", repo: "app" };
const file = { ...place, path: "attack.md", content: "x\n", message: "m" };

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { mcpWaitMs: 0, perCaller: 50 } } });
  session = await opened(gateway, "alice");
  await call(gateway, "alice", "create_branch", { ...place, branch: "open" }, session);
});
afterAll(() => discard(gateway));

const reached = async (during: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = (await messagesUpstream(gateway)).length;
  await during();
  return (await messagesUpstream(gateway)).slice(before);
};
const request = (method: string, params: unknown = {}): unknown => ({
  jsonrpc: "2.0",
  id: 7,
  method,
  params,
});
const toolCall = (name: string, values: unknown): unknown =>
  request("tools/call", { name, arguments: values });

describe("MCP-01: messages that are not one message", () => {
  it.each([
    ["a batch", [request("tools/list"), toolCall("merge_pull_request", {})]],
    ["an empty batch", []],
    ["a key that stands twice", '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ["an id of null", { jsonrpc: "2.0", id: null, method: "ping" }],
    ["an id that is a fraction", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
    ["an id that is an object", { jsonrpc: "2.0", id: {}, method: "ping" }],
    ["a request without an id", { jsonrpc: "2.0", method: "tools/list" }],
    ["a notification with an id", { jsonrpc: "2.0", id: 1, method: "notifications/initialized" }],
    ["another version of JSON-RPC", { jsonrpc: "1.0", id: 1, method: "ping" }],
    ["a member that JSON-RPC has not", { jsonrpc: "2.0", id: 1, method: "ping", tool: "x" }],
    ["a request and a response at once", { jsonrpc: "2.0", id: 1, method: "ping", result: {} }],
    ["a result and an error at once", { jsonrpc: "2.0", id: 1, result: {}, error: {} }],
  ])("%s is refused before GitHub sees it", async (_what, body) => {
    let status = 0;
    const sent = await reached(async () => {
      ({ status } = await post(gateway, "alice", body, { headers: session }));
    });
    expect([status, sent]).toEqual([400, []]);
  });
});

describe("MCP-02: tools that nobody classified", () => {
  it.each([
    ["an unknown tool", "repo_sudo", {}],
    ["a known tool in other letters", "Merge_Pull_Request", { ...place, pullNumber: 1 }],
    ["a method that a tool has not", "actions_run_trigger", { ...place, method: "approve_everything" }],
    ["a method that every object has", "issue_write", { ...place, method: "constructor" }],
  ])("%s is refused as a tool result", async (_what, name, values) => {
    const sent = await reached(async () => {
      const answer = await call(gateway, "alice", name, values, session);
      expect([answer.status, answer.isError, answer.code]).toEqual([200, true, "GH_UNKNOWN_OPERATION"]);
    });
    expect(sent).toEqual([]);
  });
});

describe("MCP-03: a tool that grew an argument", () => {
  it("is refused with an argument that nobody looked at", async () => {
    const answer = await call(
      gateway,
      "alice",
      "create_or_update_file",
      { ...file, branch: "open", target_branch: "main" },
      session,
    );
    expect([answer.isError, answer.code]).toEqual([true, "GH_BAD_BODY"]);
  });

  it("of a merge that names a branch is refused", async () => {
    const answer = await call(
      gateway,
      "alice",
      "merge_pull_request",
      { ...place, pullNumber: 1, branch: "open" },
      session,
    );
    expect(answer.code).toBe("GH_BAD_BODY");
  });
});

describe("MCP-04: headers that change tools or mode", () => {
  const sentHeaders = async (
    headers: Record<string, string>,
    body: unknown,
  ): Promise<Record<string, string>> => {
    await post(gateway, "alice", body, { headers: { ...session, ...headers } });
    return (await gateway.upstream()).at(-1)?.headers ?? {};
  };

  it("reach GitHub only where they restrict", async () => {
    const headers = await sentHeaders(
      {
        "x-mcp-readonly": "false",
        "x-mcp-lockdown": "false",
        "x-mcp-insiders": "true",
        "x-mcp-tools": "get_me",
      },
      request("tools/list"),
    );
    expect(Object.entries(headers).filter(([name]) => name.startsWith("x-mcp-"))).toEqual([
      ["x-mcp-tools", "get_me"],
    ]);
  });

  it("cannot take from a read that it only reads", async () => {
    const headers = await sentHeaders({ "x-mcp-readonly": "false" }, toolCall("get_me", {}));
    expect(headers["x-mcp-readonly"]).toBe("true");
  });

  it("never carry the caller's token", async () => {
    const headers = await sentHeaders({ "x-mcp-toolsets": "all", cookie: "a=b" }, toolCall("get_me", {}));
    expect(JSON.stringify(headers)).not.toContain("gho_");
    expect(headers.cookie).toBeUndefined();
  });

  it("a write at the address for reading is refused", async () => {
    const body = toolCall("create_branch", { ...place, branch: "by-readonly" });
    const answer = await post(gateway, "alice", body, { headers: session, path: "/mcp/readonly" });
    expect(answer.text).toContain("tools that only read");
  });

  it.each([
    ["Mcp-Method", { "mcp-method": "tools/list" }],
    ["Mcp-Name", { "mcp-name": "get_me" }],
  ])("%s that says something else than the body is refused", async (_what, headers) => {
    const body = toolCall("create_branch", { ...place, branch: "mirrored" });
    const sent = await reached(async () => {
      const answer = await post(gateway, "alice", body, { headers: { ...session, ...headers } });
      expect(answer.text).toContain("GH_BAD_HEADERS");
    });
    expect(sent).toEqual([]);
  });
});

describe("MCP-05: forms of a branch", () => {
  it.each([
    ["the default branch", "main"],
    ["its full name", "refs/heads/main"],
    ["nothing", ""],
    ["null", null],
  ])("%s waits for a reviewer, who sees refs/heads/main", async (_what, branch) => {
    const answer = await call(gateway, "alice", "create_or_update_file", { ...file, branch }, session);
    expect([answer.isError, answer.code]).toEqual([true, "GH_PENDING"]);
    const card = await pendingApproval(gateway, "carol");
    expect(card.refs.map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
    await decide(gateway, "carol", card, "deny", "an attack");
    await call(gateway, "alice", "create_or_update_file", { ...file, branch }, session);
  });

  it.each([
    ["heads/main", "heads/main"],
    ["HEAD", "HEAD"],
    ["an object", { name: "main" }],
    ["a list", ["open"]],
    ["white space in front", " main"],
    ["a commit id", "a".repeat(40)],
  ])("%s is refused", async (_what, branch) => {
    const sent = await reached(async () => {
      const answer = await call(gateway, "alice", "create_or_update_file", { ...file, branch }, session);
      expect([answer.isError, answer.code]).toEqual([true, "GH_BAD_BODY"]);
    });
    expect(sent).toEqual([]);
  });

  it.each([
    ["path", { path: "../../../vault/contents/README.md" }],
    ["path", { path: "a/%2e%2e/b" }],
    ["path", { path: "x?ref=main" }],
    ["ref", { ref: "main#" }],
    ["repo", { repo: "app/../vault" }],
    ["owner", { owner: "acme/vault" }],
  ])("a %s that leads elsewhere is refused", async (_what, values) => {
    const answer = await call(gateway, "alice", "get_file_contents", { ...place, ...values }, session);
    expect([answer.isError, answer.code]).toEqual([true, "GH_BAD_BODY"]);
  });
});

describe("what a tool would write", () => {
  it("is refused when it carries a secret, in whichever file", async () => {
    const files = [
      { path: "a.md", content: "fine" },
      { path: "b.env", content: `GITHUB_TOKEN=${checkedToken("ghp_")}\n` },
    ];
    const answer = await call(
      gateway,
      "alice",
      "push_files",
      { ...place, branch: "open", message: "m", files },
      session,
    );
    expect([answer.isError, answer.code]).toEqual([true, "GH_SECRET_IN_WRITE"]);
  });

  it("is refused when it brings a mask back", async () => {
    const content = `GITHUB_TOKEN=ghp_${"*".repeat(36)}\n`;
    const answer = await call(
      gateway,
      "alice",
      "create_or_update_file",
      { ...file, branch: "open", content },
      session,
    );
    expect(answer.code).toBe("GH_MASKED_VALUE_IN_WRITE");
  });

  it("waits for the security team when a workflow file is among it, on any branch", async () => {
    const files = [
      { path: "a.md", content: "fine" },
      { path: ".github/workflows/x.yml", content: "on: push\n" },
    ];
    const answer = await call(
      gateway,
      "alice",
      "push_files",
      { ...place, branch: "open", message: "m", files },
      session,
    );
    expect([answer.code, answer.said]).toEqual(["GH_PENDING", expect.stringContaining("security-team")]);
  });
});

describe("MCP-06: methods that act or leak", () => {
  it.each([
    ["sampling/createMessage", -32601],
    ["elicitation/create", -32601],
    ["resources/subscribe", -32601],
    ["tasks/list", -32601],
  ])("%s is not known here", async (method, code) => {
    const sent = await reached(async () => {
      const { status, message } = await post(gateway, "alice", request(method), { headers: session });
      expect([status, message.error?.code]).toEqual([200, code]);
    });
    expect(sent).toEqual([]);
  });

  it("resources/read of a repository that the person may not read is refused", async () => {
    const body = request("resources/read", { uri: "repo://acme/vault/contents/README.md" });
    const { message } = await post(gateway, "alice", body, { headers: session });
    expect(message.error?.message).toContain("Refused by policy");
  });

  it.each([["file:///etc/passwd"], ["repo://acme/app/../vault/contents/x"], ["ui://form"]])(
    "resources/read of %s is not known here",
    async (uri) => {
      const { message } = await post(gateway, "alice", request("resources/read", { uri }), {
        headers: session,
      });
      expect(message.error?.code).toBe(-32601);
    },
  );

  it("completion/complete spans repositories, so it takes a team that may", async () => {
    const body = request("completion/complete", {
      ref: { type: "ref/resource", uri: "repo://{owner}" },
      argument: { name: "owner", value: "" },
    });
    const { message } = await post(gateway, "alice", body, { headers: session });
    expect(message.error?.message).toContain("Refused by policy");
  });

  it("the server is told that the client can do nothing", async () => {
    const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
    const params = { protocolVersion: "2025-06-18", capabilities, clientInfo: { name: "x", version: "1" } };
    const { headers } = await post(gateway, "alice", request("initialize", params));
    expect(headers.get("mcp-session-id")).toMatch(/^mcp_/);
    const withheld = await post(gateway, "alice", toolCall("get_me", {}), { headers: session });
    expect(withheld.text).not.toContain("sampling");
  });
});

describe("MCP-07: sessions of others", () => {
  it("a session id opens nothing for another person", async () => {
    const sent = await reached(async () => {
      const { status, message } = await post(gateway, "bob", request("tools/list"), { headers: session });
      expect([status, message.error?.message]).toEqual([404, expect.stringContaining("no MCP session")]);
    });
    expect(sent).toEqual([]);
  });

  it.each([
    ["GET", 404],
    ["DELETE", 404],
  ])("nor with %s, nor with Last-Event-ID", async (method, status) => {
    const headers = { ...session, "last-event-id": "1" };
    expect((await post(gateway, "bob", undefined, { headers, method })).status).toBe(status);
  });

  it("an id that nobody was given is unknown, also the server's own", async () => {
    const { status } = await post(gateway, "alice", request("ping"), {
      headers: { "mcp-session-id": "0c7f7a3e" },
    });
    expect(status).toBe(404);
  });

  it("the server's own id is never shown", async () => {
    const ids = (await gateway.upstream())
      .map(({ headers }) => headers["mcp-session-id"])
      .filter((id) => id !== undefined);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).not.toContain(session["mcp-session-id"]);
  });

  it("a requestState that was not given for this call is refused", async () => {
    const params = {
      name: "create_or_update_file",
      arguments: { ...file, branch: "open" },
      requestState: "mcs_forged",
    };
    const { text } = await post(gateway, "alice", request("tools/call", params), { headers: session });
    expect(text).toContain("requestState was not given for this call");
  });
});

describe("MCP-08: a page in somebody's browser", () => {
  it.each([["https://evil.example"], ["null"], ["http://127.0.0.1.evil.example"]])(
    "a request with the origin %s is refused",
    async (origin) => {
      const { status, text } = await post(gateway, "alice", request("ping"), {
        headers: { ...session, origin },
      });
      expect([status, text]).toEqual([403, expect.stringContaining("GH_FOREIGN_ORIGIN")]);
    },
  );

  it("without a credential nobody gets in, and is told where to get one", async () => {
    const { status, headers } = await post(gateway, undefined, request("ping"));
    expect([status, headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining("resource_metadata="),
    ]);
  });
});

describe("GitHub's own refusals", () => {
  it("a 401 about the gateway's token is no 401 for the client", async () => {
    await gateway.fault({ path: "/mcp", status: 401, times: 1 });
    const answer = await call(gateway, "alice", "get_me", {}, session);
    await gateway.clearFaults();
    expect([answer.status, answer.isError, answer.code]).toEqual([200, true, "GH_UPSTREAM_REFUSED"]);
  });
});
