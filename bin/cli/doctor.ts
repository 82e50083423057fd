// `gatehouse doctor`: looks at everything between this machine and the gateway, and says how to mend what is wrong.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clockTime, keptToken } from "./account.ts";
import { bypassTokens } from "./agent-environment.ts";
import { callGateway, ownSession, type OwnSession } from "./gateway-call.ts";
import { chosenHost } from "./hosts.ts";
import { homeOf, type Env } from "./places.ts";

export interface Finding {
  readonly what: string;
  /** A warning is no fault of the road: something leads past it. */
  readonly is: "ok" | "problem" | "warning";
  readonly seen: string;
  readonly mend?: string;
}

const soonMs = 60 * 60_000;
const skewMs = 60_000;
const toolMs = 10_000;

export async function examine(
  named: string | undefined,
  env: Env,
  nowMs: number,
): Promise<readonly Finding[]> {
  const host = await chosenHost(named, env);
  const reached = await gateway(host, nowMs);
  const isReached = reached.every(({ is }) => is === "ok");
  return [
    ...reached,
    ...(await token(host, env, nowMs, isReached)),
    await git(host, env),
    await gh(host, env),
    await copilot(env),
    ...(await bypasses(env)),
  ];
}

async function gateway(host: string, nowMs: number): Promise<readonly Finding[]> {
  try {
    const { status, json, headers } = await callGateway(`${host}/_gatehouse/health`);
    const isHealthy = status === 200 && typeof json === "object" && json !== null && "policyHash" in json;
    if (!isHealthy)
      return [
        problem(
          "gateway",
          `${host} answered ${status}, not as a Gatehouse does`,
          "Check the host's name, and any proxy on the way.",
        ),
      ];
    const tls = host.startsWith("https:") ? "over trusted TLS" : "on this machine, without TLS";
    return [ok("gateway", `${host} is reached ${tls} and well`), clock(headers.get("date"), nowMs)];
  } catch (error) {
    return [
      problem(
        "gateway",
        error instanceof Error ? error.message : String(error),
        "Mend this first: the rest depends on it.",
      ),
    ];
  }
}

function clock(date: string | null, nowMs: number): Finding {
  const off = date === null ? 0 : nowMs - Date.parse(date);
  return Math.abs(off) <= skewMs || Number.isNaN(off)
    ? ok("clock", "agrees with the gateway's")
    : problem(
        "clock",
        `${Math.round(Math.abs(off) / 1000)} seconds ${off > 0 ? "ahead" : "behind"}`,
        "Set this machine's clock (NTP): tokens have times.",
      );
}

async function token(host: string, env: Env, nowMs: number, isReached: boolean): Promise<readonly Finding[]> {
  try {
    const kept = await keptToken(host, env, nowMs);
    const who = isReached ? await ownSession(host, kept.token) : kept;
    if ("refusal" in who) return [problem("sign-in", who.refusal, `Run: gatehouse login ${host}`)];
    const seen = `${who.login} until ${clockTime(who.expiresAtMs)}`;
    const signIn =
      who.expiresAtMs - nowMs < soonMs
        ? problem("sign-in", `${seen}, soon over`, `Run: gatehouse login ${host}`)
        : ok("sign-in", seen);
    return [signIn, ...("githubAccount" in who ? account(who.githubAccount) : [])];
  } catch (error) {
    // The remedy is the next line's.
    const [seen = ""] = (error instanceof Error ? error.message : String(error)).split(" Run: ");
    return [problem("sign-in", seen, `Run: gatehouse login ${host}`)];
  }
}

/** Without it Copilot's models and GitHub's MCP server say no; Copilot itself does not show why. */
export function account(linked: OwnSession["githubAccount"]): readonly Finding[] {
  if (linked === undefined) return [];
  const { is, login, at } = linked;
  const mend = `Open ${at} in a browser, and link your GitHub account.`;
  if (is === "linked") return [ok("account", `linked to ${login} at GitHub`)];
  return is === "none"
    ? [problem("account", "no GitHub account is linked, so Copilot gets no models", mend)]
    : [problem("account", `GitHub no longer accepts the link of ${login}`, mend)];
}

