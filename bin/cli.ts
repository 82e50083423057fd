#!/usr/bin/env node
// `npx gatehouse …`: the command for people. Tokens, explanations, policies on trial, and the check of a record.
import { Command, Option } from "commander";
import { explain, type ExplainOptions } from "./local/explain.ts";
import { testPolicies } from "./local/policy-test.ts";
import { simulateFolder, type SimulateOptions } from "./local/simulate.ts";
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

program
  .command("explain")
  .description("say why an entry got its verdict, or what would happen to a REST call; nothing is sent")
  .argument("<what...>", "an entry (req_… or exe_…), or a method and a path: PUT /repos/acme/app/merges")
  .option("--as <login>", "who would make the call (sandbox only)")
  .option("--body <file>", "the call's JSON body")
  .option("--data <dir>", "data folder (default: .gatehouse of this checkout)")
  .option("--policies <dir>", "policy folder (default: that of the running gateway)")
  .option("--json", "print the explanation as JSON")
  .action(async (what: string[], options: ExplainOptions) => {
    process.stdout.write(`${await explain(what, options)}\n`);
  });

program
  .command("simulate")
  .description("say what draft policies would have decided otherwise about recorded requests")
  .requiredOption("--policies <dir>", "folder with the draft")
  .option("--since <time>", "how far to look back: 90m, 12h, 7d", "7d")
  .option("--data <dir>", "data folder (default: .gatehouse of this checkout)")
  .option("--json", "print the result as JSON")
  .option("--fail-on-change", "exit code 1 when something would change")
  .action(async (options: SimulateOptions) => {
    const { text, isChanged } = await simulateFolder(options, Date.now());
    process.stdout.write(`${text}\n`);
    process.exitCode = isChanged && options.failOnChange === true ? 1 : 0;
  });

program
  .command("policy")
  .description("check policies")
  .command("test")
  .description("check a policy folder, and the cases in its cases.json")
  .argument("[dir]", "policy folder (default: policies of this checkout)")
  .action(async (folder: string | undefined) => {
    const { text, isMet } = await testPolicies(folder);
    process.stdout.write(`${text}\n`);
    process.exitCode = isMet ? 0 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
