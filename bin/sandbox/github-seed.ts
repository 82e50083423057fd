// Makes the sandbox's repositories on the first start: real histories, written by one `git fast-import` each.
import { randomInt } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { git, gitLine } from "./github-git.ts";
import { people } from "./people.ts";
import { appHistory, siteHistory, vaultHistory, wikiHistory } from "./github-seed-files.ts";
import {
  threadsFile,
  wikiDirectory,
  type RepositoryState,
  type SandboxRepository,
} from "./github-repositories.ts";

/** One commit of a seed: files to write, on a branch, after what is there (or from another branch). */
export interface SeedCommit {
  readonly branch: string;
  readonly from?: string;
  readonly by: string;
  readonly daysAgo: number;
  readonly message: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Random secrets of the right shape, made here so that no real-looking one stands in a source file. */
export interface DemoSecrets {
  readonly gitHubToken: string;
  readonly awsKeyId: string;
  readonly awsSecretKey: string;
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? "").join("");
}

/** GitHub's token form: 30 random characters and their CRC-32 in base62, six digits. */
export function demoSecrets(): DemoSecrets {
  const random = pick(base62, 30);
  let rest = crc32(random);
  let sum = "";
  for (let digit = 0; digit < 6; digit += 1) {
    sum = (base62[rest % 62] ?? "") + sum;
    rest = Math.floor(rest / 62);
  }
  return {
    gitHubToken: `ghp_${random}${sum}`,
    awsKeyId: `AKIA${pick(base32, 16)}`,
    awsSecretKey: pick(`${base62}+/`, 40),
  };
}

const config = `[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tadvertiseAtomic = true
\tadvertisePushOptions = true
\tautogc = false
[gc]
\tauto = 0
`;

function history(repository: SandboxRepository): readonly SeedCommit[] {
  if (repository.name === "app") return appHistory(demoSecrets());
  return repository.name === "site" ? siteHistory() : vaultHistory(demoSecrets());
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** The fast-import stream of a history. */
export function importStream(commits: readonly SeedCommit[], nowMs: number): string {
  const branches = new Set<string>();
  return commits
    .map((commit) => {
      const author = people.find((person) => person.login === commit.by);
      const ident = `${author?.name ?? commit.by} <${author?.email ?? "unknown@acme.example"}>`;
      const seconds = Math.floor(nowMs / 1000) - commit.daysAgo * 86_400;
      const isFirst = !branches.has(commit.branch);
      branches.add(commit.branch);
      const from = isFirst && commit.from !== undefined ? `from refs/heads/${commit.from}\n` : "";
      const files = Object.entries(commit.files)
        .map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`)
        .join("");
      return `commit refs/heads/${commit.branch}\ncommitter ${ident} ${seconds} +0000\n${data(commit.message)}${from}${files}\n`;
    })
    .join("");
}

/** One open pull request, as if alice had opened it yesterday. */
async function firstThreads(directory: string, nowMs: number): Promise<string> {
  const at = new Date(nowMs - 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  const state: RepositoryState = {
    lastNumber: 1,
    lastCommentId: 0,
    threads: [
      {
        kind: "pull",
        number: 1,
        title: "Add discounts",
        body: "Rounds half a cent up.",
        user: "alice",
        headRef: "feature/discounts",
        baseRef: "main",
        headOid: await gitLine(directory, ["rev-parse", "refs/heads/feature/discounts"]),
        baseOid: await gitLine(directory, ["rev-parse", "refs/heads/main"]),
        state: "open",
        createdAt: at,
        updatedAt: at,
        isDraft: false,
      },
    ],
    comments: {},
  };
  return JSON.stringify(state);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Creates the repository and its wiki unless they are there. A start that was cut short leaves nothing half-made behind. */
export async function seedRepository(repository: SandboxRepository, nowMs: number): Promise<void> {
  await seeded(repository.directory, repository, history(repository), nowMs);
  if (repository.name === "app") await seeded(wikiDirectory(repository), repository, wikiHistory(), nowMs);
}

async function seeded(
  directory: string,
  { name, firstBranch }: SandboxRepository,
  commits: readonly SeedCommit[],
  nowMs: number,
): Promise<void> {
  if (await exists(directory)) return;
  const draft = `${directory}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(draft), { recursive: true });
  await git(dirname(draft), ["init", "--bare", "-q", "--template=", "-b", firstBranch, draft]);
  await writeFile(join(draft, "config"), config);
  await git(draft, ["fast-import", "--quiet", "--done"], `${importStream(commits, nowMs)}done\n`);
  if (name === "app" && !directory.endsWith(".wiki.git"))
    await writeFile(join(draft, threadsFile), await firstThreads(draft, nowMs));
  await rename(draft, directory);
}
