// The tools that a model's answer asks for, read in each dialect from what the sandbox's model says.
import { describe, expect, it } from "@jest/globals";
import { modelAnswer } from "../../bin/sandbox/copilot-model.ts";
import { argumentsHash, ToolCallReader, toolResultsIn } from "../../lambda/record/tool-calls.ts";
import { masker } from "../mask/run.ts";
import { checkedToken } from "../mask/samples.ts";

const steps = [{ tool: "bash", arguments: { command: "git push", wait: 20 } }];
const dialects: readonly (readonly [string, Record<string, unknown>])[] = [
  ["/chat/completions", { messages: [], tools: [{ function: { name: "bash" } }] }],
  ["/responses", { input: [], tools: [{ name: "bash" }] }],
  ["/v1/messages", { messages: [], tools: [{ name: "bash" }] }],
];

describe.each(dialects)("an answer of %s", (path, prompt) => {
  it.each([true, false])("names its tool calls (streamed: %s)", (stream) => {
    const answer = modelAnswer(path, { model: "m", stream, ...prompt }, steps);
    const reader = new ToolCallReader(stream, masker);
    const bytes = Buffer.from(answer?.events?.join("") ?? JSON.stringify(answer?.json));
    for (let at = 0; at < bytes.length; at += 100) reader.push(bytes.subarray(at, at + 100));
    expect(reader.end()).toEqual([
      {
        id: expect.stringMatching(/^call_/),
        name: "bash",
        argumentsHash: argumentsHash('{ "wait": 20, "command": "git push" }', masker),
      },
    ]);
  });
});

describe("the hash of arguments", () => {
  it("is the same for every spelling, and another for other arguments", () => {
    expect(argumentsHash('{"a":1,"b":2}', masker)).toBe(argumentsHash('{"b":2, "a":1}', masker));
    expect(argumentsHash('{"a":1}', masker)).not.toBe(argumentsHash('{"a":2}', masker));
  });

  it("is taken over masked arguments: it tells two secrets of one length no better than the record does", () => {
    const [one, two] = [checkedToken("ghp_", 1), checkedToken("ghp_", 2)].map((token) =>
      argumentsHash(JSON.stringify({ token }), masker),
    );
    expect(one).toBe(two);
  });
});

describe("the results that a prompt brings", () => {
  it.each([
    [{ messages: [{ role: "tool", tool_call_id: "a" }] }],
    [{ input: [{ type: "function_call_output", call_id: "a" }] }],
    [{ messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] }] }],
  ])("are told by the ids of their calls", (prompt) => {
    expect(toolResultsIn(prompt)).toEqual(["a"]);
  });
});
