// GitHub's real Copilot CLI with a home and a work tree of its own: it knows a host name, a proxy and a certificate.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { LocalGateway } from "../stand-ins/gateway.ts";
import { remoteUrl, startGit, workTree, type WorkTree } from "../stand-ins/git.ts";
import type { NamedHost } from "../stand-ins/named-host.ts";

const program = resolve(import.meta.dirname, "../../.cache/copilot/node_modules/.bin/copilot");

export interface CopilotRun {
  readonly code: number | null;
  /** What the person at the terminal sees. */
  readonly output: string;
}

export interface Copilot {
  readonly home: string;
  /** Where it keeps its credential when there is no keychain. */
  readonly store: string;
  /** By device flow; `confirm` is the person who reads the code and types it elsewhere. */
  login(confirm: (userCode: string) => Promise<unknown>): Promise<CopilotRun>;
  /** The token that it stored. */
  token(): Promise<string>;
  /** A clone of acme/app whose git shows that same token, and says which sitting it belongs to. */
  clone(): Promise<WorkTree>;
  /** Asks one prompt in a folder; the sandbox's model answers with these steps. */
  prompt(
    text: string,
    cwd: string,
    steps: readonly Record<string, unknown>[],
    ...options: string[]
  ): Promise<CopilotRun>;
  /** Files of its home that hold this text, its own program left out. */
  filesHolding(text: string): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** No token is given to it: neither in its environment nor in its settings. */
export async function copilotAt(gateway: LocalGateway, named: NamedHost): Promise<Copilot> {
  const home = await mkdtemp(join(tmpdir(), "gatehouse-copilot-"));
  const store = join(home, ".copilot/config.json");
  await mkdir(join(home, ".copilot"));
  // What a person answers with yes who has no keychain; without a terminal nobody is asked.
  await writeFile(join(home, ".copilot/settings.json"), JSON.stringify({ storeTokenPlaintext: true }));
  const { caFile = "" } = gateway;
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    COPILOT_AUTO_UPDATE: "false",
    HTTPS_PROXY: named.proxy,
    NODE_EXTRA_CA_CERTS: caFile,
    GIT_SSL_CAINFO: caFile,
    GIT_TERMINAL_PROMPT: "0",
  };
  const run = async (
    args: readonly string[],
    cwd: string,
    heard: (output: string) => void = () => undefined,
  ): Promise<CopilotRun> => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        heard(output);
      });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  };
  const token = async (): Promise<string> =>
    /"token": "(gho_[^"]+)"/.exec(await readFile(store, "utf8"))?.[1] ?? "";

  return {
    home,
    store,
    token,
    async login(confirm) {
      let confirmed: Promise<unknown> | undefined;
      const ended = await run(["login", "--host", gateway.gateway, "--device-code"], home, (output) => {
        const code = /enter code ([A-Z]{4}-[A-Z]{4})/.exec(output)?.[1];
        if (code !== undefined) confirmed ??= confirm(code);
      });
      await confirmed;
      return ended;
    },
    async clone() {
      const url = remoteUrl(gateway.gateway, "alice", await token(), "acme/app");
      const trust = { GIT_SSL_CAINFO: caFile, HTTPS_PROXY: named.proxy };
      const cloned = await startGit(home, ["clone", "--quiet", url, "work"], trust).done;
      if (cloned.code !== 0) throw new Error(cloned.stderr);
      const tree = workTree(join(home, "work"), trust);
      await tree.git("remote", "set-url", "origin", `${gateway.gateway}/acme/app.git`);
      const helper = join(home, "credential");
      const read = `sed -n 's/.*"token": "\\(gho_[^"]*\\)".*/password=\\1/p' '${store}' | head -n 1`;
      const said = `printf "username=copilot-session.%s\\n" "$COPILOT_AGENT_SESSION_ID"`;
      await writeFile(helper, `#!/bin/sh\n${said}\n${read}\n`, { mode: 0o755 });
      await tree.git("config", "credential.helper", helper);
      return tree;
    },
    async prompt(text, cwd, steps, ...options) {
      await fetch(`${gateway.github}/_sandbox/model`, { method: "POST", body: JSON.stringify({ steps }) });
      const logs = ["--log-level", "debug", "--log-dir", join(home, "logs")];
      return run(["-p", text, "--allow-all-tools", "--model", "gpt-5.4", ...logs, ...options], cwd);
    },
    async filesHolding(text) {
      const args = ["-rlFa", "--exclude-dir=pkg", "-e", text, home];
      try {
        return (await promisify(execFile)("grep", args)).stdout.trim().split("\n");
      } catch (error) {
        // grep(1): 1 is "none"; anything above is trouble.
        if ((error as { code?: unknown }).code === 1) return [];
        throw error;
      }
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
