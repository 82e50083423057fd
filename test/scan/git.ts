// A real git repository in a temporary folder, driven by the real git, and packs as a push would carry them.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Oid } from "../../lambda/model/action.ts";
import type { Bytes } from "../../lambda/model/http.ts";

const env = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Alice",
  GIT_AUTHOR_EMAIL: "alice@example.com",
  GIT_COMMITTER_NAME: "Bob",
  GIT_COMMITTER_EMAIL: "bob@example.com",
};

export class Git {
  readonly folder: string;
  #minute = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Git> {
    const git = new Git(await mkdtemp(join(tmpdir(), "gatehouse-scan-")));
    await git.run("init", "-q", "-b", "main");
    return git;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async run(...args: string[]): Promise<string> {
    return (await this.pipe(args)).toString("utf8").trimEnd();
  }

  pipe(args: readonly string[], input: Bytes | string = ""): Promise<Buffer> {
    const date = `${1_700_000_000 + this.#minute * 60} +0100`;
    return new Promise((resolve, reject) => {
      const child = spawn("git", args, {
        cwd: this.folder,
        env: { ...env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      });
      const output: Buffer[] = [];
      const errors: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(output));
        else reject(new Error(`git ${args.join(" ")}: ${Buffer.concat(errors).toString("utf8")}`));
      });
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  }

  async write(path: string, content: Bytes | string): Promise<void> {
    const whole = join(this.folder, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, content);
  }

  /** Commits everything in the folder; returns the new commit. */
  async commit(message: string): Promise<Oid> {
    this.#minute += 1;
    await this.run("add", "-A");
    await this.run("commit", "-q", "--allow-empty", "-m", message);
    return this.run("rev-parse", "HEAD");
  }

  /** A self-contained pack of what `wants` reach and `haves` do not, as `git push` makes it under no-thin. */
  pack(wants: readonly string[], haves: readonly string[] = [], ...options: string[]): Promise<Buffer> {
    const revisions = [...wants, ...haves.map((have) => `^${have}`)].join("\n");
    return this.pipe(
      ["pack-objects", "--revs", "--stdout", "-q", "--delta-base-offset", ...options],
      `${revisions}\n`,
    );
  }

  /** A pack of exactly these objects. */
  packOf(oids: readonly Oid[], ...options: string[]): Promise<Buffer> {
    return this.pipe(["pack-objects", "--stdout", "-q", ...options], `${oids.join("\n")}\n`);
  }

  /** Stores an object that the porcelain would refuse. */
  async object(type: string, content: Bytes | string): Promise<Oid> {
    return (await this.pipe(["hash-object", "-t", type, "-w", "--stdin", "--literally"], content))
      .toString("utf8")
      .trim();
  }

  /** What GitHub would answer: only objects that `known` commits reach. */
  async upstream(...known: string[]): Promise<(kind: string, oid: Oid) => Promise<Bytes | undefined>> {
    const objects = new Map<string, Bytes>();
    const listed = known.length === 0 ? "" : await this.run("rev-list", "--objects", ...known);
    const oids = listed.split("\n").map((line) => `${line.slice(0, 40)}\n`);
    const batch = listed === "" ? Buffer.alloc(0) : await this.pipe(["cat-file", "--batch"], oids.join(""));
    for (let at = 0; at < batch.length;) {
      const end = batch.indexOf("\n", at);
      const [oid = "", type = "", size = "0"] = batch.toString("latin1", at, end).split(" ");
      objects.set(`${type} ${oid}`, batch.subarray(end + 1, end + 1 + Number(size)));
      at = end + 2 + Number(size);
    }
    return (kind, oid) => Promise.resolve(objects.get(`${kind} ${oid}`));
  }

  /** The oracle: `git diff --raw` as "status path", sorted by path. */
  async rawDiff(old: string, fresh: string): Promise<string[]> {
    const text = await this.pipe(["diff", "--raw", "--no-renames", "-z", "--no-abbrev", old, fresh]);
    const fields = text.toString("utf8").split("\0");
    const lines: string[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2)
      lines.push(`${(fields[at] ?? "").slice(1)} ${fields[at + 1] ?? ""}`);
    return lines.sort();
  }
}
