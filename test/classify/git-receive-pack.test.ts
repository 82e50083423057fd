import { describe, expect, it } from "@jest/globals";
import { gzipSync } from "node:zlib";
import { streamOf, type HeaderList } from "../../lambda/model/http.ts";
import { ask, codeOf, textOf } from "./requests.ts";
import { a, b, body, first, zero } from "./pushes.ts";

describe("git-receive-pack over HTTP", () => {
  const type: HeaderList = [["Content-Type", "application/x-git-receive-pack-request"]];

  it("is a push, with its refs, sent on as a stream that was rebuilt", async () => {
    const text = body(first, `${zero} ${b} refs/heads/new`, `${a} ${zero} refs/tags/v1`);
    const action = await ask("POST", "/o/r/git-receive-pack", {
      body: text,
      headers: [...type, ["Git-Protocol", "version=2"], ["User-Agent", "git/2.39.5"]],
    });
    expect(action).toMatchObject({
      surface: "git",
      operation: "git/receive-pack",
      effect: "branch-write",
      repository: { owner: "o", name: "r" },
    });
    expect(action.branches).toEqual({
      from: "refs",
      refs: [
        { ref: "refs/heads/dev", change: "update", old: a, new: b, force: "unknown" },
        { ref: "refs/heads/new", change: "create", old: zero, new: b, force: "no" },
        { ref: "refs/tags/v1", change: "delete", old: a, new: zero, force: "no" },
      ],
    });
    expect(action.send.segments).toEqual(["o", "r.git", "git-receive-pack"]);
    expect(action.send.headers.map(([name]) => name)).toEqual(["user-agent", "content-type", "accept"]);
    expect(action.send.body.is === "stream" ? await textOf(action.send.body.stream) : "").toBe(text);
  });

  it("is a push when its name is percent-encoded", async () => {
    const action = await ask("POST", "/o/r.git/git%2dreceive-pack", { body: body(first), headers: type });
    expect(action.operation).toBe("git/receive-pack");
  });

  it("is inflated before it is read", async () => {
    const action = await ask("POST", "/o/r.git/git-receive-pack", {
      body: gzipSync(body(first)),
      headers: [...type, ["Content-Encoding", "gzip"]],
    });
    expect(action.push?.commands).toHaveLength(1);
  });

  it("ends a pack that grows beyond the limit", async () => {
    const text = body(first);
    const action = await ask("POST", "/o/r.git/git-receive-pack", {
      body: streamOf(Buffer.from(text), Buffer.from("x")),
      headers: type,
      limits: { packBytes: text.length },
    });
    expect(await codeOf(textOf(action.push?.pack ?? streamOf()))).toBe("GH_BODY_TOO_LARGE");
  });

  it.each<[string, string, string, HeaderList, string]>([
    [
      "another type",
      "POST",
      "/o/r.git/git-receive-pack",
      [["Content-Type", "application/x-git-upload-pack-request"]],
      "GH_UNSUPPORTED_MEDIA",
    ],
    [
      "a type in another case",
      "POST",
      "/o/r.git/git-receive-pack",
      [["Content-Type", "Application/x-git-receive-pack-request"]],
      "GH_UNSUPPORTED_MEDIA",
    ],
    [
      "a type with a parameter",
      "POST",
      "/o/r.git/git-receive-pack",
      [["Content-Type", "application/x-git-receive-pack-request; charset=utf-8"]],
      "GH_UNSUPPORTED_MEDIA",
    ],
    ["a query", "POST", "/o/r.git/git-receive-pack?service=git-upload-pack", type, "GH_BAD_QUERY"],
    [
      "the encoding br",
      "POST",
      "/o/r.git/git-receive-pack",
      [...type, ["Content-Encoding", "br"]],
      "GH_UNSUPPORTED_ENCODING",
    ],
    ["PUT", "PUT", "/o/r.git/git-receive-pack", type, "GH_METHOD_NOT_ALLOWED"],
    ["a trailing slash", "POST", "/o/r.git/git-receive-pack/", type, "GH_UNKNOWN_PATH"],
    ["a prefix", "POST", "/x/o/r.git/git-receive-pack", type, "GH_UNKNOWN_PATH"],
    ["an encoded slash", "POST", "/o/r.git%2Fgit-receive-pack", type, "GH_UNKNOWN_PATH"],
    ["two .git", "POST", "/o/r.git.git/git-receive-pack", type, "GH_UNKNOWN_PATH"],
    ["a wiki", "POST", "/o/r.wiki.git/git-receive-pack", type, "GH_WIKI_WRITE"],
    ["git-upload-archive", "POST", "/o/r.git/git-upload-archive", type, "GH_UNKNOWN_PATH"],
    ["a wiki's LFS", "POST", "/o/r.wiki.git/info/lfs/objects/batch", type, "GH_WIKI_WRITE"],
  ])("is refused with %s", async (_what, method, target, headers, code) => {
    expect(await codeOf(ask(method, target, { body: body(first), headers }))).toBe(code);
  });
});
