// Which tools a model's answer calls, so that what an agent does next can be led back to it.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { EventSplitter, jsonOf, readEvent } from "../model/event-stream.ts";
import type { Bytes } from "../model/http.ts";
import type { Masker } from "../model/masking.ts";
import type { RecordedToolCall } from "../model/record.ts";

type Json = Readonly<Record<string, unknown>>;

interface Call {
  id: string;
  name: string;
  json: string;
}

const maxCalls = 100;
const maxArguments = 1024 * 1024;
const maxAnswer = 4 * 1024 * 1024;
const maxName = 128;

/** Reads a masked answer, events or whole, in any of the three dialects. */
export class ToolCallReader {
  readonly #masker: Pick<Masker, "mask">;
  readonly #splitter: EventSplitter | undefined;
  readonly #calls = new Map<string, Call>();
  #whole: Bytes[] = [];
  #bytes = 0;

  constructor(isStream: boolean, masker: Pick<Masker, "mask">) {
    this.#masker = masker;
    this.#splitter = isStream ? new EventSplitter() : undefined;
  }

  push(chunk: Bytes): void {
    if (this.#splitter !== undefined) {
      for (const event of this.#splitter.push(chunk)) this.#read(jsonOf(readEvent(event)) ?? {});
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes <= maxAnswer) this.#whole.push(Uint8Array.from(chunk));
  }

  end(): readonly RecordedToolCall[] {
    if (this.#splitter === undefined && this.#bytes <= maxAnswer) {
      const data = Buffer.concat(this.#whole).toString();
      this.#read(jsonOf({ lines: [], data }) ?? {});
    }
    return [...this.#calls.values()].map(({ id, name, json }) => ({
      id: this.#masker.mask(id.slice(0, maxName)).text,
      name: this.#masker.mask(name.slice(0, maxName)).text,
      argumentsHash: argumentsHash(json, this.#masker),
    }));
  }

  #read(event: Json): void {
    objects(event.choices).forEach((choice, at) => {
      const { tool_calls: calls } = objectOf(choice.delta ?? choice.message);
      objects(calls).forEach((call, position) => {
        const { name, arguments: json } = objectOf(call.function);
        const index = typeof call.index === "number" ? call.index : position;
        this.#add(`chat/${at}/${index}`, call.id, name, json);
      });
    });
    if (event.type === "response.output_item.done") this.#item(objectOf(event.item));
    for (const item of objects(event.output)) this.#item(item);
    if (event.type === "content_block_start") this.#block(String(event.index), objectOf(event.content_block));
    if (event.type === "content_block_delta")
      this.#more(`messages/${String(event.index)}`, objectOf(event.delta).partial_json);
    objects(event.content).forEach((block, at) => {
      this.#block(String(at), block);
    });
  }

  #item(item: Json): void {
    if (item.type !== "function_call" && item.type !== "custom_tool_call") return;
    this.#add(`responses/${String(item.call_id)}`, item.call_id, item.name, item.arguments ?? item.input);
  }

  #block(index: string, block: Json): void {
    if (block.type !== "tool_use") return;
    const input = objectOf(block.input);
    const json = Object.keys(input).length === 0 ? "" : JSON.stringify(input);
    this.#add(`messages/${index}`, block.id, block.name, json);
  }

  #add(key: string, id: unknown, name: unknown, json: unknown): void {
    if (!this.#calls.has(key)) {
      if (typeof id !== "string" || typeof name !== "string" || this.#calls.size >= maxCalls) return;
      this.#calls.set(key, { id, name, json: "" });
    }
    this.#more(key, json);
  }

  #more(key: string, json: unknown): void {
    const call = this.#calls.get(key);
    if (call === undefined || typeof json !== "string") return;
    if (call.json.length + json.length <= maxArguments) call.json += json;
  }
}

/** Of the masked arguments, in canonical form: it says no more than the record shows anyway. */
export function argumentsHash(json: string, masker: Pick<Masker, "mask">): string {
  const masked = masker.mask(json).text;
  return createHash("sha256").update(canonicalText(masked)).digest("hex");
}

function canonicalText(json: string): string {
  try {
    return canonicalize(JSON.parse(json === "" ? "{}" : json)) ?? json;
  } catch {
    return json;
  }
}

/** Ids of the tool calls whose results a prompt brings: those since the person's last message. */
export function toolResultsIn(prompt: unknown): readonly string[] {
  const { messages, input } = objectOf(prompt);
  const turns = objects(messages ?? input);
  const ids = turns.slice(-maxCalls).flatMap((turn) => {
    const own = turn.tool_call_id ?? (String(turn.type).endsWith("_call_output") ? turn.call_id : undefined);
    const inside = objects(turn.content)
      .filter(({ type }) => type === "tool_result")
      .map(({ tool_use_id: id }) => id);
    return [own, ...inside];
  });
  return ids
    .filter((id) => typeof id === "string")
    .map((id) => id.slice(0, maxName))
    .slice(-maxCalls);
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
