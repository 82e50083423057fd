// Framing decides what is a command and what is a pack, so each length and each end is exact.
import { describe, expect, it } from "@jest/globals";
import { PacketError, PacketReader } from "../../lambda/classify/git-packets.ts";
import { streamOf, type Bytes, type ByteStream } from "../../lambda/model/http.ts";
import { textOf } from "./requests.ts";

const bytes = (text: string): Bytes => Buffer.from(text, "latin1");
const reader = (...chunks: string[]): PacketReader => new PacketReader(streamOf(...chunks.map(bytes)));

/** Counts what is taken from it, and whether it was told that nobody reads on. */
function watched(...chunks: string[]): { stream: ByteStream; seen: { reads: number; ends: number } } {
  const seen = { reads: 0, ends: 0 };
  const rest = chunks.map(bytes);
  const stream: ByteStream = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        seen.reads += 1;
        const value = rest.shift();
        return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
      },
      return: () => {
        seen.ends += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { stream, seen };
}

describe("a packet", () => {
  it.each([
    ["0000", { is: "flush" }],
    ["0001", { is: "delimiter" }],
    ["0002", { is: "response-end" }],
    ["", { is: "end" }],
    ["0005x", { is: "data", payload: bytes("x") }],
    [`fff0${"x".repeat(65_516)}`, { is: "data", payload: bytes("x".repeat(65_516)) }],
  ])("%j is read as what it is", async (text, expected) => {
    const read = await reader(text).packet();
    expect(read.is === "data" ? { ...read, payload: Buffer.from(read.payload) } : read).toEqual(expected);
  });

  it.each([
    ["0003", "cannot have the length 0003"],
    ["0004", "cannot have the length 0004"],
    [`fff1${"x".repeat(65_517)}`, "cannot have the length fff1"],
    ["00AF", "not four lower-case hex digits"],
    ["0x05", "not four lower-case hex digits"],
    ["005\n", "not four lower-case hex digits"],
    ["00", "ends in the middle"],
    ["0006", "ends in the middle"],
    ["0006x", "ends in the middle"],
  ])("%j is refused", async (text, why) => {
    const read = reader(text).packet();
    await expect(read).rejects.toThrow(PacketError);
    await expect(read).rejects.toThrow(why);
  });

  it("is the same however the stream is cut, with empty chunks between", async () => {
    const cut = reader("00", "", "0", "6", "a", "b0", "000");
    expect(await cut.packet()).toMatchObject({ is: "data", payload: Buffer.from("ab") });
    expect(await cut.packet()).toEqual({ is: "flush" });
    expect(await cut.packet()).toEqual({ is: "end" });
  });
});

describe("the reader", () => {
  it("takes no more of the stream than it is asked for", async () => {
    const { stream, seen } = watched("0005x", "PACK", "more");
    const packets = new PacketReader(stream);
    await packets.packet();
    expect(seen.reads).toBe(1);
    await packets.peek(4);
    expect(seen.reads).toBe(2);
  });

  it("shows what comes next without taking it, and fewer bytes only at the end", async () => {
    const packets = reader("PA", "CK!");
    expect(Buffer.from(await packets.peek(4)).toString()).toBe("PACK");
    expect(Buffer.from(await packets.peek(9)).toString()).toBe("PACK!");
    expect(await textOf(packets.rest())).toBe("PACK!");
  });

  it("gives everything behind the packets, once", async () => {
    const packets = reader("0005xPA", "", "CK");
    await packets.packet();
    expect(await textOf(packets.rest())).toBe("PACK");
    expect(await packets.packet()).toEqual({ is: "end" });
  });

  it("tells the stream once that nobody reads on", async () => {
    const { stream, seen } = watched("0005x", "more");
    const packets = new PacketReader(stream);
    await packets.packet();
    await packets.close();
    await packets.close();
    expect(seen.ends).toBe(1);
  });

  it("tells the stream so when the one who reads the rest stops", async () => {
    const { stream, seen } = watched("a", "b", "c");
    for await (const chunk of new PacketReader(stream).rest()) if (chunk.length > 0) break;
    expect(seen.ends).toBe(1);
  });

  it("does not tell a stream that ended by itself, nor one that cannot be told", async () => {
    const { stream, seen } = watched("a");
    expect(await textOf(new PacketReader(stream).rest())).toBe("a");
    expect(seen.ends).toBe(0);
    const deaf: ByteStream = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: bytes("0000") }) }),
    };
    await expect(new PacketReader(deaf).close()).resolves.toBeUndefined();
  });
});
