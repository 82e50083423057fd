// Packs that git would refuse, or that were made to hurt: every one ends in a clear refusal.
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { GateError } from "../../lambda/model/errors.ts";
import type { ScanLimits } from "../../lambda/scan/limits.ts";
import { defaultScanLimits } from "../../lambda/scan/limits.ts";
import { indexPack } from "../../lambda/scan/pack-index.ts";
import { entry, inMemory, oidOf, packOf, sealed } from "./escrow.ts";
import { Git } from "./git.ts";

const index = (pack: Buffer, limits: Partial<ScanLimits> = {}) =>
  indexPack(inMemory(pack), { ...defaultScanLimits, ...limits });
const blob = (text: string): Buffer => entry(3, Buffer.from(text));
/** Base size, result size, instructions. */
const delta = (base: number, result: number, ...instructions: number[]): Buffer =>
  Buffer.from([base, result, ...instructions]);
const insert = (text: string): number[] => [text.length, ...Buffer.from(text)];

describe("a sound pack", () => {
  it("may hold a delta that stands before its base", async () => {
    const base = Buffer.from("base");
    const made = entry(7, delta(4, 5, 0x90, 4, ...insert("!")), Buffer.from(oidOf("blob", base), "hex"));
    const read = await index(packOf([made, entry(3, base)]));
    expect((await read.read(oidOf("blob", Buffer.from("base!"))))?.bytes).toEqual(
      new Uint8Array(Buffer.from("base!")),
    );
  });

  it("may copy 65,536 bytes with a size of zero", async () => {
    const base = Buffer.alloc(70_000, "x");
    const sizes = [0xf0, 0xa2, 0x04, 0x80, 0x80, 0x04];
    const made = entry(7, Buffer.from([...sizes, 0x80]), Buffer.from(oidOf("blob", base), "hex"));
    expect((await index(packOf([entry(3, base), made]))).has(oidOf("blob", base.subarray(0, 65_536)))).toBe(
      true,
    );
  });

  it("may hold the empty blob", async () => {
    expect((await index(packOf([blob("")]))).count).toBe(1);
  });
});

const wrongSum = (stream: Buffer): Buffer => stream.fill(0, stream.length - 1);
const absent = Buffer.alloc(20, 7);
const after = (head: number, distance: number, content: Buffer): Buffer =>
  packOf([blob("base"), entry(head, content, Buffer.from([distance]))]);
const distance = blob("base").length;

describe("a pack is refused when it", () => {
  it.each<[string, () => Buffer, string]>([
    ["is shorter than an empty pack", () => Buffer.from("PACK"), "shorter"],
    ["does not begin with PACK", () => sealed(Buffer.from("JUNK00000000")), "PACK"],
    ["has another version", () => packOf([], 0, 3), "version 3"],
    [
      "was changed on the way",
      () => Buffer.concat([packOf([blob("x")]).subarray(0, -1), Buffer.from([0])]),
      "checksum",
    ],
    ["announces more than it holds", () => packOf([blob("x")], 2), "more objects|middle"],
    ["announces billions of objects", () => packOf([], 400_000), "more objects"],
    ["holds more than it announces", () => packOf([blob("x"), blob("y")], 1), "bytes follow"],
    [
      "has bytes before its trailer",
      () => sealed(Buffer.concat([packOf([blob("x")]).subarray(0, -20), Buffer.alloc(30)])),
      "bytes follow",
    ],
    ["holds an object of type 0", () => packOf([entry(0, Buffer.from("x"))]), "type 0"],
    ["holds an object of type 5", () => packOf([entry(5, Buffer.from("x"))]), "type 5"],
    [
      "says an object is longer than it is",
      () => packOf([entry(3, Buffer.from("x"), undefined, 2)]),
      "not as long",
    ],
    [
      "says an object is shorter than it is",
      () => packOf([entry(3, Buffer.from("xyz"), undefined, 2)]),
      "longer",
    ],
    ["says that something is empty", () => packOf([entry(3, Buffer.from("x"), undefined, 0)]), "not as long"],
    ["holds the same object twice", () => packOf([blob("x"), blob("x")]), "twice"],
    [
      "holds a delta against something outside",
      () => packOf([blob("x"), entry(7, delta(1, 1, ...insert("y")), absent)]),
      "no-thin",
    ],
    [
      "holds a delta that points between objects",
      () => after(6, distance - 1, delta(4, 1, ...insert("y"))),
      "earlier object",
    ],
    ["holds a delta that points at itself", () => after(6, 0, delta(4, 1, ...insert("y"))), "earlier object"],
    [
      "holds a delta for a base of another size",
      () => after(6, distance, delta(3, 1, ...insert("y"))),
      "another size",
    ],
    [
      "holds a delta that copies from beyond its base",
      () => after(6, distance, delta(4, 5, 0x90, 5)),
      "beyond",
    ],
    ["holds a delta with instruction 0", () => after(6, distance, delta(4, 1, 0)), "reserved"],
    ["holds a delta that writes too little", () => after(6, distance, delta(4, 3, ...insert("y"))), "less"],
    ["holds a delta that writes too much", () => after(6, distance, delta(4, 1, ...insert("yy"))), "more"],
    ["holds a delta that is cut off", () => after(6, distance, delta(4, 3, 3, 65)), "middle"],
    [
      "holds a stream that is no zlib",
      () => packOf([Buffer.concat([Buffer.from([0x31]), Buffer.alloc(20, 1)])]),
      "decompressed",
    ],
    [
      "holds a stream with a wrong checksum",
      () => packOf([Buffer.concat([Buffer.from([0x31]), wrongSum(deflateSync("x"))])]),
      "decompressed",
    ],
  ])("%s", async (_, pack, why) => {
    await expect(index(pack())).rejects.toMatchObject({
      code: "GH_BAD_PACK",
      details: { why: expect.stringMatching(new RegExp(why)) },
    });
  });

  it("has a big blob that is shorter, longer or damaged", async () => {
    const content = Buffer.alloc(3_000_000, "abcdefgh");
    const cut = packOf([entry(3, content).subarray(0, -20), Buffer.alloc(20)], 1);
    const packs = [
      packOf([entry(3, content, undefined, 3_000_001)]),
      packOf([entry(3, content, undefined, 2_999_999)]),
      cut,
    ];
    for (const pack of packs) await expect(index(pack)).rejects.toMatchObject({ code: "GH_BAD_PACK" });
  });
});

