// GitHub's real Copilot CLI, pointed at a gateway of this machine, with a home and a work tree of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";

const program = resolve(import.meta.dirname, "../../.cache/copilot/node_modules/.bin/copilot");

export interface CopilotRun {
  readonly code: number | null;
  /** What the person at the terminal sees. */
  readonly output: string;
}

export interface Copilot {
  readonly home: string;
  readonly tree: WorkTree;
  /** Asks one prompt; the sandbox's model answers with these steps. */
  prompt(text: string, steps: readonly Record<string, unknown>[]): Promise<CopilotRun>;
  /** Every file that it left in its home. */
  files(): Promise<readonly { readonly name: string; readonly text: string }[]>;
}

/** Signed in with this token; its git shows the same token, and says which sitting it belongs to. */
export async function copilotAt(gateway: GatewayUnderTest, token: string): Promise<Copilot> {
  const home = await mkdtemp(join(tmpdir(), "gatehouse-copilot-"));
  const logs = join(home, "logs");
  await mkdir(logs);
  const tree = await clone(remoteUrl(gateway.gateway, "alice", token, "acme/app"));
  await tree.git("remote", "set-url", "origin", `${gateway.gateway}/acme/app.git`);
  const helper = join(home, "credential");
  const said =
    'printf "username=copilot-session.%s\\npassword=%s\\n" "$COPILOT_AGENT_SESSION_ID" "$GW_TOKEN"';
  await writeFile(helper, `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  await tree.git("config", "credential.helper", helper);
  return {
    home,
    tree,
    async prompt(text, steps) {
      await fetch(`${gateway.github}/_sandbox/model`, { method: "POST", body: JSON.stringify({ steps }) });
      const child = spawn(
        program,
        ["-p", text, "--allow-all-tools", "--model", "gpt-5.4", "--log-dir", logs],
        {
          cwd: tree.dir,
          env: {
            PATH: process.env.PATH,
            HOME: home,
            COPILOT_GITHUB_TOKEN: token,
            GW_TOKEN: token,
            COPILOT_AUTO_UPDATE: "false",
            COPILOT_DEBUG_GITHUB_API_URL: `${gateway.gateway}/api/v3`,
            COPILOT_API_URL: `${gateway.gateway}/capi`,
            GITHUB_MCP_URL_OVERRIDE: `${gateway.gateway}/mcp`,
            // Nothing else answers: what it asks of other hosts ends here.
            HTTPS_PROXY: "http://127.0.0.1:9",
            NO_PROXY: "127.0.0.1,localhost",
            GIT_TERMINAL_PROMPT: "0",
          },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      return { code, output };
    },
    async files() {
      const found = await readdir(home, { recursive: true, withFileTypes: true });
      return Promise.all(
        found
          .filter((item) => item.isFile())
          .map(async ({ parentPath, name }) => {
            const path = join(parentPath, name);
            return { name: path, text: (await readFile(path)).toString("latin1") };
          }),
      );
    },
  };
}
