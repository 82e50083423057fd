// Settings are written beside what a person wrote, and taken back to the byte.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile, lstat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { targets } from "../../../bin/cli/settings.ts";
import { withBlock, withoutBlock } from "../../../bin/cli/settings-block.ts";
import { carryOutSetup, planSetup, planUndo, unifiedDiff } from "../../../bin/cli/setup.ts";

const host = "https://gw.acme.example";
let home: string;
let env: Record<string, string>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "setup-"));
  env = { HOME: home, PATH: process.env.PATH ?? "", GIT_CONFIG_NOSYSTEM: "1" };
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

const around = () => ({ host, env, platform: "linux" });

async function put(name: string, text: string): Promise<string> {
  const file = join(home, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

async function setUp(chosen: (typeof targets)[number][] = [...targets]) {
  const plan = await planSetup(chosen, around());
  await carryOutSetup(plan, env);
  return plan;
}

async function undo(chosen: (typeof targets)[number][] = [...targets]) {
  const plan = await planUndo(chosen, around());
  await carryOutSetup(plan, env);
  return plan;
}

const settings = `{
    // Mine, and it stays
    "editor.fontSize": 13, /* small */
    "github.copilot.advanced": { "debug.overrideEngine": "x" },
}
`;

describe("setup and its undoing", () => {
  it("leave every file as it was, to the byte, and no file that was not there", async () => {
    const texts = {
      ".gitconfig": "[user]\n\tname = Alice # no newline at the end",
      ".config/Code/User/settings.json": settings,
      ".copilot/mcp-config.json": '{"mcpServers":{"github-mcp-server":{"type":"local","command":"x"}}}',
    };
    for (const [name, text] of Object.entries(texts)) await put(name, text);
    const { changes } = await setUp();
    expect(changes.map(({ file }) => file.slice(home.length + 1)).sort()).toEqual(
      [...Object.keys(texts), ".config/Code/User/mcp.json", ".config/gatehouse/env.sh"].sort(),
    );
    await undo();
    for (const [name, text] of Object.entries(texts))
      expect(await readFile(join(home, name), "utf8")).toBe(text);
    expect(existsSync(join(home, ".config/Code/User/mcp.json"))).toBe(false);
    expect(existsSync(join(home, ".config/gatehouse/env.sh"))).toBe(false);
  });

  it("come back to the byte after setting up twice, and one program after the other", async () => {
    const file = await put(".gitconfig", "[user]\n\tname = Alice\n");
    await setUp(["git"]);
    expect((await setUp(["git"])).changes).toEqual([]);
    await setUp(["gh"]);
    await setUp(["copilot"]);
    await undo(["gh"]);
    const variables = await readFile(join(home, ".config/gatehouse/env.sh"), "utf8");
    expect(variables).toContain("COPILOT_GH_HOST=gw.acme.example");
    expect(variables).not.toContain("GH_ENTERPRISE_TOKEN");
    await undo();
    expect(await readFile(file, "utf8")).toBe("[user]\n\tname = Alice\n");
    expect((await undo()).changes).toEqual([]);
  });

  it("take back only their own part of a file that a person changed since", async () => {
    const file = await put(".gitconfig", "[user]\n\tname = Alice\n");
    const json = await put(".config/Code/User/settings.json", settings);
    await setUp(["git", "vscode"]);
    await writeFile(file, `${await readFile(file, "utf8")}[alias]\n\tst = status\n`);
    await writeFile(json, (await readFile(json, "utf8")).replace("13", "14"));
    await undo();
    expect(await readFile(file, "utf8")).toBe("[user]\n\tname = Alice\n[alias]\n\tst = status\n");
    const left = await readFile(json, "utf8");
    expect(left).toContain("// Mine, and it stays");
    expect(parse(left, [], { allowTrailingComma: true })).toEqual({
      "editor.fontSize": 14,
      "github.copilot.advanced": { "debug.overrideEngine": "x" },
    });
  });

  it("write through a link into somebody's dotfiles, and keep the link", async () => {
    const target = await put("dotfiles/gitconfig", "[user]\n\tname = Alice\n");
    await symlink(target, join(home, ".gitconfig"));
    await setUp(["git"]);
    expect((await lstat(join(home, ".gitconfig"))).isSymbolicLink()).toBe(true);
    expect(await readFile(target, "utf8")).toContain("insteadOf");
  });

  it("write nothing when a file changed while the person read the diff", async () => {
    const file = await put(".gitconfig", "a = 1\n");
    const plan = await planSetup(["git"], around());
    await writeFile(file, "[b]\n");
    await expect(carryOutSetup(plan, env)).rejects.toThrow("was changed meanwhile. Nothing was written");
    expect(await readFile(file, "utf8")).toBe("[b]\n");
  });

  it("leave a file alone that is no JSON", async () => {
    await put(".config/Code/User/settings.json", '{ "a": ');
    await expect(planSetup(["vscode"], around())).rejects.toThrow("is not JSON, so it was not changed");
  });
});

describe("what setup writes", () => {
  it("leads git's github.com to the gateway, by the real git, and asks gatehouse alone for the password", async () => {
    await put(".gitconfig", "[credential]\n\thelper = store\n");
    await setUp(["git"]);
    const git = (...args: string[]) => execFileSync("git", args, { env, encoding: "utf8" }).trim();
    for (const written of [
      "https://github.com/acme/app.git",
      "git@github.com:acme/app.git",
      "ssh://git@github.com/acme/app.git",
    ])
      expect(git("ls-remote", "--get-url", written)).toBe(`${host}/acme/app.git`);
    const config = ["config", "--get-all", `credential.${host}.helper`];
    const helpers = execFileSync("git", config, { env, encoding: "utf8" }).split("\n");
    // The empty one drops `store`, which would keep the token.
    expect(helpers).toEqual(["", expect.stringMatching(/^!.*bin\/cli\.ts git-credential$/), ""]);
  });

  it("holds no token", async () => {
    const { changes } = await setUp();
    expect(JSON.stringify(changes)).not.toContain("gho_");
    expect(changes.find(({ file }) => file.endsWith("env.sh"))?.after).toContain(`GH_ENTERPRISE_TOKEN="$(`);
  });

  it("keeps comments in VS Code's settings", async () => {
    const file = await put(".config/Code/User/settings.json", settings);
    await setUp(["vscode"]);
    const text = await readFile(file, "utf8");
    expect(text).toContain("// Mine, and it stays");
    expect(parse(text, [], { allowTrailingComma: true })).toMatchObject({
      "github-enterprise.uri": host,
      "github.copilot.advanced": { authProvider: "github-enterprise", "debug.overrideEngine": "x" },
    });
  });

  it("is shown before as a unified diff", async () => {
    await put(".gitconfig", "[user]\n\tname = Alice\n");
    const { changes } = await planSetup(["git"], around());
    const [change] = changes;
    if (change === undefined) throw new Error("no change");
    expect(unifiedDiff(change)).toMatch(
      /^--- .*\.gitconfig\n\+\+\+ .*\.gitconfig\n@@ -1,2 \+1,\d+ @@\n \[user\]/,
    );
  });
});

it("a part that was put into any text comes out again without a trace but a last line's end", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ maxLength: 20 }),
      (before, after) => {
        const whole = before === "" || before.endsWith("\n") ? before : `${before}\n`;
        const tail = after.replace(/^\n+/, "");
        expect(withoutBlock(withBlock(before, "git", ["x = 1"]) + tail, "git")).toBe(whole + tail);
      },
    ),
  );
});
