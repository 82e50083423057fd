// Memory does not grow with what passes: a 60 MB push and a 200 MB clone keep the gateway's growth under 100 MB.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";

const megabyte = 1024 * 1024;
let gateway: LocalGateway;
let work: WorkTree;

beforeAll(async () => {
  gateway = await startGateway();
  work = await clone(remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"));
  // Random bytes do not shrink and have no deltas; trying would only cost git's time.
  for (const repository of [work.dir, bare()])
    for (const [name, value] of [
      ["core.compression", "0"],
      ["pack.window", "0"],
      ["core.bigFileThreshold", "1m"],
    ] as const)
      await work.git("-C", repository, "config", name, value);
  // What the heap takes once and keeps is not growth.
  await work.commit({ "warm.bin": randomBytes(20 * megabyte) }, "Warm up");
  await work.git("push", "--quiet", "origin", "HEAD:refs/heads/feature/warm");
}, 60_000);
afterAll(() => discard(gateway));

function bare(): string {
  return join(gateway.dataDir, "sandbox-github/repositories/acme/app.git");
}

/** From Linux's own count, in bytes: what is resident now, and the most there ever was. */
async function memory(field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid ?? 0}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
}

async function commitRandom(count: number, folder: string): Promise<string> {
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`${folder}/${at}.bin`, randomBytes(10 * megabyte)]),
  );
  return work.commit(files, `${count * 10} MB of noise`);
}

describe("memory", () => {
  it("grows by less than 100 MB for a push of 60 MB", async () => {
    const before = await memory("VmRSS");
    const commit = await commitRandom(6, "push");
    const result = await work.git("push", "origin", "HEAD:refs/heads/feature/large");
    expect(result.stderr).toContain("feature/large");
    expect(result.code).toBe(0);
    const { json } = await gateway.api("alice", "GET", "/repos/acme/app/git/ref/heads/feature/large");
    expect((json as { object: { sha: string } }).object.sha).toBe(commit);
    expect((await memory("VmHWM")) - before).toBeLessThan(100 * megabyte);
  }, 120_000);

  it("grows by less than 100 MB for a clone of 200 MB [DOS-02]", async () => {
    await commitRandom(20, "clone");
    expect((await work.git("push", "--quiet", bare(), "HEAD:refs/heads/feature/huge")).code).toBe(0);
    const before = await memory("VmRSS");
    const cloned = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"),
      "--branch",
      "feature/huge",
      "--single-branch",
    );
    expect((await cloned.git("rev-parse", "HEAD")).stdout).toBe((await work.git("rev-parse", "HEAD")).stdout);
    expect((await memory("VmHWM")) - before).toBeLessThan(100 * megabyte);
  }, 120_000);
});
