// The commands around signing in: login, logout, token, status and git-credential.
import { setTimeout as sleep } from "node:timers/promises";
import { text as textOf } from "node:stream/consumers";
import { Command, Option } from "commander";
import { sandboxToken } from "../local/token.ts";
import { clockTime, keep, keptToken, signIn, signOut } from "./account.ts";
import { ownSession, type OwnSession } from "./gateway-call.ts";
import { gitCredential } from "./git-credential.ts";
import { chosenHost, readHosts } from "./hosts.ts";
import { openBrowser, type Talk } from "./sign-in.ts";

export const talk: Talk = {
  say: (line) => process.stderr.write(`${line}\n`),
  sleep: async (ms) => {
    await sleep(ms);
  },
  now: () => Date.now(),
  open: (address) => openBrowser(address, process.env),
};

export function addSignInCommands(program: Command): void {
  program
    .command("login")
    .summary("sign in at a gateway with your company")
    .description(
      "Signs you in at a gateway with your company, and keeps the session token for git and for gatehouse run.",
    )
    .argument(
      "[host]",
      "the gateway: gw.example.com (default: $GATEHOUSE_HOST, the last one, or the one in this checkout)",
    )
    .option("--host <host>", "the same as an option")
    .addOption(
      new Option("--device", "with a code that you type in any browser (default)").conflicts("browser"),
    )
    .option("--browser", "with the browser of this machine, without typing a code")
    .addHelpText("after", "\nExamples:\n  gatehouse login gw.example.com\n  gatehouse login --browser")
    .action(async (host: string | undefined, options: { host?: string; browser?: true }) => {
      const by = options.browser === true ? "browser" : "device";
      const kept = await signIn(host ?? options.host, by, process.env, talk);
      const place = await keep(kept, process.env);
      process.stdout.write(
        `Signed in at ${kept.host} as ${kept.login} until ${clockTime(kept.expiresAtMs)}, session ${kept.session}.\nThe token is kept in ${place}.\n`,
      );
    });

  program
    .command("logout")
    .summary("sign out of a gateway")
    .description(
      "Ends your session at a gateway, for every program that uses its token, and forgets the token. What still waits for an approval in it is void.",
    )
    .option("--host <host>", "the gateway (default: the one signed in to last)")
    .action(async (options: { host?: string }) => {
      const host = await chosenHost(options.host, process.env);
      const ended = await signOut(host, process.env, Date.now());
      process.stdout.write(
        ended === undefined ? `Nobody was signed in at ${host}.\n` : `Signed out of ${host}.\n`,
      );
      if (ended?.trouble === undefined) return;
      process.stderr.write(
        `The token is forgotten on this machine, but its session was not ended: ${ended.trouble}\nIt stays good until its time; to end it now, stop the session at the console.\n`,
      );
      process.exitCode = 1;
    });

  program
    .command("token")
    .summary("print the session token, or one of a demo person")
    .description(
      "Prints the token of your sign-in, for a program that takes it from a variable. With --as, one of a demo person without a browser (sandbox only).",
    )
    .option("--host <host>", "the gateway (default: the one signed in to last)")
    .option("--as <login>", "a demo person: alice, bob, carol, dave, erin, mallory")
    .option("--session <id>", "with --as: the session the token belongs to (default: a new one)")
    .addOption(
      new Option("--for <audience>", "with --as: what it is good for")
        .choices(["road", "console"])
        .default("road"),
    )
    .option(
      "--data <dir>",
      "with --as: data folder of the running gateway (default: .gatehouse of this checkout)",
    )
    .addHelpText(
      "after",
      '\nExamples:\n  export GH_ENTERPRISE_TOKEN="$(gatehouse token)"\n  gatehouse token --as alice',
    )
    .action(
      async (options: {
        host?: string;
        as?: string;
        session?: string;
        for: "road" | "console";
        data?: string;
      }) => {
        const { as, host, ...rest } = options;
        const token =
          as === undefined
            ? (await keptToken(host, process.env, Date.now())).token
            : await sandboxToken({ as, ...rest });
        process.stdout.write(`${token}\n`);
      },
    );

  program
    .command("status")
    .summary("say where you are signed in, and until when")
    .description(
      "Says where you are signed in, as whom and until when, and asks the gateway whether the token still counts.",
    )
    .action(async () => {
      const { hosts, current } = await readHosts(process.env);
      const all = Object.keys(hosts);
      if (all.length === 0) process.stdout.write("Nobody is signed in. Run: gatehouse login <host>\n");
      for (const host of all)
        process.stdout.write(`${host === current ? "*" : " "} ${host}: ${await standing(host)}\n`);
    });

  program
    .command("git-credential")
    .summary("answer git's question for a password")
    .description(
      "A git credential helper. gatehouse setup git and gatehouse run enter it for the gateway's host.",
    )
    .argument("<operation>", "get, store or erase")
    .addHelpText(
      "after",
      "\nExample:\n  git config --global credential.https://gw.example.com.helper '!gatehouse git-credential'",
    )
    .action(async (operation: string) => {
      const { out, hint } = await gitCredential(
        operation,
        await textOf(process.stdin),
        process.env,
        Date.now(),
      );
      if (hint !== undefined) process.stderr.write(`${hint}\n`);
      process.stdout.write(out);
    });
}

function accountOf({ githubAccount }: OwnSession): string {
  if (githubAccount === undefined) return "";
  const { is, login, at } = githubAccount;
  return is === "linked" ? `, GitHub account ${login}` : `, no GitHub account: link yours at ${at}`;
}

async function standing(host: string): Promise<string> {
  try {
    const { token } = await keptToken(host, process.env, Date.now());
    const who = await ownSession(host, token);
    return "refusal" in who
      ? `not accepted: ${who.refusal}`
      : `${who.login} until ${clockTime(who.expiresAtMs)}, session ${who.session}${accountOf(who)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
