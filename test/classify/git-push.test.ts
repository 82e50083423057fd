import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { asAtomic, pushPreamble, readPush } from "../../lambda/classify/git-push.ts";
import type { PushRequest } from "../../lambda/model/action.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { streamOf, type Bytes } from "../../lambda/model/http.ts";
import { codeOf, textOf, toStream } from "./requests.ts";
import { a, b, body, caps, first, pack, pkt, zero } from "./pushes.ts";

const read = (text: string | Bytes): Promise<PushRequest> => readPush(toStream(text), 1000);

async function whyRefused(text: string): Promise<string> {
  try {
    await read(text);
    return "passed";
  } catch (error) {
    if (error instanceof GateError && error.code === "GH_BAD_PUSH") return error.details.why ?? "";
    throw error;
  }
}

describe("readPush", () => {
  it("reads the whole command list, protected branch last", async () => {
    const push = await read(body(first, `${zero} ${b} refs/heads/new`, `${a} ${zero} refs/heads/main`));
    expect(push.commands).toEqual([
      { old: a, new: b, ref: "refs/heads/dev" },
      { old: zero, new: b, ref: "refs/heads/new" },
      { old: a, new: zero, ref: "refs/heads/main" },
    ]);
    expect(push.isProbe).toBe(false);
    expect(await textOf(push.pack)).toBe(pack);
  });

  it("rebuilds the preamble byte for byte as git wrote it", async () => {
    const text = body(first, `${zero} ${b} refs/heads/new`);
    expect(Buffer.from((await read(text)).preamble).toString()).toBe(text.slice(0, -pack.length));
  });

  it("reads one optional newline away from later commands", async () => {
    const push = await read(body(first, `${zero} ${b} refs/heads/new\n`));
    expect(push.commands[1]?.ref).toBe("refs/heads/new");
  });

  it("reads shallow lines before the commands, and keeps them", async () => {
    const push = await read(body(`shallow ${a}`, `shallow ${b}\n`, first));
    expect(push.shallow).toEqual([a, b]);
    expect(Buffer.from(push.preamble).toString()).toContain(`0035shallow ${a}\n0035shallow ${b}\n`);
  });

  it("reads push options that were negotiated, and keeps them", async () => {
    const text = `${pkt(`${a} ${b} refs/heads/dev\0${caps} push-options`)}0000${pkt("gatehouse.reason=hotfix 42")}0000${pack}`;
    const push = await read(text);
    expect(push.options).toEqual(["gatehouse.reason=hotfix 42"]);
    expect(Buffer.from(push.preamble).toString()).toBe(text.slice(0, -pack.length));
    expect(await textOf(push.pack)).toBe(pack);
  });

  it("drops the client's session id from the capabilities", async () => {
    const push = await read(body(`${a} ${b} refs/heads/dev\0${caps} session-id=x`));
    expect(push.capabilities).toEqual(caps.trim().split(" "));
  });

  it("knows the probe that comes before a large push", async () => {
    const push = await read("0000");
    expect(push).toMatchObject({ isProbe: true, commands: [] });
    expect(Buffer.from(push.preamble).toString()).toBe("0000");
  });

  it("wants no pack behind deletions", async () => {
    const deletion = `${pkt(`${a} ${zero} refs/heads/dev\0${caps}`)}0000`;
    expect((await read(deletion)).commands).toHaveLength(1);
    expect(await whyRefused(deletion + pack)).toContain("only deletes");
  });

  it("takes refs in UTF-8 and tells case apart", async () => {
    const push = await read(body(`${a} ${b} refs/heads/mаin\0${caps}`, `${a} ${b} refs/heads/Main`));
    expect(push.commands.map((command) => command.ref)).toEqual(["refs/heads/mаin", "refs/heads/Main"]);
  });

  it("refuses a ref that is not UTF-8", async () => {
    const line = Buffer.from(`${a} ${b} refs/heads/\xff\0${caps}`, "latin1");
    const packet = Buffer.concat([Buffer.from((line.length + 4).toString(16).padStart(4, "0")), line]);
    expect(await codeOf(read(Buffer.concat([packet, Buffer.from(`0000${pack}`)])))).toBe("GH_BAD_PUSH");
  });

  it("takes as many commands as the limit says and not one more", async () => {
    const lines = (count: number): string[] => [
      first,
      ...Array.from({ length: count - 1 }, (_, n) => `${a} ${b} refs/heads/n${n}`),
    ];
    expect((await readPush(toStream(body(...lines(5))), 5)).commands).toHaveLength(5);
    expect(await codeOf(readPush(toStream(body(...lines(6))), 5))).toBe("GH_BAD_PUSH");
  });

  it("reads the same from one-byte chunks, or from any others", async () => {
    const text = Buffer.from(body(`shallow ${a}`, first, `${zero} ${b} refs/heads/ä`));
    const whole = await read(text);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }),
        async (sizes) => {
          const chunks: Bytes[] = [];
          for (let at = 0, n = 0; at < text.length; n += 1) {
            const size = n < sizes.length ? (sizes[n] ?? 1) : 1;
            chunks.push(text.subarray(at, at + size));
            at += size;
          }
          const push = await readPush(streamOf(...chunks), 1000);
          expect({ ...push, pack: "" }).toEqual({ ...whole, pack: "" });
          expect(await textOf(push.pack)).toBe(pack);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("ends in a reading or in GH_BAD_PUSH for any mutation of a push, and every reading is its own fixpoint", async () => {
    const seeds = [
      body(first, `${zero} ${b} refs/heads/new`),
      body(`shallow ${a}`, first),
      `${pkt(`${a} ${b} refs/heads/dev\0${caps} push-options`)}0000${pkt("gatehouse.reason=x")}0000${pack}`,
    ];
    const mutation = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(400),
      drop: fc.nat(6),
      insert: fc.string({
        unit: fc.constantFrom("0", "4", "f", "F", " ", "\0", "\n", "/", ".", "a", "x", "\xff", "P"),
        maxLength: 6,
      }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ seed, at, drop, insert }) => {
        const place = at % seed.length;
        const text = seed.slice(0, place) + insert + seed.slice(place + drop);
        try {
          const push = await read(Buffer.from(text, "latin1"));
          const again = await read(
            Buffer.concat([push.preamble, Buffer.from(await textOf(push.pack), "latin1")]),
          );
          expect(again.commands).toEqual(push.commands);
        } catch (error) {
          expect(error).toMatchObject({ name: "GateError", code: "GH_BAD_PUSH" });
        }
      }),
      { numRuns: 600 },
    );
  });

  it("tells the client's stream when it stops reading", async () => {
    let isClosed = false;
    const stream = (async function* () {
      try {
        yield await Promise.resolve(Buffer.from("zzzz"));
        yield Buffer.from("more");
      } finally {
        isClosed = true;
      }
    })();
    expect(await codeOf(readPush(stream, 10))).toBe("GH_BAD_PUSH");
    expect(isClosed).toBe(true);
  });

  it("can be made atomic once, in the preamble too", async () => {
    const push = asAtomic(await read(body(first, `${zero} ${b} refs/heads/new`)));
    expect(push.capabilities).toContain("atomic");
    expect(Buffer.from(push.preamble).toString()).toContain(`${caps} atomic`);
    expect(asAtomic(push)).toBe(push);
    expect(Buffer.from(pushPreamble(push))).toEqual(Buffer.from(push.preamble));
  });
});
