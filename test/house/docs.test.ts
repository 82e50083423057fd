// What the documents say is true where a program can tell: links, the configuration table, examples and diagrams.
import { describe, expect, it } from "@jest/globals";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import * as z from "zod";
import { configSchema, parseConfig } from "../../lambda/model/config.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { filesBelow, root, textOf } from "./source.ts";

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...filesBelow("docs", /\.md$/).sort(),
];

function blocks(document: string, language: string): string[] {
  return [...textOf(document).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text ?? "",
  );
}

/** GitHub's anchors: lower case, punctuation dropped, blanks to hyphens; and anchors written by hand. */
function anchorsOf(document: string): string[] {
  const text = textOf(document);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id ?? "")];
}

function brokenLinks(document: string): string[] {
  const prose = textOf(document).replace(/^```[\s\S]*?^```$/gm, "");
  const targets = [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target ?? "");
  return targets.filter((target) => {
    if (target.startsWith("https://")) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? document : posix.normalize(posix.join(dirname(document), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
}

interface Shape {
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
}

/** Every key that may stand in the file, with what the table must say about it. */
function settings(shape: Shape, prefix = ""): [key: string, fallback: string][] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, inner]): [string, string][] => {
    const key = `${prefix}${name}`;
    if (inner.properties !== undefined) return settings(inner, `${key}.`);
    const within = inner.items?.properties === undefined ? [] : settings(inner.items, `${key}[].`);
    if (within.length > 0 && inner.default === undefined) return within;
    const isRequired = shape.required?.includes(name) === true;
    const fallback =
      inner.default === undefined ? (isRequired ? "required" : "–") : `\`${JSON.stringify(inner.default)}\``;
    return [[key, fallback], ...within];
  });
}

describe("the documents", () => {
  it.each(documents)("%s links to nothing that is not there", (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it.each(documents)("%s names no place of one particular machine", (document) => {
    expect(textOf(document)).not.toMatch(/(^|[\s"'(`=])\/(home|root|work|Users|mnt)\//m);
  });

  it.each(documents)("%s has no empty diagram and closes every block", (document) => {
    expect(blocks(document, "mermaid").filter((text) => !/^[\w-]+( \w+)?\n\s+\S/.test(text))).toEqual([]);
    expect((textOf(document).match(/^ *```/gm) ?? []).length % 2).toBe(0);
  });

  it("README draws the road", () => {
    expect(blocks("README.md", "mermaid").join("")).toMatch(/^flowchart/);
  });

  it("docs/approvals.md draws every state that a plan may have, and no other", () => {
    const union = /export type PlanState =([^;]+);/.exec(textOf("lambda/model/plan.ts"))?.[1] ?? "";
    const states = [...union.matchAll(/"(\w+)"/g)].map(([, state]) => state);
    const diagram = blocks("docs/approvals.md", "mermaid").join("");
    const drawn = [...diagram.matchAll(/--> (\w+)/g)].map(([, state]) => state);
    expect([...new Set(drawn)].sort()).toEqual(states.sort());
  });
});

describe("the configuration in README", () => {
  it("is the schema, key by key and default by default", () => {
    const schema = z.toJSONSchema(configSchema, { io: "input" }) as Shape;
    const section = /^## Policies$([\s\S]*?)^## /m.exec(textOf("README.md"))?.[1] ?? "";
    const table = /^\| key +\| default [\s\S]*?\n\n/m.exec(section)?.[0] ?? "";
    const rows = [...table.matchAll(/^\| `([^`]+)` +\| (.+?) +\| \S/gm)].map(([, key, fallback]) => [
      key,
      fallback,
    ]);
    expect(rows).toEqual(settings(schema));
  });

  it("has an example that is accepted, with the addresses that npm start fills in", () => {
    const [example = "{}"] = blocks("README.md", "json");
    const value = JSON.parse(example) as { console: object };
    const filled = {
      upstream: { api: "https://api.github.com", git: "https://github.com" },
      gateway: { url: "http://127.0.0.1:8480" },
      ...value,
      console: { url: "http://localhost:8481", ...value.console },
    };
    expect(parseConfig("README.md", filled).access).toHaveLength(1);
  });
});

describe("the policies in docs/policies.md", () => {
  it("has an example rule that loads beside the shipped ones", async () => {
    const source = await readPolicies(join(root, "policies"), "policies");
    const [example = ""] = blocks("docs/policies.md", "cedar");
    const approvals = { ...source.approvals, text: `${source.approvals.text}\n${example}` };
    const loaded = loadPolicies({ ...source, approvals });
    expect(loaded.approvals.get("app-release-branches")).toMatchObject({ quorum: 2, ttlSeconds: 14_400 });
  });

  it("names every action and entity of the schema", () => {
    const schema = textOf("policies/schema.cedarschema").replace(/\/\/.*$/gm, "");
    const actions = [...schema.matchAll(/^\s*action ([\w, ]+?)(?: in| appliesTo|;)/gm)].flatMap(([, names]) =>
      (names ?? "").split(", "),
    );
    const entities = [...schema.matchAll(/^\s*entity (\w+)/gm)].map(([, name]) => name ?? "");
    const text = textOf("docs/policies.md");
    expect(actions.length).toBeGreaterThan(10);
    expect([...actions, ...entities].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
