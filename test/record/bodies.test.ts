// Recorded bodies: masked, bounded, committed to, and read back as they were.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordExists } from "../../lambda/model/errors.ts";
import type { Bytes } from "../../lambda/model/http.ts";
import type { Masker } from "../../lambda/model/masking.ts";
import { createBodyRecorder } from "../../lambda/record/body-recorder.ts";
import type { BodyRecorder } from "../../lambda/record/body-recorder.ts";
import { isCommittedBody, readBody } from "../../lambda/record/read-body.ts";

/** Masks every "s" and holds the last byte back until the end, as an engine does that waits for the rest of a secret. */
const masker: Pick<Masker, "stream"> = {
  stream() {
    let held = Buffer.alloc(0);
    let count = 0;
    const mask = (bytes: Buffer): Buffer => {
      const text = bytes.toString("latin1");
      count += text.split("s").length - 1;
      return Buffer.from(text.replaceAll("s", "*"), "latin1");
    };
    return {
      push(chunk) {
        const all = Buffer.concat([held, chunk]);
        held = all.subarray(Math.max(0, all.length - 1));
        return mask(all.subarray(0, Math.max(0, all.length - 1)));
      },
      end: () => mask(held),
      counts: () => [{ kind: "letter", count }],
    };
  },
};

interface Kept {
  readonly stored: Map<string, Bytes>;
  readonly recorder: (over?: { kind?: "json" | "text" | "binary"; limit?: number }) => BodyRecorder;
  readonly read: () => Promise<string | undefined>;
}

function kept(put?: () => Promise<void>): Kept {
  const stored = new Map<string, Bytes>();
  const bodies = {
    put:
      put ??
      ((name: string, bytes: Bytes) => {
        stored.set(name, bytes);
        return Promise.resolve();
      }),
    get: (name: string) => Promise.resolve(stored.get(name)),
  };
  const ids = { random: (bytes: number) => Buffer.alloc(bytes, 7) };
  const name = "req_aa/request";
  return {
    stored,
    recorder: ({ kind = "text", limit = 1_000 } = {}) =>
      createBodyRecorder({ name, mediaType: "text/plain", kind, masker, limit, bodies, ids }),
    read: async () => {
      const bytes = await readBody(bodies, name);
      return bytes && Buffer.from(bytes).toString("latin1");
    },
  };
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("recording a body", () => {
  it("masks raw bytes, keeps their length, and counts the masks", async () => {
    const { recorder, read } = kept();
    const body = recorder();
    body.push(bytes("no se"));
    body.push(bytes("crets"));
    const commitment = await body.finish();
    await expect(read()).resolves.toBe("no *ecret*");
    expect(commitment).toMatchObject({
      name: "req_aa/request",
      mediaType: "text/plain",
      bytes: 10,
      masks: [{ kind: "letter", count: 2 }],
      isTruncated: false,
    });
  });

  it("takes bytes that were masked on their way, with their counts by kind", async () => {
    const { recorder, read } = kept();
    const body = recorder();
    body.pushMasked(bytes("s stays"));
    const counts = [
      { kind: "jwt", count: 2 },
      { kind: "aws", count: 1 },
      { kind: "jwt", count: 1 },
      { kind: "npm", count: 0 },
    ];
    const commitment = await body.finish(counts);
    await expect(read()).resolves.toBe("s stays");
    expect(commitment.masks).toEqual([
      { kind: "aws", count: 1 },
      { kind: "jwt", count: 3 },
    ]);
  });

  it("does not take both into one body", () => {
    const raw = kept().recorder();
    raw.push(bytes("a"));
    expect(() => {
      raw.pushMasked(bytes("b"));
    }).toThrow(TypeError);
    const masked = kept().recorder();
    masked.pushMasked(bytes("a"));
    expect(() => {
      masked.push(bytes("b"));
    }).toThrow(TypeError);
  });

  it("of nothing is an empty body", async () => {
    const { recorder, read } = kept();
    await expect(recorder().finish()).resolves.toMatchObject({ bytes: 0, masks: [], isTruncated: false });
    await expect(read()).resolves.toBe("");
  });

  it("is whole at the limit and cut one byte past it", async () => {
    for (const [text, isTruncated] of [
      ["12345", false],
      ["123456", true],
    ] as const) {
      for (const push of ["push", "pushMasked"] as const) {
        const { recorder, read } = kept();
        const body = recorder({ limit: 5 });
        body[push](bytes(text));
        await expect(body.finish()).resolves.toMatchObject({ bytes: 5, isTruncated });
        await expect(read()).resolves.toBe("12345");
      }
    }
  });

  it("keeps nothing of a binary body, masked or not, and says so", async () => {
    for (const push of ["push", "pushMasked"] as const) {
      const { recorder, read } = kept();
      const body = recorder({ kind: "binary" });
      body[push](bytes("PK secret"));
      await expect(body.finish()).resolves.toMatchObject({ bytes: 0, isTruncated: true });
      await expect(read()).resolves.toBe("");
    }
  });

  it("is the same in any chunks: the first bytes, masked, up to the limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("s", "a", "b") })),
        fc.nat(30),
        async (chunks, limit) => {
          const { recorder, read } = kept();
          const body = recorder({ limit });
          for (const chunk of chunks) body.push(bytes(chunk));
          const whole = chunks.join("").replaceAll("s", "*");
          const commitment = await body.finish();
          expect(commitment.isTruncated).toBe(whole.length > limit);
          await expect(read()).resolves.toBe(whole.slice(0, limit));
        },
      ),
    );
  });

  it("does not notice when the sender reuses its buffer", async () => {
    const { recorder, read } = kept();
    const body = recorder();
    const buffer = bytes("abc");
    body.pushMasked(buffer);
    buffer.fill(0);
    await body.finish();
    await expect(read()).resolves.toBe("abc");
  });

  it("stores it compressed", async () => {
    const { recorder, stored } = kept();
    const body = recorder();
    body.pushMasked(Buffer.alloc(900, "a"));
    await body.finish();
    expect(stored.get("req_aa/request")?.length).toBeLessThan(100);
  });

  it("fails as an unavailable record when it cannot be stored", async () => {
    const { recorder } = kept(() => Promise.reject(new Error("disk full")));
    await expect(recorder().finish()).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
  });

  it("passes on that the name is taken", async () => {
    const { recorder } = kept(() => Promise.reject(new RecordExists("req_aa/request")));
    await expect(recorder().finish()).rejects.toThrow(RecordExists);
  });
});

describe("a commitment", () => {
  it("fits the very bytes, and no others", async () => {
    const { recorder } = kept();
    const body = recorder();
    body.pushMasked(bytes("abc"));
    const commitment = await body.finish();
    expect(isCommittedBody(commitment, bytes("abc"))).toBe(true);
    expect(isCommittedBody(commitment, bytes("abd"))).toBe(false);
    expect(isCommittedBody(commitment, bytes("ab"))).toBe(false);
    expect(isCommittedBody({ ...commitment, salt: "00" }, bytes("abc"))).toBe(false);
    expect(isCommittedBody({ ...commitment, hmac: "" }, bytes("abc"))).toBe(false);
  });
});

describe("reading a body", () => {
  it("that is not there gives undefined", async () => {
    await expect(kept().read()).resolves.toBeUndefined();
  });

  it("that was damaged throws", async () => {
    const { stored, read } = kept();
    stored.set("req_aa/request", bytes("not compressed"));
    await expect(read()).rejects.toThrow();
  });
});
