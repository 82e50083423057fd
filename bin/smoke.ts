#!/usr/bin/env node
// `npm run smoke -- https://gw.example.com`: asks a live gateway, and says of each answer what it proves. Changes nothing.
import { Command } from "commander";
import { checks, type Asked } from "./smoke/checks.ts";
import { run } from "./smoke/run.ts";

const program = new Command("smoke")
  .description("Check a live gateway, deployed or on this machine. Exit code 0: everything was as promised.")
  .argument("<gateway>", "its address, such as https://gw.example.com")
  .option("--console <url>", "the console's address; without it the console is not checked")
  .option("--repository <owner/name>", "a repository that the token's person may read")
  .addHelpText(
    "after",
    "\nA token in the environment variable GW_TOKEN lets it check more: signed-in reads, git, refusals.",
  );

program.action(async (gateway: string, options: { console?: string; repository?: string }) => {
  const { GW_TOKEN: token } = process.env;
  const asked: Asked = {
    gateway: gateway.replace(/\/+$/, ""),
    ...(options.console === undefined ? {} : { console: options.console.replace(/\/+$/, "") }),
    ...(options.repository === undefined ? {} : { repository: options.repository }),
    ...(token === undefined || token === "" ? {} : { token }),
  };
  const isSound = await run(checks, asked, (line) => {
    process.stdout.write(`${line}\n`);
  });
  process.exitCode = isSound ? 0 : 1;
});

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`smoke: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
