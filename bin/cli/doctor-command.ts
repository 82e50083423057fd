// The doctor command: one line for each thing looked at, and below it how to mend what is wrong.
import type { Command } from "commander";
import { examine } from "./doctor.ts";

const marks = { ok: "ok     ", problem: "PROBLEM", warning: "WARNING" } as const;

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("say what is wrong between this machine and the gateway, and how to mend it")
    .description(
      "Looks at the gateway, the clock, the sign-in, git, gh and Copilot, and for tokens that lead past the gateway. Changes nothing. Exit code 1 when something is a problem.",
    )
    .option("--host <host>", "the gateway (default: the one signed in to last)")
    .addHelpText("after", "\nExample:\n  gatehouse doctor --host gw.example.com")
    .action(async ({ host }: { host?: string }) => {
      const findings = await examine(host, process.env, Date.now());
      for (const { what, is, seen, mend } of findings) {
        process.stdout.write(`${marks[is]}  ${what.padEnd(8)} ${seen}\n`);
        if (mend !== undefined) process.stdout.write(`                  ${mend}\n`);
      }
      process.exitCode = findings.some(({ is }) => is === "problem") ? 1 : 0;
    });
}
