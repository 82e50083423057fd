// A call at GitHub is led back to the answer that asked for it, or to none.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { causesOf, type Step } from "../../lambda/record/lineage.ts";
import type { IntentRecord, OutcomeRecord, RecordedToolCall } from "../../lambda/model/record.ts";

const hour = 3_600_000;

function step(
  entry: string,
  atMs: number,
  action: Partial<IntentRecord["action"]>,
  more: {
    labels?: Record<string, string>;
    toolCalls?: RecordedToolCall[];
    endsAtMs?: number;
    plan?: string;
  } = {},
): Step {
  const intent = {
    entry,
    atMs,
    action: { surface: "rest", ...action },
    caller: { labels: more.labels ?? {} },
    ...(more.plan === undefined ? {} : { plan: more.plan }),
  } as unknown as IntentRecord;
  const outcome = { atMs: more.endsAtMs ?? atMs + 10, toolCalls: more.toolCalls } as unknown as OutcomeRecord;
  return { entry, intent, outcome };
}

const bash = (id: string): RecordedToolCall => ({ id, name: "bash", argumentsHash: "h1" });
const answer = (
  entry: string,
  atMs: number,
  toolCalls: RecordedToolCall[],
  sitting = "s1",
  results: string[] = [],
): Step =>
  step(
    entry,
    atMs,
    { surface: "copilot", toolResults: results },
    { labels: { clientSession: sitting }, toolCalls },
  );
const git = (entry: string, atMs: number, sitting?: string, plan?: string): Step =>
  step(
    entry,
    atMs,
    { surface: "git" },
    {
      ...(sitting === undefined ? {} : { labels: { session: sitting } }),
      ...(plan === undefined ? {} : { plan }),
    },
  );
const causeIn = (steps: readonly Step[], entry: string): unknown => causesOf(steps).get(entry);

describe("a shell's call", () => {
  it("is led back to the one shell call that is open in its sitting", () => {
    expect(causeIn([answer("req_m", 0, [bash("c1")]), git("req_g", 100, "s1")], "req_g")).toEqual({
      entry: "req_m",
      toolCall: "c1",
      tool: "bash",
      how: "session",
    });
  });

  it("is led back to none when two shell calls are open", () => {
    expect(
      causeIn([answer("req_m", 0, [bash("c1"), bash("c2")]), git("req_g", 100, "s1")], "req_g"),
    ).toBeUndefined();
  });

  it("is led back to none once a prompt has brought the result", () => {
    const steps = [
      answer("req_m", 0, [bash("c1")]),
      answer("req_n", 50, [], "s1", ["c1"]),
      git("req_g", 100, "s1"),
    ];
    expect(causeIn(steps, "req_g")).toBeUndefined();
  });

  it("is not led to the answer of another sitting", () => {
    expect(
      causeIn([answer("req_m", 0, [bash("c1")], "s2"), git("req_g", 100, "s1")], "req_g"),
    ).toBeUndefined();
  });

  it("that names no sitting is led back only where one answer fits in all of them", () => {
    const one = answer("req_m", 0, [bash("c1")], "s1");
    expect(causeIn([one, git("req_g", 100)], "req_g")).toMatchObject({ toolCall: "c1" });
    expect(
      causeIn([one, answer("req_n", 1, [bash("c2")], "s2"), git("req_g", 100)], "req_g"),
    ).toBeUndefined();
  });

  it("is led back within an hour and not after", () => {
    const at = (ms: number): unknown =>
      causeIn([answer("req_m", 0, [bash("c1")]), git("req_g", ms, "s1")], "req_g");
    expect(at(hour + 10)).toMatchObject({ toolCall: "c1" });
    expect(at(hour + 11)).toBeUndefined();
  });

  it("is not led to an answer that ended after it began", () => {
    expect(causeIn([answer("req_m", 0, [bash("c1")]), git("req_g", 9, "s1")], "req_g")).toBeUndefined();
  });

  it("gives its cause to the execution of its plan", () => {
    const steps = [
      answer("req_m", 0, [bash("c1")]),
      git("req_g", 100, "s1", "pln_1"),
      git("exe_g", 5 * hour, undefined, "pln_1"),
    ];
    expect(causeIn(steps, "exe_g")).toMatchObject({ entry: "req_m", how: "session" });
  });
});

