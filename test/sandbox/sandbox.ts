// Starts the sandbox's GitHub on a folder of its own, and runs the real git client against it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitHub, type SandboxGitHub } from "../../bin/sandbox/github.ts";

export const upstreamToken = `upstream-${"x".repeat(20)}`;

export interface Sandbox {
  readonly github: SandboxGitHub;
  readonly folder: string;
  /** REST with the upstream token; the JSON answer is in `json`. */
  readonly rest: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<RestAnswer>;
  /** The address of a repository with the upstream token in it. */
  remote(fullName: string): string;
  end(): Promise<void>;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Shown;
}

/** The fields of GitHub's many forms that tests use by name; the rest is compared whole. */
export interface Shown {
  readonly id: number;
  readonly number: number;
  readonly sha: string;
  readonly content: string;
  readonly object: { readonly sha: string };
  readonly commit: { readonly sha: string };
  readonly parents: readonly { readonly sha: string }[];
  readonly tree: readonly { readonly path: string }[];
  readonly files: readonly { readonly patch: string }[];
}

export async function startSandbox(folder?: string): Promise<Sandbox> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "gatehouse-sandbox-")));
  const github = await startGitHub({
    dataDir: join(home, "github"),
    port: 0,
    token: upstreamToken,
    clock: () => Date.UTC(2026, 0, 15),
  });
  return {
    github,
    folder: home,
    rest: async (method, path, body, headers = {}) => {
      const answer = await fetch(`${github.url}/api/v3${path}`, {
        method,
        headers: { authorization: `Bearer ${upstreamToken}`, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        json: (isJson && text !== "" ? JSON.parse(text) : undefined) as Shown,
      };
    },
    remote: (fullName) => `${github.url.replace("//", `//x-access-token:${upstreamToken}@`)}/${fullName}.git`,
    end: async () => {
      await github.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export interface GitEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The real git client; a failure is an answer too. */
export function git(directory: string, ...args: string[]): Promise<GitEnd> {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@acme.example",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@acme.example",
  };
  return new Promise((resolve) => {
    execFile("git", args, { cwd: directory, env, timeout: 25_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out: out.trim(), err: err.trim() });
    });
  });
}