describe("a pack beyond the limits is not read", () => {
  const zeros = (megabytes: number): Buffer => entry(3, Buffer.alloc(megabytes * 1024 * 1024));

  it.each<[string, () => Buffer, Partial<ScanLimits>]>([
    ["too many bytes", () => packOf([blob("x")]), { packBytes: 40 }],
    ["too many objects", () => packOf([blob("x"), blob("y")]), { packObjects: 1 }],
    [
      "a blob that unpacks to far more than it weighs",
      () => packOf([zeros(40)]),
      { inflatedFloorBytes: 1_000_000 },
    ],
    ["a tree too big to hold", () => packOf([entry(2, Buffer.alloc(2_000))]), { heldBytes: 1_000 }],
    [
      "a delta that would grow too big",
      () => after(6, distance, Buffer.from([4, 0x80, 0x80, 0x80, 0x80, 0x10])),
      {},
    ],
  ])("%s", async (_, pack, limits) => {
    await expect(index(pack(), limits)).rejects.toMatchObject({ code: "GH_SCAN_UNAVAILABLE" });
  });

  it.each([
    [3, true],
    [2, false],
  ])("a chain of three deltas with a limit of %d is read: %s", async (deltaDepth, isRead) => {
    const contents = ["base", "base1", "base12", "base123"].map((text) => Buffer.from(text));
    const chain = contents.slice(1).map((content, at) => {
      const base = contents[at] ?? content;
      const made = delta(base.length, content.length, 0x90, base.length, ...insert(String(at + 1)));
      return entry(7, made, Buffer.from(oidOf("blob", base), "hex"));
    });
    const reading = index(packOf([entry(3, Buffer.from("base")), ...chain]), { deltaDepth });
    const count = await reading.then(
      (read) => read.count,
      () => undefined,
    );
    expect(count).toBe(isRead ? 4 : undefined);
  });

  it("a store that breaks off", async () => {
    const object = { ...inMemory(packOf([blob("x")])), read: () => Promise.reject(new Error("disk")) };
    await expect(indexPack(object, defaultScanLimits)).rejects.toMatchObject({ code: "GH_SCAN_UNAVAILABLE" });
  });
});

describe("a real pack that was mutated", () => {
  let git: Git;
  let pack: Buffer;
  let oids: ReadonlySet<string>;
  beforeAll(async () => {
    git = await Git.create();
    const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`);
    for (let round = 0; round < 8; round += 1) {
      lines[round * 7] = `round ${round}`;
      await git.write("folder/file.txt", lines.join("\n"));
      await git.commit(`round ${round}`);
    }
    pack = await git.pack(["main"]);
    oids = new Set([...(await index(pack)).objects()].map(({ oid }) => oid));
  });
  afterAll(() => git.remove());

  it("is refused from the catalogue, or read with the same objects, never anything else", async () => {
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ cut: fc.nat() }),
      fc.record({ at: fc.nat(), remove: fc.integer({ min: 1, max: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (mutations, isSealed) => {
          let bytes = Buffer.from(pack.subarray(0, -20));
          for (const change of mutations) {
            if ("flip" in change) {
              const at = change.at % bytes.length;
              bytes[at] = (bytes[at] ?? 0) ^ change.flip;
            } else if ("cut" in change) bytes = bytes.subarray(0, Math.max(1, change.cut % bytes.length));
            else {
              const at = change.at % bytes.length;
              bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.remove)]);
              if (bytes.length === 0) bytes = Buffer.from([0]);
            }
          }
          const mutated = isSealed ? sealed(bytes) : Buffer.concat([bytes, pack.subarray(-20)]);
          try {
            const read = await index(mutated);
            // Only what zlib ignores may differ: an id stands for its content.
            expect([...read.objects()].every(({ oid, type }) => oids.has(oid) || type === "blob")).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(GateError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
