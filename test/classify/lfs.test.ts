// Git LFS calls as the client writes them, and everything else that is no call of it.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { HeaderList } from "../../lambda/model/http.ts";
import type { Action } from "../../lambda/model/action.ts";
import { ask, codeOf, limits } from "./requests.ts";

const type = "application/vnd.git-lfs+json; charset=utf-8";
const at = "/o/r.git/info/lfs";
const oid = "a".repeat(64);
const file = { oid, size: 12 };

function call(path: string, json: unknown, headers: HeaderList = [["Content-Type", type]]): Promise<Action> {
  return ask("POST", `${at}${path}`, { body: JSON.stringify(json), headers });
}

const sent = ({ send }: Action): unknown =>
  send.body.is === "bytes" ? JSON.parse(Buffer.from(send.body.bytes).toString()) : undefined;

describe("a batch call", () => {
  it("to download is a read, written anew with what was understood and nothing else", async () => {
    const action = await call("/objects/batch", {
      operation: "download",
      transfers: ["lfs-standalone-file", "basic", "ssh"],
      ref: { name: "refs/heads/main", extra: 1 },
      objects: [{ ...file, authenticated: true }],
      unknown: "x",
    });
    expect(action).toMatchObject({
      surface: "lfs",
      operation: "lfs/batch-download",
      effect: "read",
      branches: { from: "none" },
      parameters: { files: "1", ref: "refs/heads/main" },
      send: { upstream: "git", segments: ["o", "r.git", "info", "lfs", "objects", "batch"] },
    });
    expect(sent(action)).toEqual({
      operation: "download",
      transfers: ["basic"],
      ref: { name: "refs/heads/main" },
      objects: [file],
      hash_algo: "sha256",
    });
  });

  it("to upload is a write on the repository, whatever ref it claims", async () => {
    const action = await call("/objects/batch", {
      operation: "upload",
      objects: [file],
      ref: { name: "refs/heads/main" },
    });
    expect([action.operation, action.effect, action.branches.from]).toEqual([
      "lfs/batch-upload",
      "write",
      "none",
    ]);
  });

  it.each<[string, unknown]>([
    ["another operation", { operation: "verify", objects: [] }],
    ["no operation", { objects: [] }],
    ["no files", { operation: "download" }],
    ["an id of another length", { operation: "download", objects: [{ oid: "a".repeat(40), size: 1 }] }],
    ["an id in upper case", { operation: "download", objects: [{ oid: "A".repeat(64), size: 1 }] }],
    ["an id that is a path", { operation: "download", objects: [{ oid: `../${oid.slice(3)}`, size: 1 }] }],
    ["a negative size", { operation: "download", objects: [{ oid, size: -1 }] }],
    ["a size in text", { operation: "download", objects: [{ oid, size: "1" }] }],
    ["another hash", { operation: "download", objects: [file], hash_algo: "sha512" }],
    [
      "a way of transfer that goes around the gateway",
      { operation: "download", transfers: ["ssh"], objects: [file] },
    ],
    ["a ref that git would refuse", { operation: "upload", objects: [file], ref: { name: "main" } }],
    ["a list", [file]],
  ])("with %s is refused", async (_what, json) => {
    expect(await codeOf(call("/objects/batch", json))).toBe("GH_BAD_BODY");
  });

  it("may name 1,000 files and not 1,001", async () => {
    const named = (count: number): Promise<string> =>
      codeOf(call("/objects/batch", { operation: "download", objects: Array(count).fill(file) }));
    expect([await named(1_000), await named(1_001)]).toEqual(["passed", "GH_BAD_BODY"]);
  });

  it("with a key twice is refused", async () => {
    const body = `{"operation":"download","operation":"upload","objects":[]}`;
    const headers: HeaderList = [["Content-Type", type]];
    expect(await codeOf(ask("POST", `${at}/objects/batch`, { body, headers }))).toBe("GH_BAD_BODY");
  });

  it.each(["text/plain", "application/x-git-receive-pack-request", "application/json; charset=utf-7"])(
    "of the type %s is refused",
    async (other) => {
      const answer = call("/objects/batch", { operation: "download", objects: [] }, [
        ["Content-Type", other],
      ]);
      expect(await codeOf(answer)).toBe("GH_UNSUPPORTED_MEDIA");
    },
  );
});

