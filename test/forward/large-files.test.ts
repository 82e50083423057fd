// One file of Git LFS: where GitHub says it lies, what goes there, and everything that is not that file.
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { transfer } from "../../lambda/forward/large-files.ts";
import type { UpstreamRequest } from "../../lambda/model/action.ts";
import type { UpstreamAnswer } from "../../lambda/model/ports.ts";
import { answerWith, bytesOf, chunksOf, codeOf, never, noCredential } from "./stand-in.ts";

const text = "large";
const oid = createHash("sha256").update(text).digest("hex");
const batch: UpstreamRequest = {
  upstream: "git",
  method: "POST",
  segments: ["acme", "app.git", "info", "lfs", "objects", "batch"],
  query: [],
  headers: [],
  body: { is: "none" },
};

/** Downloads from a store that answers so, where GitHub's batch answer holds this for the file. */
function download(said: unknown, store: UpstreamAnswer, status = 200) {
  const asked: { href: string; headers: unknown }[] = [];
  const answer = answerWith(status, [], chunksOf(JSON.stringify(said)));
  const upstream = {
    send: () => Promise.resolve(answer),
    anonymous: (url: URL, _signal: AbortSignal, call?: { readonly headers?: unknown }) => {
      asked.push({ href: url.href, headers: call?.headers });
      return Promise.resolve(store);
    },
  };
  const file = { operation: "download", oid, size: text.length } as const;
  return { asked, result: transfer(file, batch, { upstream, credential: noCredential, signal: never }) };
}

const at = (action: unknown): unknown => ({ objects: [{ oid, size: 5, actions: { download: action } }] });
const href = "https://store.test/x?signature=s";
const good = (): UpstreamAnswer => answerWith(200, [["content-type", "text/html"]], chunksOf(text));

describe("a download", () => {
  it("brings the bytes, as bytes, from where GitHub says, with the headers that it names and no other", async () => {
    const header = { "X-Store": "v", Host: "inside.test", Cookie: "c" };
    const { asked, result } = download(at({ href, header }), good());
    const { headers, body } = await result;
    expect(Buffer.from(await bytesOf(body)).toString()).toBe(text);
    expect(headers).toContainEqual(["content-type", "application/octet-stream"]);
    expect(asked).toEqual([{ href, headers: [["x-store", "v"]] }]);
  });

  it.each([
    ["other bytes", "LARGE"],
    ["a byte less", "larg"],
    ["a byte more", "large!"],
  ])("with %s never looks whole", async (_what, content) => {
    const { result } = download(at({ href }), answerWith(200, [], chunksOf(content)));
    expect(await codeOf(result.then(({ body }) => bytesOf(body)))).toBe("GH_LARGE_FILE");
  });

  it.each([206, 302, 403, 503])("that the store answers with %d is not passed on", async (status) => {
    const { result } = download(at({ href }), answerWith(status, [], chunksOf("<StringToSign>s")));
    expect(await codeOf(result)).toBe("GH_LARGE_FILE");
  });

  it.each<[string, unknown]>([
    ["of another file", { objects: [{ oid: "b".repeat(64), actions: { download: { href } } }] }],
    ["without an address", at({})],
    ["with half an address", at({ href: "/x" })],
    ["with a header that could become two", at({ href, header: { a: "b\r\nc: d" } })],
    ["of another form", []],
  ])("is not asked for after an answer %s", async (_what, said) => {
    const { asked, result } = download(said, good());
    expect([await codeOf(result), asked]).toEqual(["GH_UPSTREAM_UNREADABLE", []]);
  });

  it("that GitHub refuses is GitHub's own no", async () => {
    const { asked, result } = download({ objects: [{ oid, error: { code: 410, message: "gone" } }] }, good());
    expect([(await result).status, asked]).toEqual([410, []]);
  });
});
