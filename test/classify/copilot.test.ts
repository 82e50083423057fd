// Copilot's own calls: only those of the list pass, and a prompt is sent as it was read.
import { describe, expect, it } from "@jest/globals";
import { ask, codeOf, sentText } from "./requests.ts";

const json = { "content-type": "application/json" };
const prompt = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({ model: "gpt-5.4", messages: [], ...fields });
const post = (
  path: string,
  body = prompt(),
  headers: Record<string, string> = json,
): ReturnType<typeof ask> => ask("POST", path, { body, headers: Object.entries(headers) });

describe("a model call", () => {
  it.each([
    ["/capi/chat/completions", "copilot/chat-completions", "chat/completions"],
    ["/capi/responses", "copilot/responses", "responses"],
    ["/capi/v1/messages", "copilot/messages", "v1/messages"],
    ["/capi/embeddings", "copilot/embeddings", "embeddings"],
  ])("%s is %s, and names its model", async (path, operation, sent) => {
    const action = await post(path);
    expect(action).toMatchObject({ surface: "copilot", operation, effect: "read", model: "gpt-5.4" });
    expect(action.send).toMatchObject({ upstream: "capi", segments: sent.split("/") });
  });

  it("without a model is refused: no rule could decide about it", async () => {
    expect(await codeOf(post("/capi/responses", "{}"))).toBe("GH_BAD_BODY");
    expect(await codeOf(post("/capi/responses", prompt({ model: "a model\n" })))).toBe("GH_BAD_BODY");
  });

  it("is sent as it was read: of a key that stands twice the one that was decided on", async () => {
    const action = await post("/capi/responses", '{"model":"forbidden","model":"gpt-5.4"}');
    expect(action.model).toBe("gpt-5.4");
    expect(sentText(action)).toBe('{"model":"gpt-5.4"}');
  });

  it("may hold what prompts hold: half a character, a number in scientific notation", async () => {
    const action = await post("/capi/responses", '{"model":"m","input":"\\ud83d","max":1e3}');
    expect(sentText(action)).toBe('{"model":"m","input":"\\ud83d","max":1000}');
  });

  it("carries the headers that say who asks for what, and no others", async () => {
    const { send } = await post("/capi/responses", prompt(), {
      ...json,
      "copilot-integration-id": "copilot-developer-cli",
      "x-initiator": "agent",
      "x-interaction-id": "i-1",
      "x-something-new": "1",
      authorization: "Bearer x",
    });
    expect(send.headers.map(([name]) => name).sort()).toEqual([
      "content-type",
      "copilot-integration-id",
      "x-initiator",
      "x-interaction-id",
    ]);
  });

  it("takes a prompt of 16 MiB and none that is larger", async () => {
    const room = 16 * 1024 * 1024 - prompt({ input: "" }).length;
    expect((await post("/capi/responses", prompt({ input: "x".repeat(room) }))).model).toBe("gpt-5.4");
    expect(await codeOf(post("/capi/responses", prompt({ input: "x".repeat(room + 1) })))).toBe(
      "GH_BODY_TOO_LARGE",
    );
  });

  it.each([
    ["POST", "/capi/unknown"],
    ["GET", "/capi/responses"],
    ["POST", "/capi/chat/completions/"],
    ["POST", "/capi/models/gpt-5.4/policy"],
    ["GET", "/capi/agents/swe/jobs"],
    ["GET", "/capi"],
    ["GET", "/copilot/proxy"],
    ["GET", "/copilot_internal/unknown"],
    ["DELETE", "/api/v3/copilot_internal/user"],
  ])("%s %s is no call that this gateway knows", async (method, path) => {
    const body = method === "POST" ? { body: prompt(), headers: Object.entries(json) } : {};
    expect(await codeOf(ask(method, path, body))).toBe("GH_UNKNOWN_OPERATION");
  });
});

describe("an account call", () => {
  it.each(["/copilot_internal/user", "/api/v3/copilot_internal/user"])("is served at %s", async (path) => {
    const action = await ask("GET", path);
    expect(action).toMatchObject({ surface: "copilot", operation: "copilot/user", effect: "read" });
    expect(action.send).toMatchObject({ upstream: "api", segments: ["copilot_internal", "user"] });
  });

  it("about a repository is a read of that repository", async () => {
    const action = await ask("GET", "/capi/agents/swe/custom-agents/acme/vault");
    expect(action.repository).toEqual({ owner: "acme", name: "vault" });
  });
});
