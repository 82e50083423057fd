// Which strings of a model's event are pieces of one longer text: a secret may begin in one event and end in another.

type Json = Readonly<Record<string, unknown>>;

/** One piece. Pieces of the same lane, put together, are one text. */
export interface Delta {
  readonly lane: string;
  readonly text: string;
  /** Where it stands in the event. */
  readonly path: readonly (string | number)[];
}

/** Names and ids come whole, and the same in every event. */
const whole: ReadonlySet<string> = new Set(["id", "type", "role", "name", "call_id", "item_id"]);
const maxDeltas = 64;
const maxDepth = 8;

/** The three dialects: chat completions (`choices[].delta`), messages (`content_block_delta`), responses (`*.delta`). */
export function deltasOf(event: Json): readonly Delta[] {
  const found: Delta[] = [];
  const { choices, delta, type, index } = event;
  if (Array.isArray(choices)) {
    choices.slice(0, maxDeltas).forEach((choice: unknown, at) => {
      if (!isObject(choice)) return;
      const number = numberOf(choice.index, at);
      collect(choice.delta, ["choices", at, "delta"], `chat/${number}`, found);
      if (typeof choice.text === "string")
        collect(choice.text, ["choices", at, "text"], `chat/${number}/text`, found);
    });
  } else if (typeof delta === "string") {
    const { output_index: output, content_index: content, summary_index: summary } = event;
    const place = [output, content, summary].map((part) => numberOf(part, 0)).join("/");
    collect(delta, ["delta"], `responses/${String(type)}/${place}`, found);
  } else if (type === "content_block_delta") {
    collect(delta, ["delta"], `messages/${numberOf(index, 0)}`, found);
  }
  return found;
}

/** After such an event the texts that came so far do not go on. */
export function endsTexts(event: Json): boolean {
  const { type, choices } = event;
  if (Array.isArray(choices))
    return choices.some((choice: unknown) => isObject(choice) && typeof choice.finish_reason === "string");
  return typeof type === "string" && (/\.(done|completed|failed|incomplete)$/.test(type) || ends.has(type));
}

const ends: ReadonlySet<string> = new Set(["content_block_stop", "message_delta", "message_stop", "error"]);

/** The event with another text in one place. */
export function replaced(event: unknown, path: readonly (string | number)[], text: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return text;
  if (Array.isArray(event))
    return event.map((item: unknown, at) => (at === key ? replaced(item, rest, text) : item));
  return isObject(event) ? { ...event, [key]: replaced(event[key], rest, text) } : event;
}

function collect(value: unknown, path: readonly (string | number)[], lane: string, found: Delta[]): void {
  if (found.length >= maxDeltas || path.length > maxDepth) return;
  if (typeof value === "string") {
    if (value !== "") found.push({ lane, text: value, path });
  } else if (Array.isArray(value)) {
    value.forEach((item: unknown, at) => {
      const number = isObject(item) ? numberOf(item.index, at) : at;
      collect(item, [...path, at], `${lane}/${number}`, found);
    });
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      if (!whole.has(key)) collect(item, [...path, key], `${lane}/${key}`, found);
  }
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
