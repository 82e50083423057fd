// What the sandbox's model reads of a prompt, in each of the three dialects: its tools, and what they answered so far.
import type { Json } from "./github-answers.ts";

export interface Prompt {
  readonly model: string;
  readonly isStreamed: boolean;
  readonly tools: readonly string[];
  /** What tools answered since the person's last message, oldest first. */
  readonly results: readonly string[];
}

export function chatPrompt(body: Json): Prompt {
  const messages = objects(body.messages);
  const since = messages.slice(messages.map(({ role }) => role).lastIndexOf("user") + 1);
  return {
    ...common(body),
    tools: objects(body.tools).map((tool) => String((tool.function as Json | undefined)?.name ?? tool.name)),
    results: since.filter(({ role }) => role === "tool").map(({ content }) => textOf(content)),
  };
}

export function responsesPrompt(body: Json): Prompt {
  const input = objects(body.input);
  const since = input.slice(input.map(({ role }) => role).lastIndexOf("user") + 1);
  return {
    ...common(body),
    tools: objects(body.tools).map(({ name }) => String(name)),
    results: since
      .filter(({ type }) => type === "function_call_output" || type === "custom_tool_call_output")
      .map(({ output }) => textOf(output)),
  };
}

export function messagesPrompt(body: Json): Prompt {
  const results: string[] = [];
  for (const { role, content } of objects(body.messages).toReversed()) {
    if (role !== "user") continue;
    const answered = objects(content).filter(({ type }) => type === "tool_result");
    if (answered.length === 0) break;
    results.unshift(...answered.map((result) => textOf(result.content)));
  }
  return { ...common(body), tools: objects(body.tools).map(({ name }) => String(name)), results };
}

function common(body: Json): Pick<Prompt, "model" | "isStreamed"> {
  return { model: String(body.model), isStreamed: body.stream === true };
}

function objects(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Json => typeof item === "object" && item !== null);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return objects(value)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}
