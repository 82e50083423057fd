// Escrow files that somebody changed, moved or cut are refused, and the disk never shows what is in them.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { streamOf } from "../../../lambda/model/http.ts";
import { openLocalPlatform } from "../../../lambda/platform/local/platform.ts";
import type { LocalPlatform } from "../../../lambda/platform/local/platform.ts";
import { collected, pattern } from "../contract/escrow-store.ts";
import { steeredClock } from "../steered-clock.ts";
import { scratchFolder } from "./scratch.ts";

let folder = "";
let open: LocalPlatform[] = [];

beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  for (const platform of open) await platform.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function start(): Promise<LocalPlatform> {
  const platform = await openLocalPlatform(folder, {
    clock: steeredClock(),
    onDue: () => Promise.resolve(undefined),
    onApproved: () => Promise.resolve(),
    onGivenUp: () => undefined,
  });
  open.push(platform);
  return platform;
}

describe("escrow", () => {
  const frame = 64 * 1024;

  async function tampered(change: (file: Buffer) => Buffer): Promise<void> {
    const { escrow } = await start();
    await escrow.put("req_abc", streamOf(pattern(2 * frame + 10)));
    const file = join(folder, "escrow", "req_abc");
    await writeFile(file, change(await readFile(file)));
    const object = await escrow.open("req_abc");
    await collected(object?.stream() ?? streamOf());
  }

  it("on disk shows nothing of the plain bytes and nobody else may read it", async () => {
    const { escrow } = await start();
    await escrow.put("req_abc", streamOf(Buffer.from("a very plain text")));
    const file = join(folder, "escrow", "req_abc");
    expect((await readFile(file)).includes("plain")).toBe(false);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, (file: Buffer) => Buffer]>([
    ["a flipped bit in its data", (file) => file.with(200, (file[200] ?? 0) ^ 1) as Buffer],
    ["a flipped bit in its key", (file) => file.with(30, (file[30] ?? 0) ^ 1) as Buffer],
    ["a cut end", (file) => file.subarray(0, -1)],
    ["a cut frame", (file) => Buffer.concat([file.subarray(0, 68), file.subarray(68 + frame + 16)])],
    [
      "two frames swapped",
      (file) =>
        Buffer.concat([
          file.subarray(0, 68),
          file.subarray(68 + frame + 16, 68 + 2 * (frame + 16)),
          file.subarray(68, 68 + frame + 16),
          file.subarray(68 + 2 * (frame + 16)),
        ]),
    ],
    ["nothing left in it", () => Buffer.alloc(0)],
  ])("with %s is refused", async (_what, change) => {
    await expect(tampered(change)).rejects.toMatchObject({ code: "GH_ESCROW_UNAVAILABLE" });
  });

  it("never shows that two of its frames are equal", async () => {
    const { escrow } = await start();
    await escrow.put("req_abc", streamOf(Buffer.alloc(2 * frame + 10)));
    const file = await readFile(join(folder, "escrow", "req_abc"));
    const [first, second] = [0, 1].map((index) => file.subarray(68 + index * (frame + 16)).subarray(0, 32));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
  });

  it("of one plan cannot be passed off as another's", async () => {
    const { escrow } = await start();
    await escrow.put("pln_aa", streamOf(Buffer.from("good")));
    await writeFile(join(folder, "escrow", "pln_bb"), await readFile(join(folder, "escrow", "pln_aa")));
    await expect(escrow.open("pln_bb")).rejects.toMatchObject({ code: "GH_ESCROW_UNAVAILABLE" });
  });

  it("that cannot be stored is refused, and leaves nothing", async () => {
    const { escrow } = await start();
    await rm(join(folder, "escrow", "partial"), { recursive: true });
    await expect(escrow.put("req_abc", streamOf(Buffer.from("x")))).rejects.toMatchObject({
      code: "GH_ESCROW_UNAVAILABLE",
    });
    await expect(escrow.open("req_abc")).resolves.toBeUndefined();
  });
});
