// The other side: a bare repository to which the real `git receive-pack` applies what it is sent.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bytes } from "../../lambda/model/http.ts";

export type Refs = ReadonlyMap<string, string>;

const env = { PATH: process.env.PATH, HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };

export class GitHub {
  readonly folder: string;
  readonly #objects: ChildProcessWithoutNullStreams;
  #heard = Buffer.alloc(0);
  #waiting: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string) {
    this.folder = folder;
    this.#objects = spawn("git", ["cat-file", "--batch"], { cwd: folder, env });
    this.#objects.stdout.on("data", (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#waiting?.();
    });
  }

  static async create(): Promise<GitHub> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-differential-"));
    await run(folder, ["init", "-q", "--bare", "-b", "main"]);
    for (const setting of [
      "receive.denyDeletes=false",
      "receive.denyDeleteCurrent=ignore",
      "receive.autogc=false",
      "gc.auto=0",
      "core.fsync=none",
    ])
      await run(folder, ["config", ...setting.split("=")]);
    return new GitHub(folder);
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.#objects.once("close", resolve));
    this.#objects.stdin.end();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What GitHub answers when the gateway asks for an object. */
  object(kind: string, oid: string): Promise<Bytes | undefined> {
    // One after the other: the answers carry no number.
    const answer = this.#last.then(() => this.#ask(kind, oid));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(kind: string, oid: string): Promise<Bytes | undefined> {
    this.#objects.stdin.write(`${oid}\n`);
    for (;;) {
      const end = this.#heard.indexOf("\n");
      if (end >= 0) {
        const [, type = "", size = "0"] = this.#heard.toString("latin1", 0, end).split(" ");
        const isMissing = type === "missing";
        const whole = isMissing ? end + 1 : end + 2 + Number(size);
        if (this.#heard.length >= whole) {
          const bytes = this.#heard.subarray(end + 1, end + 1 + Number(size));
          this.#heard = this.#heard.subarray(whole);
          return !isMissing && type === kind ? bytes : undefined;
        }
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async refs(): Promise<Refs> {
    const text = await run(this.folder, ["for-each-ref", "--format=%(objectname) %(refname)"]);
    const lines = text
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  /** The refs that the body changed, "old new ref" each, sorted; they are put back. */
  async received(body: Bytes, before: Refs): Promise<string[]> {
    await run(this.folder, ["receive-pack", "--stateless-rpc", "."], body);
    const after = await this.refs();
    const none = "0".repeat(40);
    const changed: string[] = [];
    const undo: string[] = [];
    for (const ref of new Set([...before.keys(), ...after.keys()])) {
      const [old = none, fresh = none] = [before.get(ref), after.get(ref)];
      if (old === fresh) continue;
      changed.push(`${old} ${fresh} ${ref}`);
      undo.push(old === none ? `delete ${ref}\n` : `update ${ref} ${old}\n`);
    }
    if (undo.length > 0) await run(this.folder, ["update-ref", "--stdin"], Buffer.from(undo.join("")));
    return changed.sort();
  }

  async set(ref: string, oid: string): Promise<void> {
    await run(this.folder, ["update-ref", ref, oid]);
  }

  /** `git diff --raw` as "status path", sorted. */
  async diff(old: string, fresh: string): Promise<string[]> {
    const args = ["diff", "--raw", "--no-renames", "-z", "--no-abbrev", old, fresh];
    const fields = (await run(this.folder, args)).toString("utf8").split("\0");
    const lines: string[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2)
      lines.push(`${(fields[at] ?? "").split(" ").at(-1) ?? ""} ${fields[at + 1] ?? ""}`);
    return lines.sort();
  }
}

/** Standard output, whatever the exit code says: a refusal is an answer too. */
function run(folder: string, args: readonly string[], input: Bytes = Buffer.alloc(0)): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: folder, env });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", reject);
    child.on("close", () => {
      resolve(Buffer.concat(output));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
