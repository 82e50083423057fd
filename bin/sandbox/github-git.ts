// Runs git on one bare repository: always asynchronous, with bounded output, and deaf to the machine's own git settings.
import { spawn } from "node:child_process";

const outputLimitBytes = 128 * 1024 * 1024;
const timeLimitMs = 60_000;

/** What every git process of the sandbox runs with. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    // A data folder that another user owns (a mounted volume) is still ours to serve.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
}

export interface GitRun {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export class GitFailed extends Error {
  readonly run: GitRun;
  constructor(args: readonly string[], run: GitRun) {
    super(`git ${args[0] ?? ""} ended with ${run.code}: ${run.stderr.trim().slice(0, 500)}`);
    this.name = "GitFailed";
    this.run = run;
  }
}

/** Runs git to its end. The exit code is the caller's to judge. */
export function tryGit(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array = "",
  env: Readonly<Record<string, string>> = {},
): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      cwd: directory,
      env: { ...gitEnvironment(), ...env },
      timeout: timeLimitMs,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputLimitBytes) child.kill();
      else out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (err.length < 100) err.push(chunk);
    });
    // A git that ends early (bad arguments) closes its input; its exit code says so better than EPIPE.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    });
    child.stdin.end(input);
  });
}

/** Runs git to its end and returns what it printed. Throws GitFailed. */
export async function git(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const run = await tryGit(directory, args, input, env);
  if (run.code !== 0) throw new GitFailed(args, run);
  return run.stdout;
}

/** One line of output, without its end. */
export async function gitLine(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array = "",
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await git(directory, args, input, env)).toString().trim();
}

export interface GitObject {
  readonly oid: string;
  readonly type: "commit" | "tree" | "blob" | "tag";
  readonly bytes: Buffer;
}

/** Reads many objects with one process. The answer has one place per name; undefined where git has nothing. */
export async function readObjects(
  directory: string,
  names: readonly string[],
): Promise<(GitObject | undefined)[]> {
  if (names.length === 0) return [];
  const output = await git(directory, ["cat-file", "--batch"], `${names.join("\n")}\n`);
  const found: (GitObject | undefined)[] = [];
  let at = 0;
  while (at < output.length && found.length < names.length) {
    const lineEnd = output.indexOf(10, at);
    const header = output.toString("utf8", at, lineEnd);
    at = lineEnd + 1;
    const fields = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d+)$/.exec(header);
    if (fields === null) {
      found.push(undefined);
      continue;
    }
    const size = Number(fields[3]);
    found.push({
      oid: fields[1] ?? "",
      type: fields[2] as GitObject["type"],
      bytes: output.subarray(at, at + size),
    });
    at += size + 1;
  }
  return found;
}

export async function readObject(directory: string, name: string): Promise<GitObject | undefined> {
  if (name.includes("\n")) return undefined;
  return (await readObjects(directory, [name]))[0];
}
