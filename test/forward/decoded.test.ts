// Compressed answers are opened in full or not passed on.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { decoded } from "../../lambda/forward/decoded.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { ByteStream } from "../../lambda/model/http.ts";
import { answerWith, bytesOf, chunksOf, codeOf } from "./stand-in.ts";

const text = Buffer.from(
  JSON.stringify({ lines: Array.from({ length: 150 }, (_unused, index) => `line ${index}`) }),
);
const limits = { ratio: 10, freeBytes: 1000, maxBytes: 1_000_000 };

function opened(coding: string, body: ByteStream): Promise<Buffer> {
  return bytesOf(decoded(answerWith(200, [["Content-Encoding", coding]], body)).body);
}

describe("an answer", () => {
  it.each([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["identity", text],
  ])("in %s is opened, also byte by byte", async (coding, body) => {
    expect(await opened(coding, chunksOf(body))).toEqual(text);
    expect(await opened(coding, chunksOf(...[...body].map((byte) => Buffer.from([byte]))))).toEqual(text);
  });

  it("of several gzip members is opened to its end", async () => {
    const body = Buffer.concat([gzipSync("first "), gzipSync("second")]);
    expect((await opened("gzip", chunksOf(body))).toString()).toBe("first second");
  });

  it("no longer says how it was encoded or how long it was", () => {
    const answer = decoded(
      answerWith(200, [
        ["content-encoding", "gzip"],
        ["content-length", "9"],
        ["etag", "x"],
      ]),
    );
    expect(answer.headers).toEqual([["etag", "x"]]);
  });

  it("without a body (HEAD, 304) stays without one", async () => {
    expect(await opened("gzip", chunksOf())).toHaveLength(0);
  });

  it("that is not encoded is the same object: nothing is copied", () => {
    const answer = answerWith(200, [["content-length", "3"]]);
    expect(decoded(answer)).toBe(answer);
  });
});

describe("an answer is not passed on", () => {
  it.each(["zstd", "dcb", "gzip, gzip", "gzip, br", "compress", "aes128gcm"])("in %s", (coding) => {
    expect(() => decoded(answerWith(200, [["Content-Encoding", coding]]))).toThrow(GateError);
  });

  it.each(["gzip", "deflate", "br"])("when its %s data is damaged or cut", async (coding) => {
    const body =
      coding === "gzip" ? gzipSync(text) : coding === "br" ? brotliCompressSync(text) : deflateSync(text);
    expect(await codeOf(opened(coding, chunksOf(body.subarray(0, -5))))).toBe("GH_UPSTREAM_UNREADABLE");
    expect(await codeOf(opened(coding, chunksOf("this is not compressed")))).toBe("GH_UPSTREAM_UNREADABLE");
  });

  it('when the connection broke, and says that rather than "damaged"', async () => {
    const body = (async function* () {
      yield await Promise.resolve(gzipSync(text).subarray(0, 50));
      throw new GateError("GH_UPSTREAM_TIMEOUT");
    })();
    expect(await codeOf(opened("gzip", body))).toBe("GH_UPSTREAM_TIMEOUT");
  });

  it("when it expands beyond the ratio, and passes just below it", async () => {
    const open = (body: Buffer) =>
      bytesOf(decoded(answerWith(200, [["content-encoding", "gzip"]], chunksOf(body)), limits).body);
    expect(await codeOf(open(gzipSync(Buffer.alloc(900_000))))).toBe("GH_UPSTREAM_UNREADABLE");
    await expect(open(gzipSync(Buffer.alloc(1000)))).resolves.toHaveLength(1000);
    expect(await codeOf(open(gzipSync(Buffer.alloc(1001))))).toBe("GH_UPSTREAM_UNREADABLE");
  });

  it("beyond the absolute limit, however well it compresses", async () => {
    const open = (bytes: number) =>
      bytesOf(
        decoded(answerWith(200, [["content-encoding", "gzip"]], chunksOf(gzipSync(Buffer.alloc(bytes)))), {
          ...limits,
          ratio: 1e6,
        }).body,
      );
    await expect(open(1_000_000)).resolves.toHaveLength(1_000_000);
    expect(await codeOf(open(1_000_001))).toBe("GH_UPSTREAM_UNREADABLE");
  });

  it("further when the client stops reading: the source is told", async () => {
    let isClosed = false;
    const source = (async function* () {
      try {
        for (;;) yield await Promise.resolve(gzipSync(text));
      } finally {
        isClosed = true;
      }
    })();
    for await (const chunk of decoded(answerWith(200, [["content-encoding", "gzip"]], source)).body) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(true);
  });
});
