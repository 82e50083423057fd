// What the person wrote: the last message of theirs in a recorded prompt.

type Json = Readonly<Record<string, unknown>>;

const maxLength = 4_000;

/** Undefined when the recorded body is cut, or holds no message of a person. */
export function promptText(body: string): string | undefined {
  try {
    return promptIn(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** The same of a parsed prompt, in any of the three dialects. */
export function promptIn(prompt: unknown): string | undefined {
  const { messages, input } = objectOf(prompt);
  if (typeof input === "string") return input.slice(0, maxLength);
  const turns: readonly unknown[] = Array.isArray(messages) ? messages : Array.isArray(input) ? input : [];
  for (let at = turns.length - 1; at >= 0; at -= 1) {
    const turn = objectOf(turns[at]);
    const text = turn.role === "user" ? textOf(turn.content) : "";
    if (text !== "") return text.slice(0, maxLength);
  }
  return undefined;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map(objectOf)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .filter((text) => text !== "")
    .join("\n");
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
