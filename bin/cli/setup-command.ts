// The setup command: shows what would change, asks, and writes.
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { chosenHost } from "./hosts.ts";
import { carryOutSetup, planSetup, planUndo, unifiedDiff } from "./setup.ts";
import { hasProgram, targets, type Target } from "./settings.ts";

interface SetupOptions {
  readonly host?: string;
  readonly undo?: true;
  readonly yes?: true;
}

export function addSetupCommand(program: Command): void {
  program
    .command("setup")
    .summary("write, or undo, the settings with which programs use the gateway")
    .description(
      `Writes the settings with which programs use the gateway, and undoes them. It shows the changes first and asks.

  git      ~/.gitconfig: github.com leads to the gateway, and gatehouse answers git's question for a password
  gh       lines for your shell: GH_HOST and the token
  copilot  lines for your shell: the host and the token of the Copilot CLI
  vscode   settings.json of VS Code: GitHub Enterprise sign-in at the gateway
  mcp      ~/.copilot/mcp-config.json and VS Code's mcp.json: GitHub's MCP server through the gateway`,
    )
    .argument("[programs...]", `${targets.join(", ")}, or all (default)`)
    .option("--host <host>", "the gateway (default: the one signed in to last)")
    .option("--undo", "take the settings back; files that nobody changed since become as they were")
    .option("--yes", "do not ask")
    .addHelpText("after", "\nExamples:\n  gatehouse setup git copilot\n  gatehouse setup --undo")
    .action(async (names: string[], options: SetupOptions) => {
      await setup(names, options);
    });
}

async function setup(names: readonly string[], options: SetupOptions): Promise<void> {
  const around = { env: process.env, platform: process.platform };
  const isAll = names.length === 0 || names.includes("all");
  const chosen = isAll ? targets : names.map(targetOf);
  const plan =
    options.undo === true
      ? await planUndo(chosen, around)
      : await settingUp(chosen, isAll, await chosenHost(options.host, process.env));
  if (plan.changes.length === 0) {
    process.stdout.write("Nothing to change.\n");
    return;
  }
  for (const change of plan.changes) process.stdout.write(`${unifiedDiff(change)}\n`);
  if (options.yes !== true && !(await isWanted())) {
    process.stdout.write("Nothing was changed.\n");
    return;
  }
  await carryOutSetup(plan, process.env);
  process.stdout.write(`${plan.changes.length === 1 ? "1 file" : `${plan.changes.length} files`} changed.\n`);
  const variables = plan.changes.find(({ file, after }) => file.endsWith("/env.sh") && after !== undefined);
  if (variables !== undefined)
    process.stdout.write(
      `Add this line to your shell's profile, and open a new shell:\n  . ${variables.file}\n`,
    );
}

function settingUp(chosen: readonly Target[], isAll: boolean, host: string): ReturnType<typeof planSetup> {
  const around = { env: process.env, platform: process.platform, host };
  return planSetup(isAll ? chosen.filter((target) => hasProgram(target, around)) : chosen, around);
}

function targetOf(name: string): Target {
  const found = targets.find((target) => target === name);
  if (found === undefined) throw new Error(`${name} not known. Expected: ${targets.join(", ")} or all.`);
  return found;
}

async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error("nobody can be asked here, so nothing was changed. Look at the diff, then add --yes.");
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question("Make these changes? [y/N] ");
  ask.close();
  return /^y(es)?$/i.test(answer.trim());
}
