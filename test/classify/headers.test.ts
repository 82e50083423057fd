import { describe, expect, it } from "@jest/globals";
import { gzipSync } from "node:zlib";
import {
  carriedHeaders,
  checkHeaders,
  contentEncoding,
  requireJson,
  requireLfsJson,
  requireText,
} from "../../lambda/classify/headers.ts";
import { GateError } from "../../lambda/model/errors.ts";
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

/** The catalogue code, or what the call gave. */
function outcome(call: () => unknown): unknown {
  try {
    return call() ?? "passed";
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

describe("a header that stands twice", () => {
  it.each(["content-type", "content-encoding", "content-length", "git-protocol"])(
    "is refused when it decides: %s",
    (name) => {
      expect(
        outcome(() => {
          checkHeaders([[name, "x"]]);
        }),
      ).toBe("passed");
      expect(
        outcome(() => {
          checkHeaders([
            [name, "x"],
            [name, "x"],
          ]);
        }),
      ).toBe("GH_BAD_HEADERS");
    },
  );

  it.each(["if-none-match", "if-match", "x-github-api-version", "user-agent"])(
    "is refused when it would travel on: %s",
    (name) => {
      const one: [string, string] = [name, "2022-11-28"];
      expect(carriedHeaders([one])).toEqual([one]);
      expect(outcome(() => carriedHeaders([one, one]))).toBe("GH_BAD_HEADERS");
    },
  );

  it("is joined when it is Accept, and left out when it is empty", () => {
    expect(
      carriedHeaders([
        ["accept", "a"],
        ["accept", "b"],
      ]),
    ).toEqual([["accept", "a, b"]]);
    expect(carriedHeaders([["accept", ""]])).toEqual([]);
  });

  it.each([
    ["a".repeat(1024), "passed"],
    ["a".repeat(1025), "GH_BAD_HEADERS"],
  ])("may be 1024 bytes long and no longer (%#)", (value, code) => {
    expect(
      outcome(() => (carriedHeaders([["user-agent", value]]).length === 1 ? "passed" : "left out")),
    ).toBe(code);
  });

  it.each(["x2022-11-28", "2022-11-28x", "2022-1-28", "now"])(
    "is no API version when it says %s",
    (value) => {
      expect(outcome(() => carriedHeaders([["x-github-api-version", value]]))).toBe("GH_BAD_HEADERS");
    },
  );
});

describe("an encoding", () => {
  it.each([
    [undefined, "identity"],
    ["identity", "identity"],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["GZIP", "GH_UNSUPPORTED_ENCODING"],
    ["gzip, gzip", "GH_UNSUPPORTED_ENCODING"],
    ["", "GH_UNSUPPORTED_ENCODING"],
    ["br", "GH_UNSUPPORTED_ENCODING"],
  ])("%j is read as %s", (value, expected) => {
    const headers: [string, string][] = value === undefined ? [] : [["content-encoding", value]];
    expect(outcome(() => contentEncoding(headers))).toBe(expected);
  });
});

describe("a media type", () => {
  const charsets = [
    "",
    ";charset=utf-8",
    "; charset=utf-8",
    " ; charset=UTF-8",
    '; charset="utf-8"',
    " ;charset=utf-8",
  ];
  const no = "GH_UNSUPPORTED_MEDIA";
  const typed = (read: (headers: [string, string][]) => unknown, type: string | undefined): unknown =>
    outcome(() => read(type === undefined ? [] : [["content-type", type]]));

  it.each([
    [
      "json",
      requireJson,
      [
        "application/json",
        "Application/JSON",
        "application/vnd.github+json",
        "application/vnd.github.v3+json",
      ],
      "passed",
    ],
    [
      "LFS",
      requireLfsJson,
      ["application/json", "application/vnd.git-lfs+json", "APPLICATION/JSON"],
      "passed",
    ],
    ["text", requireText, ["text/plain", "TEXT/plain"], "text/plain"],
    ["text", requireText, ["text/x-markdown", "text/X-Markdown"], "text/x-markdown"],
  ] as const)(
    "of %s is taken with charset=utf-8 and no other parameter (%#)",
    (_what, read, types, expected) => {
      for (const type of types) {
        for (const charset of charsets) expect(typed(read, `${type}${charset}`)).toBe(expected);
        for (const other of [
          "; charset=latin1",
          "; charset=utf-8; a=b",
          "; a=b",
          "x",
          ";",
          "  ; charset=utf-8",
        ])
          expect(typed(read, `${type}${other}`)).toBe(no);
        expect(typed(read, `x${type}`)).toBe(no);
      }
    },
  );

  it.each([
    ["json", requireJson, ["application/vnd.github_x+json", "application/vnd.git-lfs+json", "text/json"]],
    ["LFS", requireLfsJson, ["application/vnd.github+json", "text/plain"]],
    ["text", requireText, ["text/html", "application/json", "text/markdown"]],
  ] as const)("of another kind is not %s", (_what, read, types) => {
    for (const type of [undefined, "", ...types]) expect(typed(read, type)).toBe(no);
  });
});
