// Where tokens lie: the keychain's own tool when it works, else a file; and never on a command line.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createTokenStore } from "../../../bin/cli/token-store.ts";

const host = "https://gw.acme.example";
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokens-"));
  env = { HOME: folder, XDG_CONFIG_HOME: join(folder, "config"), PATH: folder };
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A tool that keeps one value in a file, and writes down its arguments. */
async function tool(name: string, script: string): Promise<void> {
  await writeFile(
    join(folder, name),
    `#!/bin/sh\nPATH=/usr/bin:/bin\necho "$@" >> ${folder}/arguments\n${script}\n`,
  );
  await chmod(join(folder, name), 0o700);
}

const secretTool = (): Promise<void> =>
  tool(
    "secret-tool",
    `case $1 in store) cat > ${folder}/kept;; lookup) cat ${folder}/kept;; clear) rm ${folder}/kept;; esac`,
  );

describe("the token store", () => {
  it("uses the secret service where there is one, and leaves no file", async () => {
    await secretTool();
    const store = createTokenStore(env, "linux");
    await store.put(host, "gho_1");
    expect(await store.get(host)).toBe("gho_1");
    await expect(stat(join(folder, "config/gatehouse/tokens.json"))).rejects.toThrow("ENOENT");
    await store.remove(host);
    expect(await store.get(host)).toBeUndefined();
  });

  it("puts no token on a command line", async () => {
    await secretTool();
    await tool("security", `cat > ${folder}/commands`);
    await createTokenStore(env, "linux").put(host, "gho_1");
    await createTokenStore(env, "darwin").put(host, "gho_2");
    expect(await readFile(join(folder, "arguments"), "utf8")).not.toContain("gho_");
    expect(await readFile(join(folder, "commands"), "utf8")).toContain('-w "gho_2"');
  });

  it.each([
    ["is not there", undefined],
    ["fails, as without a session bus", "exit 1"],
  ])("uses a file of the owner's when the keychain's tool %s", async (_name, script) => {
    if (script !== undefined) await tool("secret-tool", script);
    const store = createTokenStore(env, "linux");
    await store.put(host, "gho_1");
    expect(await store.get(host)).toBe("gho_1");
    expect((await stat(join(folder, "config/gatehouse/tokens.json"))).mode & 0o777).toBe(0o600);
  });

  it("keeps hosts apart", async () => {
    const store = createTokenStore({ ...env, GATEHOUSE_TOKEN_STORE: "file" }, "linux");
    await store.put(host, "gho_1");
    await store.put("https://other.example", "gho_2");
    await store.remove(host);
    expect([await store.get(host), await store.get("https://other.example")]).toEqual([undefined, "gho_2"]);
  });
});
