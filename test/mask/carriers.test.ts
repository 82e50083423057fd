// Every kind of secret, in every form in which an answer carries text.
import { describe, expect, it } from "@jest/globals";
import { carriers } from "./carriers.ts";
import { credential, maskText, masker } from "./run.ts";
import { heart, samples, stars } from "./samples.ts";

describe("a secret in a carrier", () => {
  for (const carrier of carriers) {
    it.each(samples.map((sample) => [sample.kind, sample.name, sample] as const))(
      `is masked ${carrier.name}: %s %s`,
      (_kind, _name, sample) => {
        const plain = (sample.before ?? "") + sample.secret + (sample.after ?? "");
        const input = carrier.wrap(plain);
        const output = maskText(input, carrier.kind);
        expect(Buffer.byteLength(output)).toBe(Buffer.byteLength(input));
        expect(carrier.unwrap(output, input)).not.toContain(heart(sample));
        if (carrier.isExact) {
          const expected = (sample.before ?? "") + sample.masked + (sample.after ?? "");
          expect(output).toBe(carrier.wrap(expected));
        }
        expect(maskText(output, carrier.kind)).toBe(output);
      },
    );
  }
});

describe("the gateway's own credential", () => {
  const masked = stars(Buffer.byteLength(credential));

  it("is masked raw, even inside a longer word", () => {
    expect(maskText(`x${credential}y`)).toBe(`x${masked}y`);
  });

  it.each([1, 2])("is masked escaped by JSON %i times", (times) => {
    let text = `a ${credential} b`;
    for (let i = 0; i < times; i++) text = JSON.stringify(text);
    const output = maskText(text, "json");
    let plain = output;
    for (let i = 0; i < times; i++) plain = String(JSON.parse(plain));
    expect(plain).toMatch(/^a \*+ b$/);
    expect(Buffer.byteLength(output)).toBe(Buffer.byteLength(text));
  });

  it.each(["upper", "lower"])("is masked percent-encoded in %s case", (hex) => {
    const encoded = encodeURIComponent(credential);
    const text = hex === "upper" ? encoded : encoded.replace(/%../g, (code) => code.toLowerCase());
    expect(maskText(`?q=${text}&x`)).toBe(`?q=${stars(text.length)}&x`);
  });

  it.each([0, 1, 2])("is masked in base64, %i bytes into a group, and the text still decodes", (phase) => {
    const text = Buffer.from("<>".slice(0, phase) + credential + " rest").toString("base64");
    const decoded = Buffer.from(maskText(text), "base64").toString("latin1");
    expect(decoded).not.toContain(credential.slice(2, 12));
    expect(decoded).toContain(stars(20));
    expect(decoded.endsWith(" rest")).toBe(true);
  });

  it("is reported as certain", () => {
    expect(masker.find(Buffer.from(`x ${credential}`))).toMatchObject([
      { kind: "gateway-credential", offset: 2, isCertain: true },
    ]);
  });
});
