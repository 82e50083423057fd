// The real git client, in a folder of its own, without the machine's settings.
import { spawn } from "node:child_process";
import { mkdtemp, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface GitResult {
  readonly code: number | null;
  readonly stdout: string;
  /** What a person sees: progress, `remote:` lines, errors. */
  readonly stderr: string;
}

export interface RunningGit {
  /** As `kill -9` of git and of its children. */
  kill(): void;
  /** Everything on standard error so far. */
  readonly seen: () => string;
  readonly done: Promise<GitResult>;
  /** Resolves when standard error contains the text; rejects when git ends before. */
  saw(text: string | RegExp): Promise<void>;
}

export interface WorkTree {
  readonly dir: string;
  git(...args: string[]): Promise<GitResult>;
  start(...args: string[]): RunningGit;
  /** Writes files and commits them; returns the commit's id. */
  commit(files: Record<string, string | Uint8Array | undefined>, message: string): Promise<string>;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "gatehouse-git-"));
}

/** `http://alice:token@host/acme/app.git` */
export function remoteUrl(gateway: string, login: string, token: string, repository: string): string {
  return `${gateway.replace("://", `://${login}:${token}@`)}/${repository}.git`;
}

/** Clones; throws with git's own words when that fails. */
export async function clone(url: string, ...options: string[]): Promise<WorkTree> {
  const dir = join(await temporaryFolder(), "work");
  const result = await startGit(dirname(dir), ["clone", "--quiet", ...options, url, dir]).done;
  if (result.code !== 0) throw new Error(`git clone failed: ${result.stderr}`);
  return workTree(dir);
}

export function workTree(dir: string, env: GitEnvironment = {}): WorkTree {
  const git = (...args: string[]): Promise<GitResult> => startGit(dir, args, env).done;
  return {
    dir,
    git,
    start: (...args) => startGit(dir, args, env),
    async commit(files, message) {
      for (const [name, content] of Object.entries(files)) {
        if (content === undefined) await git("rm", "--quiet", name);
        else {
          await mkdir(dirname(join(dir, name)), { recursive: true });
          await writeFile(join(dir, name), content);
          await git("add", name);
        }
      }
      const done = await git("commit", "--quiet", "--allow-empty", "-m", message);
      if (done.code !== 0) throw new Error(`git commit failed: ${done.stderr}`);
      return (await git("rev-parse", "HEAD")).stdout.trim();
    },
  };
}

/** Besides the machine's own variables. */
type GitEnvironment = Readonly<Record<string, string>>;

export function startGit(cwd: string, args: readonly string[], env: GitEnvironment = {}): RunningGit {
  const child = spawn("git", args, {
    cwd,
    // A process group of its own: git does its HTTP in a child, which must die with it.
    detached: true,
    env: {
      ...process.env,
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: "Alice Arden",
      GIT_AUTHOR_EMAIL: "alice@acme.example",
      GIT_COMMITTER_NAME: "Alice Arden",
      GIT_COMMITTER_EMAIL: "alice@acme.example",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const watcher of watchers) watcher();
  });
  const done = new Promise<GitResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, stdout, stderr });
      for (const watcher of watchers) watcher();
    });
  });
  return {
    kill: () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    },
    seen: () => stderr,
    done,
    saw: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === "string" ? stderr.includes(text) : text.test(stderr)) {
            watchers.delete(look);
            resolve();
          } else if (child.exitCode !== null)
            reject(new Error(`git ended before it said ${String(text)}: ${stderr}`));
        };
        watchers.add(look);
        look();
      }),
  };
}
