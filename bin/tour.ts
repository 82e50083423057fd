#!/usr/bin/env node
// `npm run tour`: plays the main story with the real git client, and tells it as a person would.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { start, type Running } from "./local/start.ts";
import { sandboxToken } from "./local/token.ts";

const folder = await mkdtemp(join(tmpdir(), "gatehouse-tour-"));
let failures = 0;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const step = (title: string): void => {
  say(`\n── ${title}`);
};
function check(what: string, holds: boolean): void {
  if (!holds) failures += 1;
  say(`   ${holds ? "✓" : "✗"} ${what}`);
}

const running = await start({ port: 0, data: join(folder, "data"), env: {} });
try {
  await tour(running);
} catch (error) {
  failures += 1;
  say(`   ✗ ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await running.close();
  await rm(folder, { recursive: true, force: true });
}
say(
  failures === 0
    ? "\nThe tour is over; every step held."
    : `\nThe tour is over; ${failures} step(s) did not hold.`,
);
process.exitCode = failures === 0 ? 0 : 1;

async function tour({ gateway, console: consoleUrl, dataDir }: Running): Promise<void> {
  const session = "ses-tour";
  const data = dataDir;
  const alice = await sandboxToken({ as: "alice", for: "road", session, data });
  const carol = await sandboxToken({ as: "carol", for: "console", data });
  const erin = await sandboxToken({ as: "erin", for: "console", data });
  const work = join(folder, "app");
  const url = `${gateway.replace("://", `://alice:${alice}@`)}/acme/app.git`;

  step("Alice clones acme/app through the gateway; her token is her own, GitHub's stays inside");
  const cloned = await git(folder, "clone", "--quiet", url, work);
  check("git clone works as it is", cloned.code === 0);

  step("She commits, and pushes to main, which is protected");
  await writeFile(join(work, "CHANGELOG.md"), "## Next\n\n- Rounding in invoice totals is right.\n");
  await git(work, "add", "CHANGELOG.md");
  await git(work, "commit", "--quiet", "-m", "Tell what changed");
  const commit = (await git(work, "rev-parse", "HEAD")).out.trim();
  const push = git(work, "push", "origin", "HEAD:main");
  const card = await pending(consoleUrl, carol);
  check(`the push waits: ${consoleUrl}/approvals/${card.id}`, true);
  check("main has not moved", (await mainOf(gateway, alice)) !== commit);

  step("Carol, of the platform team, looks at exactly what would land, and approves");
  const view = (await call(consoleUrl, carol, "GET", `/approvals/${card.id}`)) as {
    sentence: string;
    planHash: string;
  };
  say(`   “${view.sentence}”`);
  await call(consoleUrl, carol, "POST", `/approvals/${card.id}/decision`, {
    decision: "approve",
    reason: "Looks right.",
    planHash: view.planHash,
  });
  const pushed = await push;
  say(pushed.err.trim().replace(/^/gm, "   | "));
  check("the same push finished by itself", pushed.code === 0);
  check("main is at Alice's commit", (await mainOf(gateway, alice)) === commit);

  step("She reads a file with a token in it; the agent sees the mask");
  const raw = await fetch(`${gateway}/api/v3/repos/acme/app/contents/config/demo.env`, {
    headers: { authorization: `token ${alice}`, accept: "application/vnd.github.raw+json" },
  });
  const text = await raw.text();
  say(text.trim().replace(/^/gm, "   | "));
  check("no token left the gateway", /ghp_\*{36}/.test(text) && !/ghp_\w{36}/.test(text));

  step("Something tries to switch off the protection of main");
  const refused = await fetch(`${gateway}/api/v3/repos/acme/app/branches/main/protection`, {
    method: "DELETE",
    headers: { authorization: `token ${alice}` },
  });
  say(`   | ${((await refused.json()) as { message: string }).message}`);
  check("it is refused, and GitHub never hears of it", refused.status === 403);

  step("Erin, of the security team, replays Alice's session");
  const replay = (await call(consoleUrl, erin, "GET", `/sessions/${session}`)) as { entries: ReplayEntry[] };
  for (const { intent, outcome } of replay.entries)
    say(
      `   | ${intent.action.title.padEnd(34).slice(0, 34)} ${intent.verdict.is.padEnd(6)} ${outcome?.result ?? "open"}`,
    );
  check(
    "every call has its intent and its one outcome",
    replay.entries.every(({ outcome }) => outcome !== undefined),
  );
  say(`\n   With \`npm start\` you would open it at ${consoleUrl}/sessions/${session}`);
}

interface ReplayEntry {
  readonly intent: { readonly action: { readonly title: string }; readonly verdict: { readonly is: string } };
  readonly outcome?: { readonly result: string };
}

async function pending(consoleUrl: string, bearer: string): Promise<{ id: string }> {
  for (let looks = 0; looks < 100; looks += 1) {
    const list = (await call(consoleUrl, bearer, "GET", "/approvals?state=pending")) as {
      items: { id: string }[];
    };
    const [first] = list.items;
    if (first !== undefined) return first;
    await pause(100);
  }
  throw new Error("the push was never held");
}

async function mainOf(gateway: string, token: string): Promise<string> {
  const answer = await fetch(`${gateway}/api/v3/repos/acme/app/git/ref/heads/main`, {
    headers: { authorization: `token ${token}` },
  });
  return ((await answer.json()) as { object: { sha: string } }).object.sha;
}

async function call(
  consoleUrl: string,
  bearer: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${consoleUrl}/_gatehouse/api${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function git(cwd: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const identity = { NAME: "Alice Arden", EMAIL: "alice@acme.example" };
    const child = spawn("git", args, {
      cwd,
      env: {
        ...process.env,
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        GIT_AUTHOR_NAME: identity.NAME,
        GIT_AUTHOR_EMAIL: identity.EMAIL,
        GIT_COMMITTER_NAME: identity.NAME,
        GIT_COMMITTER_EMAIL: identity.EMAIL,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, out, err });
    });
  });
}
