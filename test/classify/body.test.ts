// No body makes the gateway hold more than its limit, however small it is on the wire.
import { describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { collected, decoded, requireNoBody } from "../../lambda/classify/body.ts";
import { streamOf, type Bytes } from "../../lambda/model/http.ts";
import { codeOf } from "./requests.ts";

const mebibyte = 1024 * 1024;
const limit = { bytes: 8 * mebibyte, operation: "x/y" };
const gunzipped = (...wire: Bytes[]): Promise<Bytes> => collected(streamOf(...wire), "gzip", limit);

describe("a gzip body", () => {
  it("of a MiB may be as small on the wire as it likes", async () => {
    expect(await gunzipped(gzipSync(Buffer.alloc(mebibyte)))).toHaveLength(mebibyte);
  });

  it("of more than a MiB may be a hundred times its size on the wire, and no more", async () => {
    expect(await codeOf(gunzipped(gzipSync(Buffer.alloc(2 * mebibyte))))).toBe("GH_BODY_TOO_LARGE");
    const mixed = Buffer.concat([randomBytes(64 * 1024), Buffer.alloc(2 * mebibyte)]);
    expect(await gunzipped(gzipSync(mixed))).toHaveLength(mixed.length);
  });

  it("is the same in one chunk and in many", async () => {
    const text = randomBytes(100_000);
    const wire = gzipSync(text);
    const cut = Array.from({ length: Math.ceil(wire.length / 1000) }, (_, at) =>
      wire.subarray(at * 1000, at * 1000 + 1000),
    );
    expect(text.equals(await gunzipped(wire))).toBe(true);
    expect(text.equals(await gunzipped(...cut))).toBe(true);
  });

  it("that is cut short is refused, and what the client's stream threw is thrown on", async () => {
    const wire = gzipSync(randomBytes(1000));
    expect(await codeOf(gunzipped(wire.subarray(0, 500)))).toBe("GH_BAD_BODY");
    const broken = async function* () {
      yield wire.subarray(0, 500);
      await Promise.resolve();
      throw new Error("the client left");
    };
    await expect(collected(broken(), "gzip", limit)).rejects.toThrow("the client left");
  });
});

describe("a plain body", () => {
  const plain = (...chunks: string[]) =>
    collected(streamOf(...chunks.map((text) => Buffer.from(text))), "identity", {
      bytes: 6,
      operation: "x/y",
    });

  it("is whole in any number of chunks", async () => {
    expect(Buffer.from(await plain()).toString()).toBe("");
    expect(Buffer.from(await plain("abc")).toString()).toBe("abc");
    expect(Buffer.from(await plain("abc", "", "def")).toString()).toBe("abcdef");
  });

  it("may be as long as its limit, and not a byte longer", async () => {
    expect(await codeOf(plain("abc", "def"))).toBe("passed");
    expect(await codeOf(plain("abc", "defg"))).toBe("GH_BODY_TOO_LARGE");
  });

  it("is not read ahead of its limit", async () => {
    let reads = 0;
    const endless = async function* () {
      for (;;) {
        reads += 1;
        yield Buffer.alloc(4);
        await Promise.resolve();
      }
    };
    const body = decoded(endless(), "identity", { bytes: 10, operation: "x/y" });
    expect(await codeOf(collected(body, "identity", limit))).toBe("GH_BODY_TOO_LARGE");
    expect(reads).toBe(3);
  });
});

describe("a request that takes no body", () => {
  it("may bring empty chunks, and not one byte", async () => {
    expect(await codeOf(requireNoBody(streamOf(Buffer.alloc(0), Buffer.alloc(0)), "GET"))).toBe("passed");
    expect(await codeOf(requireNoBody(streamOf(Buffer.alloc(0), Buffer.alloc(1)), "GET"))).toBe(
      "GH_BAD_BODY",
    );
  });
});
