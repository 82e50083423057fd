// Whole packs made by the real git, compared with what git says is in them.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { defaultScanLimits } from "../../lambda/scan/limits.ts";
import { indexPack } from "../../lambda/scan/pack-index.ts";
import { entry, inMemory, oidOf, packOf } from "./escrow.ts";
import { Git } from "./git.ts";

let git: Git;
beforeAll(async () => {
  git = await Git.create();
});
afterAll(() => git.remove());

async function objectsOf(...revisions: string[]): Promise<string[]> {
  const listed = await git.run("rev-list", "--objects", ...revisions);
  const oids = listed.split("\n").map((line) => line.slice(0, 40));
  const types = await git.pipe(["cat-file", "--batch-check"], `${oids.join("\n")}\n`);
  return types.toString("utf8").trimEnd().split("\n").sort();
}

async function indexed(pack: Buffer, limits = defaultScanLimits): Promise<string[]> {
  const index = await indexPack(inMemory(pack), limits);
  return [...index.objects()].map(({ oid, type, size }) => `${oid} ${type} ${size}`).sort();
}

describe("indexing a pack that git made", () => {
  it("finds every object with its id, type and size, deltas by offset or by id alike", async () => {
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index} of a long file`);
    for (let round = 0; round < 60; round += 1) {
      lines[round * 5] = `changed in round ${round}`;
      await git.write("long.txt", lines.join("\n"));
      await git.write(`folder/${round}.txt`, `${round}`);
      await git.write("empty", "");
      await git.commit(`round ${round}`);
    }
    await git.run("tag", "-a", "v1", "-m", "first");
    const expected = await objectsOf("main", "v1");
    expect(await indexed(await git.pack(["main", "v1"], [], "--depth=60", "--window=60"))).toEqual(expected);
    const byId = await git.pipe(
      ["pack-objects", "--revs", "--stdout", "-q", "--depth=60", "--window=60", "--no-reuse-delta"],
      "main\nv1\n",
    );
    expect(await indexed(byId)).toEqual(expected);
  });

  it("reads the content of deltas and plain objects as git does", async () => {
    const index = await indexPack(inMemory(await git.pack(["main"])), defaultScanLimits);
    for (const { oid, type } of [...index.objects()].slice(0, 40)) {
      const read = await index.read(oid);
      expect(Buffer.from(read?.bytes ?? []).equals(await git.pipe(["cat-file", type, oid]))).toBe(true);
    }
  });

  it("hashes a blob of 10 MB without handing out its bytes", async () => {
    const big = randomBytes(10 * 1024 * 1024);
    const index = await indexPack(inMemory(packOf([entry(3, big)])), defaultScanLimits);
    expect(await index.read(oidOf("blob", big))).toEqual({ type: "blob", size: big.length });
  });

  it("reads 5,000 tiny objects", async () => {
    const blobs = Array.from({ length: 5_000 }, (_, number) => Buffer.from(`blob ${number}`));
    const index = await indexPack(inMemory(packOf(blobs.map((blob) => entry(3, blob)))), defaultScanLimits);
    expect(index.count).toBe(5_000);
    expect(index.has(oidOf("blob", Buffer.from("blob 4999")))).toBe(true);
    expect(index.has(oidOf("blob", Buffer.from("blob 5000")))).toBe(false);
  });

  it("reads a pack of no objects, as git sends when the server has every commit already", async () => {
    expect(await indexed(await git.pack(["main"], ["main"]))).toEqual([]);
  });
});
