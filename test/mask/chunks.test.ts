// A secret may be cut anywhere: whatever the chunks, the output is the same.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { carriers } from "./carriers.ts";
import { credential, cut, drain, maskBytes, masker, type Kind } from "./run.ts";
import { base62, characters, checkedToken, jwt, privateKey, samples } from "./samples.ts";

function wrap(carrier: string, text: string): Buffer {
  const found = carriers.find((one) => one.name === carrier);
  return Buffer.from(found?.wrap(text) ?? "");
}

const everySample = samples.map((one) => `${one.before ?? ""}${one.secret}${one.after ?? ""}`).join(" \n");
const few = [
  checkedToken("ghp_"),
  `ghs_42_${jwt()}`,
  `https://user:pass%40word@example.com/x ${credential}`,
  `AKIA${characters("ABCDEFGH234567", 16)} then ${characters(base62, 40, 8)}`,
  privateKey("EC PRIVATE KEY", 3),
].join(" \n");

const inputs: readonly (readonly [name: string, kind: Kind, input: Buffer])[] = [
  ["plain text", "text", Buffer.from(few)],
  ["JSON inside JSON", "json", wrap("in JSON inside JSON", few)],
  ["characters spelled as \\u", "json", wrap("with every third character spelled \\u", few)],
  ["percent-encoded text", "text", wrap("percent-encoded in a URL", few)],
  ["a diff", "text", wrap("in a diff", few)],
  ["wrapped base64", "json", wrap("in a contents answer, base64 1 bytes into a group", few)],
];

describe("a stream cut into chunks", () => {
  it.each(inputs)("gives the same output for every cut in two: %s", (_name, kind, input) => {
    const whole = maskBytes(input, kind);
    for (let at = 0; at <= input.length; at += 1) {
      const output = drain(masker.stream(kind), [input.subarray(0, at), input.subarray(at)]);
      if (!output.equals(whole))
        expect({ at, output: output.toString() }).toEqual({ at, output: whole.toString() });
    }
    expect(whole).toHaveLength(input.length);
    expect(whole.equals(input)).toBe(false);
  });

  it.each([1, 7])("gives the same output in chunks of %i bytes, for every kind and carrier", (size) => {
    for (const carrier of carriers) {
      const input = Buffer.from(carrier.wrap(everySample));
      const whole = maskBytes(input, carrier.kind);
      const output = drain(masker.stream(carrier.kind), cut(input, size));
      expect(output.toString()).toBe(whole.toString());
    }
  });

  it("counts the same in every cut", () => {
    const input = Buffer.from(everySample);
    const count = (size: number): unknown => {
      const stream = masker.stream("text");
      drain(stream, cut(input, size));
      return stream.counts();
    };
    expect(count(1)).toEqual(count(input.length));
    expect(count(5)).toEqual(count(input.length));
  });

  it("gives the same output for chunks of any size, empty ones included", () => {
    const run = (kind: Kind, input: Buffer): void => {
      const whole = maskBytes(input, kind);
      fc.assert(
        fc.property(fc.array(fc.nat(300), { maxLength: 40 }), (sizes) => {
          const chunks: Buffer[] = [];
          let at = 0;
          for (const size of sizes) chunks.push(input.subarray(at, (at += size)));
          chunks.push(input.subarray(at));
          return drain(masker.stream(kind), chunks).equals(whole);
        }),
        { numRuns: 15 },
      );
    };
    for (const [, kind, input] of inputs) run(kind, input);
  });
});

describe("what a stream holds back", () => {
  it("is nothing when the text ends in nothing that could become a secret", () => {
    const stream = masker.stream("text");
    const chunk = Buffer.from("The quick brown fox jumps over the lazy dog. ");
    const out = stream.push(chunk);
    expect(out).toHaveLength(chunk.length);
    expect(out.buffer === chunk.buffer).toBe(true);
    expect(out.byteOffset).toBe(chunk.byteOffset);
  });

  it("is a view of the input even for a large clean chunk", () => {
    const chunk = Buffer.from('{"message":"nothing to see here"}\n'.repeat(1_800));
    const out = masker.stream("json").push(chunk);
    expect(out.buffer === chunk.buffer).toBe(true);
    expect(out).toHaveLength(chunk.length);
  });

  it("is only the candidate", () => {
    const stream = masker.stream("text");
    expect(Buffer.from(stream.push(Buffer.from("say ghp_abc"))).toString()).toBe("say ");
    expect(Buffer.from(stream.push(Buffer.from("def, done."))).toString()).toBe("ghp_abcdef, done.");
  });

  it.each([
    ["a token", () => `glpat-${characters(base62, 100_000)}`],
    ["a JWT", () => jwt({ data: characters(base62, 100_000) })],
    ["a private key", () => `-----BEGIN PRIVATE KEY-----\n${characters(base62, 100_000)}`],
    ["a private key in lines", () => privateKey("PRIVATE KEY", 2000)],
  ])("stays small while %s without end goes by, and all of it is masked", (_name, make) => {
    const input = Buffer.from(`x ${make()} y`);
    const stream = masker.stream("text");
    let held = 0;
    let most = 0;
    const parts: Uint8Array[] = [];
    for (const chunk of cut(input, 1000)) {
      const out = Buffer.from(stream.push(chunk));
      parts.push(out);
      held += chunk.length - out.length;
      most = Math.max(most, held);
    }
    parts.push(stream.end());
    const output = Buffer.concat(parts);
    expect(most).toBeLessThan(20_000);
    expect(output).toHaveLength(input.length);
    expect(output.toString().replace(/-----(BEGIN|END) PRIVATE KEY-----/g, "")).not.toMatch(
      /[A-Za-z0-9]{20}/,
    );
    expect(output.equals(maskBytes(input, "text"))).toBe(true);
  });

  it("stays small while megabytes of base64 contents go by", () => {
    const text = `${"const answer = 42; // nothing\n".repeat(60_000)}${checkedToken("ghp_")}\n`;
    const base64 = Buffer.from(text).toString("base64").replace(/.{60}/g, "$&\n");
    const input = Buffer.from(JSON.stringify({ content: base64, encoding: "base64" }));
    const stream = masker.stream("json");
    let held = 0;
    let most = 0;
    const parts: Uint8Array[] = [];
    for (const chunk of cut(input, 10_000)) {
      const out = Buffer.from(stream.push(chunk));
      parts.push(out);
      held += chunk.length - out.length;
      most = Math.max(most, held);
    }
    parts.push(stream.end());
    const { content } = JSON.parse(Buffer.concat(parts).toString()) as { content: string };
    expect(most).toBeLessThan(200);
    expect(Buffer.from(content, "base64").toString().slice(-42)).toBe(`\nghp_${"*".repeat(36)}\n`);
  });
});