describe("a large file", () => {
  it("is read by asking GitHub where it lies", async () => {
    const action = await ask("GET", `${at}/objects/${oid}/12`);
    expect(action).toMatchObject({
      operation: "lfs/download",
      effect: "read",
      parameters: { oid, size: "12" },
      largeFile: { operation: "download", oid, size: 12 },
      send: { method: "POST", segments: ["o", "r.git", "info", "lfs", "objects", "batch"] },
    });
    expect(sent(action)).toMatchObject({ operation: "download", objects: [file] });
  });

  it("is written by asking GitHub where it belongs", async () => {
    const action = await ask("PUT", `${at}/objects/${oid}/12`, { body: "x".repeat(12) });
    expect(action).toMatchObject({ operation: "lfs/upload", effect: "write", largeFile: { size: 12 } });
    expect(sent(action)).toMatchObject({ operation: "upload", objects: [file] });
  });

  it("may be as large as a pack and not a byte larger", async () => {
    const put = (size: number): Promise<string> => codeOf(ask("PUT", `${at}/objects/${oid}/${size}`));
    expect([await put(limits.packBytes), await put(limits.packBytes + 1)]).toEqual([
      "passed",
      "GH_BODY_TOO_LARGE",
    ]);
  });

  it.each<[string, string, string, string]>([
    ["a short id", "GET", `/objects/${"a".repeat(63)}/12`, "GH_UNKNOWN_PATH"],
    ["no size", "GET", `/objects/${oid}`, "GH_UNKNOWN_PATH"],
    ["a signed size", "GET", `/objects/${oid}/-1`, "GH_UNKNOWN_PATH"],
    ["a size with a zero before it", "GET", `/objects/${oid}/012`, "GH_UNKNOWN_PATH"],
    ["more behind it", "GET", `/objects/${oid}/12/verify`, "GH_UNKNOWN_PATH"],
    ["a query", "GET", `/objects/${oid}/12?x=1`, "GH_BAD_QUERY"],
    ["DELETE", "DELETE", `/objects/${oid}/12`, "GH_METHOD_NOT_ALLOWED"],
    ["HEAD", "HEAD", `/objects/${oid}/12`, "GH_METHOD_NOT_ALLOWED"],
  ])("is not named by a path with %s", async (_what, method, path, code) => {
    expect(await codeOf(ask(method, `${at}${path}`))).toBe(code);
  });
});

describe("locks", () => {
  it("are listed with the parameters that Git LFS describes", async () => {
    const action = await ask("GET", `${at}/locks?path=a.psd&limit=10`);
    expect([action.operation, action.effect, action.send.query]).toEqual([
      "lfs/list-locks",
      "read",
      [
        ["path", "a.psd"],
        ["limit", "10"],
      ],
    ]);
    expect(await codeOf(ask("GET", `${at}/locks?token=x`))).toBe("GH_BAD_QUERY");
  });

  it("are taken and given back as ordinary writes", async () => {
    const taken = await call("/locks", { path: "art/a.psd", ref: { name: "refs/heads/main" } });
    expect([taken.operation, taken.effect, taken.parameters.path, taken.paths]).toEqual([
      "lfs/create-lock",
      "write",
      "art/a.psd",
      [],
    ]);
    const given = await call("/locks/7/unlock", {});
    expect([given.operation, given.effect, sent(given)]).toEqual(["lfs/unlock", "write", { force: false }]);
  });

  it("of somebody else are taken away only by what weakens protection", async () => {
    const action = await call("/locks/7/unlock", { force: true });
    expect([action.operation, action.effect]).toEqual(["lfs/force-unlock", "protection-weaken"]);
  });

  it.each<[string, string, unknown]>([
    ["a force that is a text", "/locks/7/unlock", { force: "true" }],
    ["a path that is none", "/locks", { path: 7 }],
    ["a path with a line feed", "/locks", { path: "a\nb" }],
    ["a limit that is none", "/locks/verify", { limit: "all" }],
  ])("are not touched by %s", async (_what, path, json) => {
    expect(await codeOf(call(path, json))).toBe("GH_BAD_BODY");
  });
});

describe("any other path below info/lfs", () => {
  it("is unknown, whatever it is", async () => {
    const word = fc.constantFrom(
      "objects",
      "batch",
      "locks",
      "verify",
      "unlock",
      "x",
      "7",
      oid,
      "%2e",
      "a%2Fb",
    );
    const known = /^(?:objects\/batch|locks|locks\/verify|locks\/\w+\/unlock|objects\/\w+\/(?:7|0))$/;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
        const path = words.join("/");
        fc.pre(!known.test(path));
        const code = await codeOf(
          ask("POST", `${at}/${path}`, { body: "{}", headers: [["Content-Type", type]] }),
        );
        expect(["GH_UNKNOWN_PATH", "GH_BAD_TARGET"]).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});
