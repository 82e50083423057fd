// Model answers come as events; a secret is hidden wherever the events cut it, and nothing else waits.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { EventMasking } from "../../lambda/model/masking.ts";
import { masker } from "./run.ts";
import { checkedToken, stars } from "./samples.ts";

const token = checkedToken("ghp_");
const hidden = `ghp_${stars(36)}`;

const chat = (content: string): string =>
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] })}\n\n`;
const chatEnd = `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\n`;
const typed = (fields: Record<string, unknown>): string =>
  `event: ${String(fields.type)}\ndata: ${JSON.stringify(fields)}\n\n`;
const message = (text: string, index = 0): string =>
  typed({ type: "content_block_delta", index, delta: { type: "text_delta", text } });
const response = (delta: string): string =>
  typed({
    type: "response.output_text.delta",
    item_id: String(Math.random()),
    output_index: 0,
    content_index: 0,
    delta,
  });

const push = (masking: EventMasking, text: string): string[] =>
  masking.push(Buffer.from(text)).map((event) => Buffer.from(event).toString());
const end = (masking: EventMasking): string[] => masking.end().map((event) => Buffer.from(event).toString());

function all(events: readonly string[]): string {
  const masking = masker.events();
  return [...events.flatMap((event) => push(masking, event)), ...end(masking)].join("");
}

/** The texts of all deltas, put together. */
function said(stream: string): string {
  return [...stream.matchAll(/^data: (\{.*\})\r?$/gm)]
    .map(([, json = "{}"]) => JSON.parse(json) as Record<string, unknown>)
    .map(({ choices, delta }) => {
      const piece = (choices as { delta: { content?: string } }[] | undefined)?.[0]?.delta.content ?? delta;
      return typeof piece === "string" ? piece : ((piece as { text?: string } | undefined)?.text ?? "");
    })
    .join("");
}

describe("an event stream", () => {
  it("without secrets comes out byte for byte, each event at once", () => {
    const masking = masker.events();
    for (const event of [chat("Hello "), chat("world."), ": keep-alive\n\n", chatEnd, "data: [DONE]\n\n"])
      expect(push(masking, event)).toEqual([event]);
    expect(end(masking)).toEqual([]);
  });

  it("hides a secret inside one event", () => {
    expect(said(all([chat(`It is ${token}.`), chatEnd]))).toBe(`It is ${hidden}.`);
  });

  it.each([
    ["chat completions", chat],
    ["messages", message],
    ["responses", response],
  ])("hides a secret that %s spread over events, character by character", (_name, event) => {
    const stream = all(`It is ${token}, keep it.`.match(/./g)?.map((character) => event(character)) ?? []);
    expect(said(stream)).toBe(`It is ${hidden}, keep it.`);
  });

  it("hides a secret that tool arguments spread over events", () => {
    const part = (text: string): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }] })}\n\n`;
    const text = JSON.stringify({ command: `echo ${token}` });
    const stream = all([part(text.slice(0, 20)), part(text.slice(20, 30)), part(text.slice(30)), chatEnd]);
    expect(stream).not.toContain(token.slice(4, 12));
    expect(stream).not.toContain(token.slice(-8));
  });

  it("hides a secret of one content block while another one speaks between its pieces", () => {
    const stream = all([
      message(token.slice(0, 12), 0),
      message("meanwhile ", 1),
      message(token.slice(12), 0),
    ]);
    expect(said(stream)).not.toContain(token.slice(-8));
    expect(stream).toContain("meanwhile");
  });

  it("hides a secret that stands whole in the last event, which repeats the answer", () => {
    const last = typed({
      type: "response.completed",
      response: { output: [{ content: [{ text: token }] }] },
    });
    expect(all([last])).toContain(hidden);
  });

  it("holds an event only while its text may be the beginning of a secret", () => {
    const masking = masker.events();
    expect(push(masking, chat("the token is ghp_"))).toEqual([]);
    expect(push(masking, chat(" and that is it."))).toHaveLength(2);
  });

  it("lets a held event go when its text ends", () => {
    const masking = masker.events();
    expect(push(masking, message("a prefix: ghp_"))).toEqual([]);
    expect(push(masking, typed({ type: "content_block_stop", index: 0 }))).toHaveLength(2);
  });

  it("does not take a ping for the end of a text", () => {
    const stream = all([message(token.slice(0, 20)), typed({ type: "ping" }), message(token.slice(20))]);
    expect(said(stream)).toBe(hidden);
  });

  it("hides the beginning of a secret that never goes on, and lets the others pass", () => {
    const masking = masker.events();
    expect(push(masking, message(token.slice(0, 20), 0))).toEqual([]);
    const others = Array.from({ length: 64 }, () => push(masking, message("x ", 1))).flat();
    expect(others).toEqual([]);
    const released = push(masking, message("y ", 1)).join("");
    expect(said(released)).toBe(`${stars(20)}${"x ".repeat(64)}y `);
  });

  it("counts a masked secret once", () => {
    const masking = masker.events();
    push(masking, chat(token.slice(0, 10)) + chat(token.slice(10)) + chatEnd);
    end(masking);
    expect(masking.counts()).toEqual([{ kind: "github-token", count: 1 }]);
  });

  it("refuses an event larger than 8 MiB instead of holding it", () => {
    const masking = masker.events();
    const piece = Buffer.alloc(1024 * 1024, 0x61);
    for (let count = 0; count < 8; count += 1) masking.push(piece);
    expect(() => masking.push(piece)).toThrow(/one event of its stream is larger/);
  });

  it("is the same whatever the chunks, at the same length, and never shows the secret", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constant(token), fc.string({ maxLength: 12 }), fc.constantFrom("ghp_", "é", "\n")),
          {
            maxLength: 8,
          },
        ),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(chat, message, response),
        fc.constantFrom("\n", "\r\n"),
        (texts, deltaLength, chunkLength, event, lineEnd) => {
          const text = texts.join(" ");
          const deltas = text.match(new RegExp(`[\\s\\S]{1,${deltaLength}}`, "g")) ?? [];
          const bytes = Buffer.from(
            deltas
              .map((delta) => event(delta))
              .join("")
              .replaceAll("\n", lineEnd),
          );
          const masking = masker.events();
          const out: string[] = [];
          for (let at = 0; at < bytes.length; at += chunkLength)
            out.push(
              ...masking
                .push(bytes.subarray(at, at + chunkLength))
                .map((part) => Buffer.from(part).toString()),
            );
          out.push(...end(masking));
          const shown = said(out.join(""));
          expect(shown).toHaveLength(text.length);
          expect(shown).not.toContain(token.slice(6, 30));
          if (!texts.includes(token)) expect(out.join("")).toBe(bytes.toString());
        },
      ),
      { numRuns: 150 },
    );
  });
});
