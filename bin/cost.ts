#!/usr/bin/env node
// `npm run cost -- --requests 20`: what a month costs at AWS, line by line, from assumptions that can be changed.
import { Command } from "commander";
import { costTable, defaults, monthly, type Usage } from "./cost/prices.ts";

const program = new Command("cost").description(
  "Estimate a month at AWS (us-east-1, list prices, no free tier, taxes or support).",
);
const says: Readonly<Record<keyof Usage, string>> = {
  requests: "million requests in a month",
  ms: "how long the gateway works on one, milliseconds",
  memoryMb: "memory of the gateway function, MB",
  bodies: "recorded bodies for each request, on average",
  answerKb: "size of an answer, kB",
  heldPushes: "pushes that wait for a person in a month",
  waitMinutes: "how long each waits with its connection open, minutes (at most 14)",
  signingKeys: "signing keys",
  storedGb: "records and bodies kept, GB",
};
for (const [name, text] of Object.entries(says) as [keyof Usage, string][])
  program.option(
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <number>`,
    text,
    amount,
    defaults[name],
  );

program.action((usage: Usage) => {
  process.stdout.write(`${costTable(monthly(usage))}\n`);
});

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new Error(`${text} is not an amount: give a number, 0 or more`);
  return value;
}

try {
  program.parse();
} catch (error) {
  process.stderr.write(`cost: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
