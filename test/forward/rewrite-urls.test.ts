// Links in JSON lead back to the gateway, wherever the network happens to cut the answer.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { rewriteUrls } from "../../lambda/forward/rewrite-urls.ts";
import { bytesOf, chunksOf, configFor, gateway } from "./stand-in.ts";

const config = configFor({ uploads: "https://uploads.github.com", raw: "https://raw.githubusercontent.com" });

async function rewritten(chunks: readonly (string | Uint8Array)[], at = config): Promise<string> {
  return (await bytesOf(rewriteUrls(chunksOf(...chunks), at))).toString();
}

const answer = JSON.stringify({
  url: "https://api.github.com/repos/acme/app",
  branches_url: "https://api.github.com/repos/acme/app/branches{/branch}",
  templated: "https://api.github.com{/owner}",
  bare: "https://api.github.com",
  query: "https://github.com?tab=x",
  upload_url: "https://uploads.github.com/repos/acme/app/releases/1/assets{?name,label}",
  clone_url: "https://github.com/acme/app.git",
  download_url: "https://raw.githubusercontent.com/acme/app/main/a.txt",
  ssh_url: "git@github.com:acme/app.git",
  other: [
    "https://github.com.evil.example/",
    "https://api.github.community/x",
    "https://avatars.example/u/1",
    "x",
  ],
  text: 'see https://github.com/acme/app or "https://api.github.com/quoted" \\',
  escaped: '\\"https://github.com/inside',
  empty: "",
});

const expected = {
  url: `${gateway}/api/v3/repos/acme/app`,
  branches_url: `${gateway}/api/v3/repos/acme/app/branches{/branch}`,
  templated: `${gateway}/api/v3{/owner}`,
  bare: `${gateway}/api/v3`,
  query: `${gateway}?tab=x`,
  upload_url: `${gateway}/api/uploads/repos/acme/app/releases/1/assets{?name,label}`,
  clone_url: `${gateway}/acme/app.git`,
  download_url: `${gateway}/raw/acme/app/main/a.txt`,
  ssh_url: "git@github.com:acme/app.git",
  other: [
    "https://github.com.evil.example/",
    "https://api.github.community/x",
    "https://avatars.example/u/1",
    "x",
  ],
  text: 'see https://github.com/acme/app or "https://api.github.com/quoted" \\',
  escaped: '\\"https://github.com/inside',
  empty: "",
};

describe("addresses at the start of JSON strings", () => {
  it("are rewritten, and nothing else is", async () => {
    expect(JSON.parse(await rewritten([answer]))).toEqual(expected);
  });

  it("are rewritten the same at every place where the answer may be cut in two", async () => {
    const whole = await rewritten([answer]);
    for (let at = 0; at <= answer.length; at++) {
      expect(await rewritten([answer.slice(0, at), answer.slice(at)])).toBe(whole);
    }
  });

  it("are rewritten when every byte comes alone", async () => {
    expect(await rewritten(Array.from(Buffer.from(answer), (byte) => Buffer.from([byte])))).toBe(
      await rewritten([answer]),
    );
  });

  it("go to the longest base when one server carries several", async () => {
    const one = configFor({ api: "http://127.0.0.1:4402/api/v3", git: "http://127.0.0.1:4402" });
    const body = JSON.stringify([
      "http://127.0.0.1:4402/api/v3/user",
      "http://127.0.0.1:4402/acme/app",
      "http://127.0.0.1:44021/x",
    ]);
    expect(JSON.parse(await rewritten([body], one))).toEqual([
      `${gateway}/api/v3/user`,
      `${gateway}/acme/app`,
      "http://127.0.0.1:44021/x",
    ]);
  });

  it("survive a chunk that its producer overwrites afterwards", async () => {
    const reused = Buffer.alloc(8);
    const source = (async function* () {
      for (let at = 0; at < answer.length; at += 8) {
        const length = reused.write(answer.slice(at, at + 8));
        yield await Promise.resolve(reused.subarray(0, length));
        reused.fill("#");
      }
    })();
    let text = "";
    for await (const chunk of rewriteUrls(source, config)) text += Buffer.from(chunk).toString("latin1");
    expect(JSON.parse(text)).toEqual(expected);
  });
});

describe("everything else", () => {
  it("passes unchanged: for any JSON, cut anywhere, the result is what parsing and replacing would give", async () => {
    const base = fc.constantFrom(
      "https://api.github.com",
      "https://github.com",
      "https://git",
      "\\",
      '"',
      "/",
      "a",
      "\ud83d\ude00",
    );
    const text = fc.array(base, { maxLength: 5 }).map((parts) => parts.join(""));
    const json = fc
      .jsonValue()
      .chain((value) => fc.record({ value: fc.constant(value), texts: fc.array(text), key: text }));
    await fc.assert(
      fc.asyncProperty(json, fc.array(fc.nat(400), { maxLength: 6 }), async ({ value, texts, key }, cuts) => {
        const body = Buffer.from(JSON.stringify({ value, texts, [key]: texts }));
        const points = [0, ...cuts.filter((cut) => cut < body.length).sort((a, b) => a - b), body.length];
        const chunks = points.slice(1).map((end, index) => body.subarray(points[index], end));
        const replaced = JSON.stringify({ value, texts, [key]: texts }).replace(
          /"((?:[^"\\]|\\.)*)"/g,
          (_whole, inner: string) =>
            `"${inner.replace(/^https:\/\/api\.github\.com(?=[/?#{]|$)/, `${gateway}/api/v3`).replace(/^https:\/\/github\.com(?=[/?#{]|$)/, gateway)}"`,
        );
        expect(await rewritten(chunks)).toBe(replaced);
      }),
      { numRuns: 500 },
    );
  });

  it("passes unchanged even when it is no JSON and no UTF-8", async () => {
    const bytes = Buffer.from([0xff, 0x22, 0xfe, 0x5c, 0x22, 0x00, 0x22, 0x68]);
    expect(await bytesOf(rewriteUrls(chunksOf(bytes), config))).toEqual(bytes);
  });
});
