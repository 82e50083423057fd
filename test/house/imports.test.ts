// Imports go down only: bin, lib → doors → flow → rooms → model.
import { describe, expect, it } from "@jest/globals";
import { filesBelow, importsOf, reachableFrom, textOf } from "./source.ts";

const rooms = [
  "approval",
  "classify",
  "console",
  "export",
  "forward",
  "identity",
  "mask",
  "policy",
  "record",
  "scan",
];

/** What both editions are made of; neither imports the other. */
const besideBothEditions = [
  "clock",
  "cursor",
  "escrow-frames",
  "escrow-object",
  "escrow-writer",
  "ids",
  "mail-headers",
  "slack",
].map((name) => `lambda/platform/${name}.ts`);

/** Folder → what its files may import from the project. Longer prefixes win. */
const allowed: Record<string, readonly string[]> = {
  "lambda/model": ["lambda/model"],
  "lambda/platform": [...besideBothEditions, "lambda/model"],
  "lambda/platform/local": ["lambda/platform/local", ...besideBothEditions, "lambda/model"],
  "lambda/platform/aws": ["lambda/platform/aws", ...besideBothEditions, "lambda/model"],
  ...Object.fromEntries(rooms.map((room) => [`lambda/${room}`, [`lambda/${room}`, "lambda/model"]])),
  "lambda/console/page": ["lambda/console/page", "lambda/model"],
  "lambda/flow": ["lambda/flow", "lambda/model", ...rooms.map((room) => `lambda/${room}`)],
  "lambda/doors": [
    "lambda/doors",
    "lambda/flow",
    "lambda/model",
    "lambda/platform",
    ...rooms.map((room) => `lambda/${room}`),
  ],
  lib: ["lib", "lambda/model", "lambda/policy", "lambda/platform/aws/table.ts"],
  "bin/sandbox": ["bin/sandbox", "lambda/model"],
  bin: ["bin", "lib", "lambda"],
};

function ruleFor(file: string): readonly string[] | undefined {
  const prefix = Object.keys(allowed)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? undefined : allowed[prefix];
}

describe("imports", () => {
  const files = [...filesBelow("lambda"), ...filesBelow("lib"), ...filesBelow("bin")];

  it("every file lies in a folder that has a rule", () => {
    expect(files.filter((file) => ruleFor(file) === undefined)).toEqual([]);
  });

  it("go down only, and rooms never import each other", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            !(ruleFor(file) ?? []).some((place) => target === place || target.startsWith(`${place}/`)),
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("no sandbox code is reachable from lambda/ or lib/", () => {
    const reached = [...filesBelow("lambda"), ...filesBelow("lib")].flatMap((file) =>
      [...reachableFrom(file)]
        .filter((target) => target.startsWith("bin/"))
        .map((target) => `${file} reaches ${target}`),
    );
    expect(reached).toEqual([]);
  });

  it("the console page imports nothing of the model but types", () => {
    const wrong = filesBelow("lambda/console/page").flatMap((file) =>
      [...textOf(file).matchAll(/^import (?!type\b).*"(\.\.\/)+model\/.*$/gm)].map(
        ([line]) => `${file}: ${line}`,
      ),
    );
    expect(wrong).toEqual([]);
  });
});
