// JSON bodies of REST writes are pushes in another dress.
import { describe, expect, it } from "@jest/globals";
import { scanJson } from "../../lambda/scan/scan-json.ts";
import { fakeMasker, maskedToken, token } from "./fake-masker.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("scanning a JSON write", () => {
  it("finds a secret in any string, with its place", () => {
    const json = { title: "x", comments: [{ body: `line\n${token("A")}` }] };
    expect(scanJson(json, fakeMasker).secrets).toEqual([
      { kind: "token", isCertain: true, line: 2, path: "comments[0].body" },
    ]);
  });

  it("opens the base64 content of a file, line breaks and the other alphabet included", () => {
    const content = base64(`A\nB\n${token("A")}\n`);
    for (const form of [
      content,
      content.replace(/.{10}/g, "$&\n"),
      content.replaceAll("+", "-").replaceAll("/", "_"),
    ])
      expect(scanJson({ content: form }, fakeMasker).secrets).toMatchObject([{ line: 3, path: "content" }]);
  });

  it("opens what says that it is base64, and leaves other strings closed", () => {
    const data = base64(token("A"));
    expect(scanJson({ data, encoding: "base64" }, fakeMasker).secrets).toHaveLength(1);
    expect(scanJson({ data, encoding: "utf-8" }, fakeMasker).secrets).toEqual([]);
  });

  it("finds a secret that is a key, and does not repeat it in a path", () => {
    const { secrets } = scanJson({ [token("K")]: { [token("L")]: token("M") } }, fakeMasker);
    expect(secrets.map(({ path }) => path)).toEqual([undefined, "?", "?.?"]);
  });

  it("finds a mask that comes back, plain or encoded", () => {
    expect(scanJson({ content: base64(maskedToken) }, fakeMasker).maskedValues).toHaveLength(1);
    expect(scanJson({ body: maskedToken }, fakeMasker).maskedValues).toHaveLength(1);
  });

  it("is quiet about harmless values", () => {
    const json = { a: null, b: 1, c: true, d: ["x", {}], content: "not base64 !", empty: "" };
    expect(scanJson(json, fakeMasker)).toEqual({ secrets: [], maskedValues: [] });
  });
});
