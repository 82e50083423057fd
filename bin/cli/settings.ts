// What each program needs to be told to use a gateway: which file, and which part of it is ours.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JSONPath } from "jsonc-parser";
import { gitConfig } from "./agent-environment.ts";
import { configFolder, homeOf, ownCommand, quoted, xdgConfig, type Env } from "./places.ts";
import { withBlock, withoutBlock } from "./settings-block.ts";
import { withValue } from "./settings-json.ts";

export const targets = ["git", "gh", "copilot", "vscode", "mcp"] as const;
export type Target = (typeof targets)[number];

export interface Setting {
  readonly target: Target;
  readonly file: string;
  /** The file's text with our part in it; `text` is undefined when there is no file. */
  write(text: string | undefined): string;
  /** The text without our part, whatever else changed since. */
  unwrite(text: string): string;
}

export interface Around {
  readonly host: string;
  readonly env: Env;
  readonly platform: string;
}

export function settingsOf(target: Target, around: Around): readonly Setting[] {
  const { host, env } = around;
  const name = new URL(host).host;
  const variables = join(configFolder(env), "env.sh");
  const token = `"$(${ownCommand()} token --host ${quoted(host)} 2>/dev/null)"`;
  switch (target) {
    case "git":
      return [block(target, gitFile(env), gitLines(host))];
    case "gh":
      return [
        block(target, variables, [
          `export GH_HOST=${quoted(name)}`,
          `export GH_ENTERPRISE_TOKEN=${token}`,
          "unset GH_TOKEN GITHUB_TOKEN",
        ]),
      ];
    case "copilot":
      return [
        block(target, variables, [
          `export COPILOT_GH_HOST=${quoted(name)}`,
          `export GH_HOST=${quoted(name)}`,
          `export COPILOT_GITHUB_TOKEN=${token}`,
          ...(host.startsWith("https:")
            ? []
            : [
                `export COPILOT_DEBUG_GITHUB_API_URL=${quoted(host)}`,
                `export COPILOT_API_URL=${quoted(`${host}/capi`)}`,
                `export GITHUB_MCP_URL_OVERRIDE=${quoted(`${host}/mcp`)}`,
              ]),
        ]),
      ];
    case "vscode": {
      const file = join(vsCodeFolder(around), "settings.json");
      return [
        json(target, file, ["github-enterprise.uri"], host),
        json(target, file, ["github.copilot.advanced", "authProvider"], "github-enterprise"),
      ];
    }
    case "mcp": {
      const settings = [
        block(target, variables, [`export GATEHOUSE_TOKEN=${token}`]),
        json(target, join(homeOf(env), ".copilot/mcp-config.json"), ["mcpServers", "github-mcp-server"], {
          type: "http",
          url: `${host}/mcp/`,
          headers: {
            Authorization: "Bearer ${GATEHOUSE_TOKEN}",
            "X-Gatehouse-Session": "${COPILOT_AGENT_SESSION_ID}",
          },
          tools: ["*"],
          // A held call waits for a person.
          timeout: 900_000,
        }),
      ];
      const folder = vsCodeFolder(around);
      if (!existsSync(folder)) return settings;
      const server = { type: "http", url: `${host}/mcp/` };
      return [...settings, json(target, join(folder, "mcp.json"), ["servers", "github"], server)];
    }
    default:
      return target satisfies never;
  }
}

/** Whether the program is there at all, as far as its folders tell. */
export function hasProgram(target: Target, around: Around): boolean {
  return target !== "vscode" || existsSync(vsCodeFolder(around));
}

function gitFile(env: Env): string {
  const own = env.GIT_CONFIG_GLOBAL ?? "";
  if (own !== "") return own;
  const [usual, other] = [join(homeOf(env), ".gitconfig"), join(xdgConfig(env), "git/config")];
  return !existsSync(usual) && existsSync(other) ? other : usual;
}

function gitLines(host: string): readonly string[] {
  const all = gitConfig(host);
  const under = (end: string): readonly string[] =>
    all
      .filter(([key]) => key.endsWith(end))
      .map(([, value]) => `\t${end} =${value === "" ? "" : ` ${gitValue(value)}`}`);
  return [`[url "${host}/"]`, ...under("insteadOf"), `[credential "${host}"]`, ...under("helper")];
}

/** git-config(1), "Values": quoted, because a path may hold what starts a comment. */
function gitValue(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function vsCodeFolder({ env, platform }: Around): string {
  if (platform === "darwin") return join(homeOf(env), "Library/Application Support/Code/User");
  if (platform === "win32") return join(env.APPDATA ?? homeOf(env), "Code/User");
  return join(xdgConfig(env), "Code/User");
}

function block(target: Target, file: string, lines: readonly string[]): Setting {
  return {
    target,
    file,
    write: (text) => withBlock(text, target, lines),
    unwrite: (text) => withoutBlock(text, target),
  };
}

function json(target: Target, file: string, path: JSONPath, value: unknown): Setting {
  return {
    target,
    file,
    write: (text) => withValue(file, text, path, value),
    unwrite: (text) => withValue(file, text, path, undefined),
  };
}
