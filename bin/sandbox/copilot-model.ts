// The sandbox's model: it says what it was told to say, as a stream of events or whole, in Copilot's three dialects.
import { randomUUID } from "node:crypto";
import type { Json } from "./github-answers.ts";
import { chatPrompt, messagesPrompt, responsesPrompt, type Prompt } from "./copilot-prompt.ts";

/** One answer. In a text `{result}` becomes what the last tool answered. */
export type Step = { readonly tool: string; readonly arguments: Json } | { readonly text: string };

export interface ModelAnswer {
  readonly json: Json;
  /** The same as events; undefined when the prompt wants it whole. */
  readonly events?: readonly string[];
}

const ownWords =
  "This is the sandbox's model. It has no mind of its own, but your prompt and this answer are in the record.";
const pieceLength = 24;

type Said = { readonly text: string } | { readonly id: string; readonly name: string; readonly json: string };

/** `path` below /capi; undefined when no model answers there. */
export function modelAnswer(path: string, body: Json, steps: readonly Step[]): ModelAnswer | undefined {
  switch (path) {
    case "/chat/completions":
      return answered(chatPrompt(body), steps, chat);
    case "/responses":
      return answered(responsesPrompt(body), steps, responses);
    case "/v1/messages":
      return answered(messagesPrompt(body), steps, messages);
    default:
      return undefined;
  }
}

type Dialect = (model: string, said: Said) => { readonly json: Json; readonly events: readonly string[] };

function answered(prompt: Prompt, steps: readonly Step[], dialect: Dialect): ModelAnswer {
  const { json, events } = dialect(prompt.model, saidTo(prompt, steps));
  return prompt.isStreamed ? { json, events } : { json };
}

/** A prompt without tools is a side call of the client (a title, a summary): the steps are not for it. */
function saidTo({ tools, results }: Prompt, steps: readonly Step[]): Said {
  const step = tools.length === 0 ? undefined : steps[results.length];
  if (step === undefined) return { text: ownWords };
  if ("text" in step) return { text: step.text.replaceAll("{result}", () => results.at(-1) ?? "") };
  const name =
    tools.find((tool) => tool === step.tool) ?? tools.find((tool) => tool.endsWith(`-${step.tool}`));
  return {
    id: `call_${randomUUID().slice(0, 8)}`,
    name: name ?? step.tool,
    json: JSON.stringify(step.arguments),
  };
}

function pieces(text: string): readonly string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${pieceLength}}`, "g")) ?? [];
}

function event(type: string, fields: Json): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function chat(model: string, said: Said): ReturnType<Dialect> {
  const base = { id: `chatcmpl-${randomUUID()}`, created: 0, model };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const finish = "text" in said ? "stop" : "tool_calls";
  const call =
    "text" in said
      ? undefined
      : { id: said.id, type: "function", function: { name: said.name, arguments: said.json } };
  const message =
    call === undefined
      ? { role: "assistant", content: (said as { text: string }).text }
      : { role: "assistant", content: null, tool_calls: [call] };
  const chunk = (delta: Json, reason: string | null = null): string =>
    `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  const deltas: Json[] =
    "text" in said
      ? pieces(said.text).map((content) => ({ content }))
      : [
          { tool_calls: [{ index: 0, ...call, function: { name: said.name, arguments: "" } }] },
          ...pieces(said.json).map((part) => ({ tool_calls: [{ index: 0, function: { arguments: part } }] })),
        ];
  const last = { ...base, object: "chat.completion.chunk", choices: [], usage };
  return {
    json: {
      ...base,
      object: "chat.completion",
      choices: [{ index: 0, finish_reason: finish, message }],
      usage,
    },
    events: [
      chunk({ role: "assistant", content: "" }),
      ...deltas.map((delta) => chunk(delta)),
      chunk({}, finish),
      `data: ${JSON.stringify(last)}\n\n`,
      "data: [DONE]\n\n",
    ],
  };
}

function responses(model: string, said: Said): ReturnType<Dialect> {
  const isText = "text" in said;
  const item = isText
    ? {
        id: `msg_${randomUUID()}`,
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: said.text, annotations: [] }],
      }
    : {
        id: `fc_${randomUUID()}`,
        type: "function_call",
        status: "completed",
        call_id: said.id,
        name: said.name,
        arguments: said.json,
      };
  const tokens = { cached_tokens: 0 };
  const usage = { input_tokens: 1, input_tokens_details: tokens, output_tokens: 1, total_tokens: 2 };
  const response = (status: string, output: readonly unknown[]): Json => ({
    id: "resp_sandbox",
    object: "response",
    created_at: 0,
    status,
    model,
    output,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    error: null,
    incomplete_details: null,
    usage: status === "completed" ? usage : null,
  });
  const at = { item_id: item.id, output_index: 0 };
  const begun = { ...item, status: "in_progress", ...(isText ? { content: [] } : { arguments: "" }) };
  const [delta, done] = isText
    ? ["response.output_text.delta", "response.output_text.done"]
    : ["response.function_call_arguments.delta", "response.function_call_arguments.done"];
  const whole = isText ? said.text : said.json;
  const place = isText ? { ...at, content_index: 0 } : at;
  return {
    json: response("completed", [item]),
    events: [
      event("response.created", { response: response("in_progress", []) }),
      event("response.output_item.added", { output_index: 0, item: begun }),
      ...(isText
        ? [
            event("response.content_part.added", {
              ...place,
              part: { type: "output_text", text: "", annotations: [] },
            }),
          ]
        : []),
      ...pieces(whole).map((part) => event(delta, { ...place, delta: part })),
      event(done, { ...place, ...(isText ? { text: whole } : { arguments: whole }) }),
      event("response.output_item.done", { output_index: 0, item }),
      event("response.completed", { response: response("completed", [item]) }),
    ],
  };
}

function messages(model: string, said: Said): ReturnType<Dialect> {
  const isText = "text" in said;
  const stop = isText ? "end_turn" : "tool_use";
  const usage = {
    input_tokens: 1,
    output_tokens: 1,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const base = {
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model,
    stop_sequence: null,
    usage,
  };
  const block: Json = isText
    ? { type: "text", text: said.text }
    : { type: "tool_use", id: said.id, name: said.name, input: JSON.parse(said.json) as Json };
  const parts = isText
    ? pieces(said.text).map((text) => ({ type: "text_delta", text }))
    : pieces(said.json).map((json) => ({ type: "input_json_delta", partial_json: json }));
  return {
    json: { ...base, content: [block], stop_reason: stop },
    events: [
      event("message_start", { message: { ...base, content: [], stop_reason: null } }),
      event("content_block_start", {
        index: 0,
        content_block: isText ? { type: "text", text: "" } : { ...block, input: {} },
      }),
      ...parts.map((delta) => event("content_block_delta", { index: 0, delta })),
      event("content_block_stop", { index: 0 }),
      event("message_delta", {
        delta: { stop_reason: stop, stop_sequence: null },
        usage: { output_tokens: 1 },
      }),
      event("message_stop", {}),
    ],
  };
}
