import { describe, expect, it } from "@jest/globals";
import { gzipSync } from "node:zlib";
import { ask, codeOf, sentText, type Asked } from "./requests.ts";

const repo = "/api/v3/repos/o/r";

describe("headers and bodies", () => {
  const merge = (asked: Asked): Promise<string> => codeOf(ask("POST", `${repo}/merges`, asked));
  const body = '{"base":"main","head":"dev"}';

  it.each(["TRACE", "CONNECT", "OPTIONS", "get", "M-SEARCH"])(
    "the method %s is not taken",
    async (method) => {
      expect(await codeOf(ask(method, "/api/v3/user"))).toBe("GH_METHOD_NOT_ALLOWED");
    },
  );

  it.each(["X-HTTP-Method-Override", "x-method-override", "X-HTTP-METHOD"])("%s is refused", async (name) => {
    expect(await codeOf(ask("GET", "/api/v3/user", { headers: [[name, "PATCH"]] }))).toBe("GH_BAD_HEADERS");
  });

  it("only listed client headers travel on", async () => {
    const action = await ask("GET", "/api/v3/user", {
      headers: [
        ["Accept", "application/json"],
        ["If-None-Match", '"x"'],
        ["X-GitHub-Api-Version", "2022-11-28"],
        ["User-Agent", "octokit"],
        ["Authorization", "Bearer x"],
        ["Range", "bytes=0-11"],
        ["If-Range", '"x"'],
        ["Cookie", "a=b"],
        ["Connection", "close, Authorization"],
        ["X-Forwarded-Host", "evil.test"],
      ],
    });
    expect(action.send.headers).toEqual([
      ["accept", "application/json"],
      ["if-none-match", '"x"'],
      ["x-github-api-version", "2022-11-28"],
      ["user-agent", "octokit"],
    ]);
  });

  it.each([
    ["a line break", "User-Agent", "a\r\nX-HTTP-Method-Override: PATCH"],
    ["a byte outside ASCII", "User-Agent", "ä"],
    ["a version that is no date", "X-GitHub-Api-Version", "2022-11-28%0d%0a"],
    ["1025 bytes", "Accept", "a".repeat(1025)],
  ])("a carried header with %s is refused", async (_what, name, value) => {
    expect(await codeOf(ask("GET", "/api/v3/user", { headers: [[name, value]] }))).toBe("GH_BAD_HEADERS");
  });

  it("a repeated header that decides is refused", async () => {
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["content-type", "text/plain"],
    ];
    expect(await merge({ body, headers })).toBe("GH_BAD_HEADERS");
  });

  it.each([
    ["application/json", "passed"],
    ["application/json; charset=utf-8", "passed"],
    ["application/vnd.github+json", "passed"],
    ["application/x-www-form-urlencoded", "GH_UNSUPPORTED_MEDIA"],
    ["multipart/form-data; boundary=x", "GH_UNSUPPORTED_MEDIA"],
    ["application/json; charset=utf-16", "GH_UNSUPPORTED_MEDIA"],
    ["application/json, text/plain", "GH_UNSUPPORTED_MEDIA"],
    ["text/json", "GH_UNSUPPORTED_MEDIA"],
  ])("a JSON body labelled %s is %s", async (type, expected) => {
    expect(await merge({ body, headers: [["Content-Type", type]] })).toBe(expected);
  });

  it("a body without a type is refused", async () => {
    expect(await merge({ body })).toBe("GH_UNSUPPORTED_MEDIA");
  });

  it.each(["br", "deflate", "zstd", "gzip, identity", "GZIP", "x", ""])(
    "the encoding %j is refused",
    async (encoding) => {
      const headers: [string, string][] = [
        ["Content-Type", "application/json"],
        ["Content-Encoding", encoding],
      ];
      expect(await merge({ body, headers })).toBe("GH_UNSUPPORTED_ENCODING");
    },
  );

  const gzipped = (bytes: Uint8Array, jsonBytes = 8_000_000): Promise<string> =>
    merge({
      body: bytes,
      headers: [
        ["Content-Type", "application/json"],
        ["Content-Encoding", "gzip"],
      ],
      limits: { jsonBytes },
    });

  it("a gzip body is read, and travels on plain", async () => {
    const action = await ask("POST", `${repo}/merges`, {
      body: gzipSync(body),
      headers: [
        ["Content-Type", "application/json"],
        ["Content-Encoding", "x-gzip"],
      ],
    });
    expect(sentText(action)).toBe(body);
    expect(action.send.headers).toEqual([["content-type", "application/json"]]);
  });

  it("a gzip body that is broken or cut short is refused", async () => {
    expect(await gzipped(Buffer.from("not gzip"))).toBe("GH_BAD_BODY");
    expect(await gzipped(gzipSync(body).subarray(0, 20))).toBe("GH_BAD_BODY");
  });

  it("a gzip bomb is refused by size, and by ratio below the size", async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000));
    expect(await gzipped(bomb, 1_000_000)).toBe("GH_BODY_TOO_LARGE");
    expect(await gzipped(bomb)).toBe("GH_BODY_TOO_LARGE");
  });

  it("a body at its limit passes and one byte more does not", async () => {
    const headers: [string, string][] = [["Content-Type", "application/json"]];
    expect(await merge({ body, headers, limits: { jsonBytes: body.length } })).toBe("passed");
    expect(await merge({ body, headers, limits: { jsonBytes: body.length - 1 } })).toBe("GH_BODY_TOO_LARGE");
  });

  it("a body that breaks off fails with the client's own error", async () => {
    const broken = (async function* () {
      yield await Promise.resolve(Buffer.from("{"));
      throw new Error("socket hang up");
    })();
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["Content-Encoding", "gzip"],
    ];
    await expect(ask("POST", `${repo}/merges`, { body: broken, headers })).rejects.toThrow("socket hang up");
  });

  it("an operation without a described body takes none", async () => {
    expect(await codeOf(ask("DELETE", `${repo}/git/refs/heads/x`, { json: { force: true } }))).toBe(
      "GH_BAD_BODY",
    );
    expect(await codeOf(ask("DELETE", `${repo}/git/refs/heads/x`, { json: {} }))).toBe("passed");
  });

  it("markdown is a read that carries text", async () => {
    const action = await ask("POST", "/api/v3/markdown/raw", {
      body: "# x",
      headers: [["Content-Type", "text/plain"]],
    });
    expect(action).toMatchObject({ effect: "read", operation: "markdown/render-raw" });
    expect(sentText(action)).toBe("# x");
  });
});
