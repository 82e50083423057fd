#!/usr/bin/env node
// `npx gatehouse …`: the command for people. Today: tokens for the sandbox, and the check of a record.
import { Command, Option } from "commander";
import { sandboxToken } from "./local/token.ts";
import { verifyFolder } from "./local/verify.ts";

const program = new Command("gatehouse")
  .description("The command of the Gatehouse access gateway.")
  .showHelpAfterError();

program
  .command("token")
  .description("print a token of a demo person, without a browser (sandbox only)")
  .requiredOption("--as <login>", "the person: alice, bob, carol, dave, erin, mallory")
  .option("--session <id>", "the session the token belongs to (default: a new one)")
  .addOption(
    new Option("--for <audience>", "what it is good for").choices(["road", "console"]).default("road"),
  )
  .option("--data <dir>", "data folder of the running gateway (default: .gatehouse of this checkout)")
  .action(async (options: { as: string; session?: string; for: "road" | "console"; data?: string }) => {
    process.stdout.write(`${await sandboxToken(options)}\n`);
  });

program
  .command("verify")
  .description("check the record in a data folder: every chain and every body; also while the gateway runs")
  .option("--data <dir>", "data folder (default: .gatehouse of this checkout)")
  .option("--against <file>", "what verify --json said earlier, kept outside the folder: shows a cut end too")
  .option("--json", "print the report as JSON")
  .action(async (options: { data?: string; against?: string; json?: boolean }) => {
    const { text, isSound } = await verifyFolder(options);
    process.stdout.write(`${text}\n`);
    process.exitCode = isSound ? 0 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