describe("an MCP tool call", () => {
  const tool = { name: "push_files", argumentsHash: "h2" };
  const asked = (id: string): RecordedToolCall => ({
    id,
    name: "github-mcp-server-push_files",
    argumentsHash: "h2",
  });

  it("is led back by tool and arguments", () => {
    const steps = [
      answer("req_m", 0, [bash("c1"), asked("c2")]),
      step("req_t", 100, { surface: "mcp", tool }),
    ];
    expect(causeIn(steps, "req_t")).toMatchObject({ toolCall: "c2", how: "arguments" });
  });

  it("is led back to none when two calls have the same arguments", () => {
    const steps = [
      answer("req_m", 0, [asked("c1"), asked("c2")]),
      step("req_t", 100, { surface: "mcp", tool }),
    ];
    expect(causeIn(steps, "req_t")).toBeUndefined();
  });

  it("is led back by the id that it names, even then", () => {
    const steps = [
      answer("req_m", 0, [asked("c1"), asked("c2")]),
      step("req_t", 100, { surface: "mcp", tool }, { labels: { toolCall: "c2" } }),
    ];
    expect(causeIn(steps, "req_t")).toMatchObject({ toolCall: "c2", how: "id" });
  });

  it("is never taken for the work of a shell", () => {
    const steps = [answer("req_m", 0, [bash("c1")]), step("req_t", 100, { surface: "mcp", tool })];
    expect(causeIn(steps, "req_t")).toBeUndefined();
  });

  it("is led back by the agent's name for its turn where two turns asked the same", () => {
    const turn = (entry: string, request: string, id: string): Step =>
      step(entry, 0, { surface: "copilot" }, { labels: { request }, toolCalls: [asked(id)] });
    const steps = (request: string): Step[] => [
      turn("req_m", "turn-1", "c1"),
      turn("req_n", "turn-2", "c2"),
      step("req_t", 100, { surface: "mcp", tool }, { labels: { request } }),
    ];
    expect(causeIn(steps("turn-2"), "req_t")).toMatchObject({ toolCall: "c2" });
    expect(causeIn(steps("turn-3"), "req_t")).toBeUndefined();
  });

  it("is led back from VS Code's name for a tool", () => {
    const call = { id: "c1", name: "mcp_github_push_files", argumentsHash: "h2" };
    const steps = [answer("req_m", 0, [call]), step("req_t", 100, { surface: "mcp", tool })];
    expect(causeIn(steps, "req_t")).toMatchObject({ toolCall: "c1" });
  });
});

describe("whatever an agent asks for", () => {
  it("no call is led back where two open tool calls fit it, and every cause is one that was asked for", () => {
    const sitting = fc.constantFrom("s1", "s2");
    const asks = fc.array(
      fc.record({
        at: fc.nat(50),
        sitting,
        tools: fc.array(fc.constantFrom("bash", "push_files"), { maxLength: 3 }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(asks, fc.option(sitting, { nil: undefined }), fc.boolean(), (turns, own, isTool) => {
        const models = turns.map((turn, n) =>
          answer(
            `req_m${n}`,
            turn.at,
            turn.tools.map((name, at) => ({ id: `${n}.${at}`, name, argumentsHash: "h" })),
            turn.sitting,
          ),
        );
        const action = isTool
          ? ({ surface: "mcp", tool: { name: "push_files", argumentsHash: "h" } } as const)
          : ({ surface: "git" } as const);
        const labels: Record<string, string> = own === undefined ? {} : { session: own };
        const called = step("req_g", 1_000, action, { labels });
        const fitting = turns.flatMap((turn, n) =>
          turn.tools.flatMap((name, at) =>
            name === (isTool ? "push_files" : "bash") && (own === undefined || own === turn.sitting)
              ? [{ entry: `req_m${n}`, toolCall: `${n}.${at}` }]
              : [],
          ),
        );
        const cause = causesOf([...models, called]).get("req_g");
        if (fitting.length === 1) expect(cause).toMatchObject(fitting[0] ?? {});
        else expect(cause).toBeUndefined();
      }),
    );
  });
});