async function git(host: string, env: Env): Promise<Finding> {
  const mend = "Run: gatehouse setup git (or start the agent with gatehouse run)";
  const { code, text } = await tool(
    "git",
    ["ls-remote", "--get-url", "https://github.com/acme/app.git"],
    env,
  );
  if (code === 127) return problem("git", "is not installed", "Install git 2.39 or newer.");
  if (!text.startsWith(`${host}/`)) return problem("git", "goes to github.com directly", mend);
  const helper = await tool("git", ["config", "--get-urlmatch", "credential.helper", host], env);
  return helper.text.includes("git-credential")
    ? ok("git", "goes through the gateway, and gets its password from gatehouse")
    : problem("git", "goes through the gateway, but has no password for it", mend);
}

async function gh(host: string, env: Env): Promise<Finding> {
  const { code, text } = await tool("gh", ["--version"], env);
  if (code === 127) return ok("gh", "is not installed");
  const [version = "?", major = "0", minor = "0"] = /(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 23))
    return problem("gh", `is ${version}`, "Install gh 2.23 or newer.");
  return env.GH_HOST === new URL(host).host
    ? ok("gh", `${version}, set to the gateway`)
    : problem(
        "gh",
        `${version}, not set to the gateway`,
        "Run: gatehouse setup gh, and load the lines that it names",
      );
}

async function copilot(env: Env): Promise<Finding> {
  const { code, text } = await tool("copilot", ["--version"], env);
  if (code === 127) return ok("copilot", "is not installed");
  const [version] = /\d+\.\d+\.\d+/.exec(text) ?? [];
  return version === undefined || version.startsWith("0.")
    ? problem(
        "copilot",
        version ?? "says no version",
        "Install @github/copilot 1.0 or newer: older ones send the token to api.github.com.",
      )
    : ok("copilot", version);
}

/** Tokens of GitHub's own: an agent that finds one needs no gateway. */
async function bypasses(env: Env): Promise<readonly Finding[]> {
  const variables = bypassTokens.filter((name) =>
    /^(gh[psur]_|github_pat_|gho_[^.]*$)/.test(env[name] ?? ""),
  );
  const stored = await tool("gh", ["auth", "token", "--hostname", "github.com"], {
    ...env,
    GH_TOKEN: "",
    GITHUB_TOKEN: "",
  });
  const files = [".git-credentials", ".netrc"]
    .map((name) => join(homeOf(env), name))
    .filter((file) => existsSync(file));
  const holding = await Promise.all(
    files.map(async (file) =>
      /\bgithub\.com\b/.test(await readFile(file, "utf8").catch(() => "")) ? [file] : [],
    ),
  );
  const found = [
    ...variables.map((name) => warning(`the variable ${name}`, `Take ${name} out of your shell's profile.`)),
    ...(stored.code === 0 && stored.text.trim() !== ""
      ? [warning("gh's sign-in at github.com", "Run: gh auth logout --hostname github.com")]
      : []),
    ...holding.flat().map((file) => warning(file, `Take github.com out of ${file}.`)),
  ];
  return found.length > 0 ? found : [ok("bypass", "no token for github.com itself was found")];
}

function warning(where: string, mend: string): Finding {
  return { what: "bypass", is: "warning", seen: `a token for github.com itself lies in ${where}`, mend };
}

function ok(what: string, seen: string): Finding {
  return { what, is: "ok", seen };
}

function problem(what: string, seen: string, mend: string): Finding {
  return { what, is: "problem", seen, mend };
}

/** Never rejects; 127 where there is no such tool. */
function tool(name: string, args: readonly string[], env: Env): Promise<{ code: number; text: string }> {
  const quiet = { ...env, GIT_TERMINAL_PROMPT: "0", COPILOT_AUTO_UPDATE: "false" };
  return new Promise((done) => {
    execFile(name, [...args], { env: quiet, timeout: toolMs, maxBuffer: 256 * 1024 }, (error, stdout) => {
      const code = error === null ? 0 : error.code === "ENOENT" ? 127 : 1;
      done({ code, text: stdout });
    });
  });
}
