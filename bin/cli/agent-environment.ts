// The environment of an agent under `gatehouse run`: every client it starts finds the gateway, and one session's token.
import { ownCommand, type Env } from "./places.ts";

export interface AgentSession {
  readonly host: string;
  readonly token: string;
  readonly session: string;
}

/** GitHub's own tokens would lead past the gateway, so an agent does not inherit them. */
export const bypassTokens = [
  "GH_TOKEN",
  "GITHUB_TOKEN",
  "GITHUB_ENTERPRISE_TOKEN",
  "GITHUB_PERSONAL_ACCESS_TOKEN",
  "COPILOT_GITHUB_TOKEN",
] as const;

export function agentEnvironment({ host, token, session }: AgentSession, env: Env): Record<string, string> {
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && !bypassTokens.some((name) => name === pair[0]),
  );
  const { host: name } = new URL(host);
  return {
    ...Object.fromEntries(kept),
    ...gitSettings(host, env),
    ...(host.startsWith("https:") ? {} : loopbackCopilot(host)),
    GATEHOUSE_HOST: host,
    GATEHOUSE_TOKEN: token,
    GATEHOUSE_SESSION: session,
    // Both: old versions of the CLI read only the second, and would send the token to api.github.com.
    COPILOT_GH_HOST: name,
    GH_HOST: name,
    COPILOT_GITHUB_TOKEN: token,
    GH_ENTERPRISE_TOKEN: token,
    GITHUB_HOST: host,
    GITHUB_PERSONAL_ACCESS_TOKEN: token,
  };
}

/** Copilot speaks http only to addresses that are named one by one. */
function loopbackCopilot(host: string): Record<string, string> {
  return {
    COPILOT_DEBUG_GITHUB_API_URL: host,
    COPILOT_API_URL: `${host}/capi`,
    GITHUB_MCP_URL_OVERRIDE: `${host}/mcp`,
  };
}

/** git-config(1), GIT_CONFIG_COUNT: after what is set there already; nothing is written to any file. */
function gitSettings(host: string, env: Env): Record<string, string> {
  const before = /^\d{1,3}$/.test(env.GIT_CONFIG_COUNT ?? "") ? Number(env.GIT_CONFIG_COUNT) : 0;
  const settings = gitConfig(host);
  return Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(before + settings.length)],
    ["GIT_TERMINAL_PROMPT", "0"],
    ...settings.flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${before + at}`, key],
      [`GIT_CONFIG_VALUE_${before + at}`, value],
    ]),
  ]) as Record<string, string>;
}

/** Every way to write github.com leads here, and the token comes from this command alone. */
export function gitConfig(host: string): readonly (readonly [key: string, value: string])[] {
  const instead = `url.${host}/.insteadOf`;
  return [
    [instead, "https://github.com/"],
    [instead, "git@github.com:"],
    [instead, "ssh://git@github.com/"],
    // An empty value drops the helpers that stand before: they would store the token.
    [`credential.${host}.helper`, ""],
    [`credential.${host}.helper`, `!${ownCommand()} git-credential`],
  ];
}
