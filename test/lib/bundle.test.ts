import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { buildFunction, bundleFiles, entries } from "../../lib/bundle.ts";

const run = promisify(execFile);

describe("a built function", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-bundle-"));
    await buildFunction("lambda/doors/console.ts", join(folder, "a"), {
      config: { made: "up" },
      hasConsole: true,
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("holds the script, the policies, Cedar's wasm, the configuration and the console, and nothing else", async () => {
    expect((await readdir(join(folder, "a"))).sort()).toEqual([
      "cedar_wasm_bg.wasm",
      "console",
      bundleFiles.config,
      bundleFiles.script,
      "package.json",
      bundleFiles.policies,
    ]);
    expect((await readdir(join(folder, "a/policies"))).sort()).toEqual([
      "approvals.cedar",
      "checked.json",
      "guardrails.cedar",
      "schema.cedarschema",
    ]);
  });

  it("loads by itself, policy engine included, far from the project", async () => {
    const { stdout } = await run(process.execPath, [
      "-e",
      `console.log(Object.keys(require(${JSON.stringify(join(folder, "a", bundleFiles.script))})).join())`,
    ]);
    expect(stdout.trim()).toBe("serveConsole");
  });

  it("is the same, byte for byte, when it is built again", async () => {
    await buildFunction("lambda/doors/console.ts", join(folder, "b"));
    const script = (name: string): Promise<Buffer> => readFile(join(folder, name, bundleFiles.script));
    expect((await script("b")).equals(await script("a"))).toBe(true);
  });

  it("requires nothing but modules of Node itself", async () => {
    const text = await readFile(join(folder, "a", bundleFiles.script), "utf8");
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? "");
    const { builtinModules } = await import("node:module");
    expect(
      required.filter(
        (name) => !builtinModules.includes(name.replace(/^node:/, "")) && !name.startsWith("node:"),
      ),
    ).toEqual([]);
  });

  it("lists each console file with its path and type", async () => {
    const index = JSON.parse(await readFile(join(folder, "a", bundleFiles.consoleIndex), "utf8")) as {
      path: string;
      type: string;
      file: string;
    }[];
    expect(index.map(({ path }) => path)).toContain("/index.html");
    const files = await readdir(join(folder, "a/console"));
    expect(index.map(({ file }) => file).filter((file) => !files.includes(file))).toEqual([]);
  });
});

describe("the gateway's function", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-bundle-"));
    await buildFunction(entries.gateway, folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is at most 2 MB when it is zipped: a start costs time for every kilobyte", async () => {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((item) =>
      item.isFile(),
    );
    const sizes = files.map(async ({ parentPath, name }) => {
      return deflateRawSync(await readFile(join(parentPath, name))).length;
    });
    expect((await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes)).toBeLessThan(2_000_000);
  });

  it.each([
    ["HTTP/2", "node:http2"],
    ["credentials from files and log-ins", "sso_session"],
  ])("has no part in it for %s", async (_, trace) => {
    const script = await readFile(join(folder, bundleFiles.script), "utf8");
    expect(script.includes(trace)).toBe(false);
  });
});
