// What every escrow store keeps to.
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { streamOf } from "../../../lambda/model/http.ts";
import type { Bytes, ByteStream } from "../../../lambda/model/http.ts";
import { eachWith } from "./platform.ts";
import type { MakePlatform } from "./platform.ts";

const frame = 64 * 1024;

/** Bytes that differ from place to place, so that a wrong range shows. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  return bytes;
}

export async function collected(stream: ByteStream): Promise<Buffer> {
  const chunks: Bytes[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function escrowStoreContract(make: MakePlatform): void {
  const world = eachWith(make);
  const sizes = [0, 1, frame - 1, frame, frame + 1, 3 * frame];

  describe("escrow", () => {
    it.each(sizes)(
      "gives %d bytes back, with their length and SHA-256, also after a restart",
      async (size) => {
        const bytes = pattern(size);
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        const put = await world.platform.escrow.put("req_abc", streamOf(bytes));
        expect(put).toMatchObject({ id: "req_abc", bytes: size, sha256 });
        const { escrow } = await world.platform.restart();
        const found = await escrow.open("req_abc");
        expect(found).toMatchObject({ id: "req_abc", bytes: size, sha256 });
        expect((await collected(found?.stream() ?? streamOf())).equals(bytes)).toBe(true);
      },
    );

    it("reads any range of a body that came in any chunks", async () => {
      const shape = fc.record({
        cuts: fc.array(fc.nat(3 * frame + 100), { maxLength: 6 }),
        size: fc.oneof(fc.nat(300), fc.nat(3 * frame + 100), fc.constantFrom(...sizes)),
        reads: fc.array(fc.tuple(fc.nat(3 * frame + 200), fc.nat(2 * frame)), { minLength: 1, maxLength: 6 }),
      });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(shape, async ({ cuts, size, reads }) => {
          const bytes = pattern(size);
          const edges = [0, ...cuts.filter((cut) => cut <= size).sort((a, b) => a - b), size];
          const chunks = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
          const id = `req_${"abcdefghijklmnopqrstuvwxyz"[Math.floor((runs += 1) / 26)] ?? ""}${"abcdefghijklmnopqrstuvwxyz"[runs % 26] ?? ""}`;
          const object = await world.platform.escrow.put(id, streamOf(...chunks));
          for (const [offset, length] of reads) {
            const read = await object.read(offset, length);
            expect(bytes.subarray(offset, offset + length).equals(read)).toBe(true);
            expect(bytes.subarray(offset).equals(await collected(object.stream(offset)))).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    it("shows nothing of a body before all of it is stored", async () => {
      const { escrow } = world.platform;
      let seen: unknown = "not asked";
      await escrow.put(
        "req_abc",
        (async function* () {
          yield pattern(2 * frame);
          seen = await escrow.open("req_abc");
          yield pattern(10);
        })(),
      );
      expect(seen).toBeUndefined();
      await expect(escrow.open("req_abc")).resolves.toBeDefined();
    });

    it("passes on why the sender broke off, and keeps nothing", async () => {
      const gone = new Error("the client left");
      const put = world.platform.escrow.put(
        "req_abc",
        (async function* () {
          yield await Promise.resolve(pattern(2 * frame));
          throw gone;
        })(),
      );
      await expect(put).rejects.toBe(gone);
      await expect(world.platform.escrow.open("req_abc")).resolves.toBeUndefined();
      await expect(world.platform.escrow.list()).resolves.toEqual([]);
    });

    it("forgets what is removed, and removing twice is fine", async () => {
      const object = await world.platform.escrow.put("pln_abc", streamOf(pattern(100)));
      await world.platform.escrow.remove("pln_abc");
      await world.platform.escrow.remove("pln_abc");
      await expect(world.platform.escrow.open("pln_abc")).resolves.toBeUndefined();
      await expect(object.read(0, 1)).rejects.toMatchObject({ code: "GH_ESCROW_UNAVAILABLE" });
      await expect(collected(object.stream())).rejects.toMatchObject({ code: "GH_ESCROW_UNAVAILABLE" });
    });

    it("lists what it holds", async () => {
      await world.platform.escrow.put("req_bb", streamOf());
      await world.platform.escrow.put("pln_aa", streamOf());
      await expect(world.platform.escrow.list()).resolves.toEqual(["pln_aa", "req_bb"]);
    });

    it("does not let one body replace another", async () => {
      await world.platform.escrow.put("req_abc", streamOf(Buffer.from("first")));
      await expect(
        world.platform.escrow.put("req_abc", streamOf(Buffer.from("second"))),
      ).rejects.toMatchObject({
        code: "GH_ESCROW_UNAVAILABLE",
      });
      const found = await world.platform.escrow.open("req_abc");
      expect(Buffer.from((await found?.read(0, 10)) ?? []).toString()).toBe("first");
    });

    it("keeps its copy apart from what readers do to their bytes", async () => {
      const object = await world.platform.escrow.put("req_abc", streamOf(Buffer.from("abc")));
      (await object.read(0, 3)).fill(0);
      expect(Buffer.from(await object.read(0, 3)).toString()).toBe("abc");
    });

    it("refuses offsets that are not whole numbers from 0", async () => {
      const object = await world.platform.escrow.put("req_abc", streamOf(Buffer.from("abc")));
      for (const offset of [-1, 0.5, Number.NaN, Infinity]) {
        await expect(object.read(offset, 1)).rejects.toThrow(RangeError);
        await expect(collected(object.stream(offset))).rejects.toThrow(RangeError);
      }
    });

    it("refuses ids that could name another file", async () => {
      for (const id of ["", "partial", "../x", "req_", "req_a/b", "REQ_a"]) {
        await expect(world.platform.escrow.put(id, streamOf())).rejects.toThrow(TypeError);
        await expect(world.platform.escrow.open(id)).rejects.toThrow(TypeError);
      }
    });
  });
}
