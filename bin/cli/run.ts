// `gatehouse run -- copilot …`: starts an agent with one session's token, and ends as it ends.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants } from "node:os";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { defaultDataDir } from "../local/paths.ts";
import { runningGateway, sandboxToken } from "../local/token.ts";
import { clockTime, keptToken, signIn } from "./account.ts";
import { agentEnvironment, bypassTokens, type AgentSession } from "./agent-environment.ts";
import { talk } from "./sign-in-commands.ts";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const soonMs = 60 * 60_000;

interface RunOptions {
  readonly host?: string;
  readonly fresh?: true;
  readonly as?: string;
  readonly session?: string;
  readonly data?: string;
}

export function addRunCommand(program: Command): void {
  program
    .command("run")
    .summary("start an agent whose git, gh, MCP and model calls go through the gateway")
    .description(
      "Starts an agent with one session's token in its environment, so that its model, MCP, git and gh calls go through the gateway and belong to one session. No file is changed.",
    )
    .argument("<agent...>", "the command to start, behind --")
    .option("--host <host>", "the gateway (default: the one signed in to last)")
    .option("--fresh", "sign in anew, for a session of this run alone; its token is not kept")
    .option("--as <login>", "a demo person, without a browser (sandbox only)")
    .option("--session <id>", "with --as: the session's name (default: a new one)")
    .option(
      "--data <dir>",
      "with --as: data folder of the running gateway (default: .gatehouse of this checkout)",
    )
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nExamples:\n  gatehouse run -- copilot\n  gatehouse run --fresh -- copilot -p 'Fix the failing test' --allow-all-tools\n  gatehouse run -- sh -c 'git clone https://github.com/acme/app'",
    )
    .action(async (words: string[], options: RunOptions) => {
      process.exitCode = await run(words, await sessionFor(options));
    });
}

async function sessionFor(options: RunOptions): Promise<AgentSession> {
  const { as, host, fresh, data } = options;
  if (as !== undefined) {
    const session = options.session ?? `run-${randomUUID()}`;
    const { gateway } = await runningGateway(resolve(data ?? defaultDataDir));
    const token = await sandboxToken({ as, session, for: "road", ...(data === undefined ? {} : { data }) });
    return { host: gateway, token, session };
  }
  if (fresh === true) return signIn(host, "device", process.env, talk);
  const kept = await keptToken(host, process.env, Date.now());
  if (kept.expiresAtMs - Date.now() < soonMs)
    talk.say(
      `gatehouse: this session ends at ${clockTime(kept.expiresAtMs)}; gatehouse login gets a new one.`,
    );
  return kept;
}

/** The agent's exit code; 128 and the signal's number when a signal ended it, as shells say it. */
function run(words: readonly string[], session: AgentSession): Promise<number> {
  const [command = "", ...args] = withSessionId(words);
  const left = bypassTokens.filter((name) => (process.env[name] ?? "") !== "");
  if (left.length > 0)
    talk.say(`gatehouse: not handed on, because they lead past the gateway: ${left.join(", ")}`);
  const started: { child?: ChildProcess } = {};
  // Before the agent runs: a signal that came in between would end this process and leave the agent alone.
  for (const signal of forwarded)
    process.on(signal, () => {
      // The terminal sends Ctrl-C to the agent itself; it must not come twice.
      if (signal !== "SIGINT" || !process.stdin.isTTY) started.child?.kill(signal);
    });
  const child = spawn(command, args, { stdio: "inherit", env: agentEnvironment(session, process.env) });
  started.child = child;
  return new Promise((done, failed) => {
    child.once("error", (cause) => {
      const why = "code" in cause && cause.code === "ENOENT" ? "there is no such command" : cause.message;
      failed(new Error(`${command} was not started: ${why}.`, { cause }));
    });
    child.once("exit", (code, signal) => {
      done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Copilot's own session gets a name that its git calls carry too; unless the person named or resumes one. */
export function withSessionId(words: readonly string[], newId: () => string = randomUUID): readonly string[] {
  const [command = "", ...args] = words;
  const isNamed = args.some((arg) => /^--(session-id|resume|continue)(=|$)/.test(arg));
  const isCopilot = /^copilot(\.cmd|\.exe)?$/.test(basename(command));
  return isCopilot && !isNamed ? [command, `--session-id=${newId()}`, ...args] : words;
}
