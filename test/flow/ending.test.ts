// The end of an answer waits for its outcome; nothing else does.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { endingWith, type EndCause, type Ending } from "../../lambda/flow/ending.ts";
import { streamOf } from "../../lambda/model/http.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (chunks: Uint8Array[]): string => Buffer.concat(chunks).toString();

interface Watched {
  readonly settled: { cause: EndCause["is"]; bytes: number }[];
  readonly ending: Ending;
}

function watched(
  options: Partial<Pick<Ending, "tailBytes" | "contentLength" | "drainsWhenCut">> = {},
): Watched {
  const settled: Watched["settled"] = [];
  const ending: Ending = {
    tailBytes: 0,
    drainsWhenCut: false,
    ...options,
    settle: (cause, count) => {
      settled.push({ cause: cause.is, bytes: count });
      return Promise.resolve();
    },
  };
  return { settled, ending };
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe("an ending", () => {
  it("passes the same bytes on, whatever the chunks, the tail and the length, and settles once as whole", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 12 })),
        fc.nat(8),
        fc.boolean(),
        async (chunks, tailBytes, isLengthKnown) => {
          const all = Buffer.concat(chunks);
          const { settled, ending } = watched({
            tailBytes,
            ...(isLengthKnown ? { contentLength: all.length } : {}),
          });
          const out = Buffer.concat(await read(endingWith(streamOf(...chunks), ending)));
          expect(out.equals(all)).toBe(true);
          expect(settled).toEqual([{ cause: "whole", bytes: all.length }]);
        },
      ),
    );
  });

  it("gives out everything but the last bytes of a known length before it settles", async () => {
    const { settled, ending } = watched({ contentLength: 6 });
    const iterator = endingWith(streamOf(bytes("abc"), bytes("def")), ending)[Symbol.asyncIterator]();
    expect(text([(await iterator.next()).value as Uint8Array])).toBe("abc");
    expect(settled).toEqual([]);
    expect(text([(await iterator.next()).value as Uint8Array])).toBe("def");
    expect(settled).toEqual([{ cause: "whole", bytes: 6 }]);
  });

  it("keeps git's last flush back until it has settled", async () => {
    const { settled, ending } = watched({ tailBytes: 4 });
    const iterator = endingWith(streamOf(bytes("packet0000")), ending)[Symbol.asyncIterator]();
    expect(text([(await iterator.next()).value as Uint8Array])).toBe("packet");
    expect(settled).toEqual([]);
    expect(text([(await iterator.next()).value as Uint8Array])).toBe("0000");
    expect(settled.length).toBe(1);
  });

  it("never ends when the outcome cannot be written", async () => {
    const failing: Ending = {
      tailBytes: 4,
      drainsWhenCut: false,
      settle: () => Promise.reject(new Error("disk full")),
    };
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of endingWith(streamOf(bytes("packet0000")), failing)) chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow("disk full");
    expect(text(chunks)).toBe("packet");
  });

  it("settles as cut when the client leaves before the first byte", async () => {
    const { settled, ending } = watched();
    const iterator = endingWith(streamOf(bytes("abc")), ending)[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(settled).toEqual([{ cause: "cut", bytes: 0 }]);
    expect((await iterator.next()).done).toBe(true);
  });

  it("reads a write to its end when the client leaves, and then settles as cut with all bytes counted", async () => {
    const { settled, ending } = watched({ drainsWhenCut: true });
    let isReadToEnd = false;
    const source = (async function* () {
      yield await Promise.resolve(bytes("abc"));
      yield bytes("def");
      isReadToEnd = true;
    })();
    const iterator = endingWith(source, ending)[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    expect(isReadToEnd).toBe(true);
    expect(settled).toEqual([{ cause: "cut", bytes: 6 }]);
  });

  it("settles as failed, and throws on, when the source breaks off", async () => {
    const { settled, ending } = watched();
    const source = (async function* () {
      yield await Promise.resolve(bytes("abc"));
      throw new Error("upstream died");
    })();
    await expect(read(endingWith(source, ending))).rejects.toThrow("upstream died");
    expect(settled).toEqual([{ cause: "failed", bytes: 3 }]);
  });
});
