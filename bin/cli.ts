#!/usr/bin/env node
// `npx gatehouse …`: the command for people. Signing in, agents, explanations, policies on trial, and the check of a record.
import { Command } from "commander";
import { addDoctorCommand } from "./cli/doctor-command.ts";
import { addRunCommand } from "./cli/run.ts";
import { addSetupCommand } from "./cli/setup-command.ts";
import { addSignInCommands } from "./cli/sign-in-commands.ts";
import type { BlameOptions } from "./local/blame.ts";
import type { ExplainOptions } from "./local/explain.ts";
import type { SimulateOptions } from "./local/simulate.ts";

// The rest is loaded where it is needed: git starts this command for every password.
const program = new Command("gatehouse")
  .description("The command of the Gatehouse access gateway.")
  .showHelpAfterError()
  .enablePositionalOptions();

addSignInCommands(program);
addRunCommand(program);
addSetupCommand(program);
addDoctorCommand(program);

program
  .command("verify")
  .description("check the record in a data folder: every chain and every body; also while the gateway runs")
  .option("--data <dir>", "data folder (default: .gatehouse of this checkout)")
  .option("--against <file>", "what verify --json said earlier, kept outside the folder: shows a cut end too")
  .option("--json", "print the report as JSON")
  .action(async (options: { data?: string; against?: string; json?: boolean }) => {
    const { verifyFolder } = await import("./local/verify.ts");
    const { text, isSound } = await verifyFolder(options);
    process.stdout.write(`${text}\n`);
    process.exitCode = isSound ? 0 : 1;
  });

program
  .command("explain")
  .description("say why an entry got its verdict, or what would happen to a call; nothing is sent")
  .argument(
    "<what...>",
    "an entry (req_… or exe_…); PUT /repos/acme/app/merges; POST /graphql; push acme/app main +dev :old",
  )
  .option("--as <login>", "who would make the call (sandbox only)")
  .option("--body <file>", "the call's JSON body, or a GraphQL document")
  .option("--data <dir>", "data folder (default: .gatehouse of this checkout)")
  .option("--policies <dir>", "policy folder (default: that of the running gateway)")
  .option("--json", "print the explanation as JSON")
  .action(async (what: string[], options: ExplainOptions) => {
    const { explain } = await import("./local/explain.ts");
    process.stdout.write(`${await explain(what, options)}\n`);
  });

program
  .command("blame")
  .description("say which prompt wrote a commit, as far as the record can tell for certain")
  .argument("<repository>", "owner/name")
  .argument("<commit>", "its id, or the first 7 digits or more")
  .option("--as <login>", "who asks: print the answer here (sandbox only)")
  .option(
    "--host <host>",
    "without --as: the gateway whose console answers (default: the one signed in to last)",
  )
  .option("--data <dir>", "with --as: data folder (default: .gatehouse of this checkout)")
  .option("--json", "with --as: print the answer as JSON")
  .action(async (repository: string, commit: string, options: BlameOptions) => {
    const { blame } = await import("./local/blame.ts");
    process.stdout.write(`${await blame(repository, commit, options)}\n`);
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
    const { simulateFolder } = await import("./local/simulate.ts");
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
    const { testPolicies } = await import("./local/policy-test.ts");
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
