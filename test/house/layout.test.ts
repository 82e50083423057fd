// The rooms are those of the design, files have one reason, and nothing hides in a catch-all folder.
import { describe, expect, it } from "@jest/globals";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root, textOf } from "./source.ts";

const rooms = [
  "approval",
  "classify",
  "console",
  "doors",
  "export",
  "flow",
  "forward",
  "identity",
  "mask",
  "model",
  "platform",
  "policy",
  "record",
  "scan",
];
const product = [...filesBelow("lambda"), ...filesBelow("lib"), ...filesBelow("bin")];

describe("the layout", () => {
  it("has no room that the design does not name", () => {
    const found = readdirSync(join(root, "lambda"));
    expect(found.filter((name) => !rooms.includes(name))).toEqual([]);
  });

  it("has no file or folder called utils, helpers, shared or common, and no barrel", () => {
    const all = [...product, ...filesBelow("test"), ...filesBelow("bench")];
    expect(all.filter((file) => /(^|\/)(utils?|helpers?|shared|common)(\/|\.)/.test(file))).toEqual([]);
    expect(all.filter((file) => /(^|\/)index\.tsx?$/.test(file))).toEqual([]);
  });

  it("keeps product files at 250 lines or fewer", () => {
    const long = product
      .map((file) => ({ file, lines: textOf(file).split("\n").length - 1 }))
      .filter(({ lines }) => lines > 250);
    expect(long).toEqual([]);
  });

  it("keeps doors at 60 lines or fewer, except the two that translate HTTP", () => {
    const long = filesBelow("lambda/doors").filter(
      (file) => textOf(file).split("\n").length - 1 > (/\/(node-http|api-event)\.ts$/.test(file) ? 110 : 60),
    );
    expect(long).toEqual([]);
  });

  it("opens every product file with a sentence", () => {
    const without = product.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(textOf(file)));
    expect(without).toEqual([]);
  });

  it("reads process.env in doors/ and bin/ only", () => {
    const readers = product.filter((file) => /process\.env\b/.test(textOf(file)));
    expect(readers.filter((file) => !file.startsWith("lambda/doors/") && !file.startsWith("bin/"))).toEqual(
      [],
    );
  });

  it("leaves no to-do, no skipped or focused test, and no suppression", () => {
    const marks = [`TODO`, `FIXME`, `.skip(`, `.only(`, `@ts-ignore`, `@ts-expect-error`, `eslint-disable`];
    const all = [...product, ...filesBelow("test"), ...filesBelow("bench")];
    // This file names them.
    const others = all.filter((file) => file !== "test/house/layout.test.ts");
    const found = others.flatMap((file) =>
      marks.filter((mark) => textOf(file).includes(mark)).map((mark) => `${file}: ${mark}`),
    );
    expect(found).toEqual([]);
  });

  it("pins every dependency to an exact version", () => {
    const manifest = JSON.parse(textOf("package.json")) as Record<string, Record<string, string> | undefined>;
    const ranges = ["dependencies", "devDependencies", "optionalDependencies", "overrides"].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    );
    expect(ranges).toEqual([]);
  });

  it("names every script that README and CONTRIBUTING promise", () => {
    const manifest = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const promised = ["README.md", "CONTRIBUTING.md"].flatMap((file) =>
      [...textOf(file).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? ""),
    );
    expect(promised.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
    expect(existsSync(join(root, ".ci/run"))).toBe(true);
  });
});
