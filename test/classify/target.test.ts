import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readTarget } from "../../lambda/classify/target.ts";
import { GateError } from "../../lambda/model/errors.ts";

function codeFor(target: string): string {
  try {
    readTarget(target);
    return "passed";
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

describe("readTarget", () => {
  it.each([
    ["an absolute form", "http://evil.test/repos/o/r"],
    ["an asterisk", "*"],
    ["an authority", "evil.test:443"],
    ["nothing", ""],
    ["a leading double slash", "//evil.test/x"],
    ["a backslash", "/\\evil.test/x"],
    ["an encoded backslash", "/repos/o%5Cx"],
    ["a TAB", "/rep\tos/o/r"],
    ["an encoded TAB", "/rep%09os/o/r"],
    ["an encoded NUL", "/repos/o%00"],
    ["an encoded DEL", "/repos/o%7f"],
    ["a space", "/repos/o r"],
    ["a CR and LF", "/x\r\nHost: y"],
    ["a byte outside ASCII", "/repos/аcme/app"],
    ["a fragment", "/repos/o#x"],
    ["a dot segment", "/x/../o/r.git/git-receive-pack"],
    ["an encoded dot segment", "/x/%2e%2e/o/r.git"],
    ["a half encoded dot segment", "/x/.%2e/o"],
    ["a single dot", "/repos/./o"],
    ["a dot segment behind an encoded slash", "/repos/o/r/contents/a%2F..%2Fb"],
    ["an empty segment", "/repos//o"],
    ["two trailing slashes", "/repos/o//"],
    ["an encoded empty segment", "/repos/o/r/contents/a%2F%2Fb"],
    ["a broken escape", "/repos/%zz"],
    ["a cut escape", "/repos/%4"],
    ["bytes that are not UTF-8", "/repos/%ff%fe"],
    ["a doubly encoded dot", "/repos/%252e%252e/x"],
    ["a doubly encoded slash", "/repos/a%252Fb"],
  ])("refuses %s", (_what, target) => {
    expect(codeFor(target)).toBe("GH_BAD_TARGET");
  });

  it("takes a target of 8192 bytes and refuses one of 8193", () => {
    expect(codeFor(`/${"a".repeat(8191)}`)).toBe("passed");
    expect(codeFor(`/${"a".repeat(8192)}`)).toBe("GH_BAD_TARGET");
  });

  it("takes 64 segments and refuses 65", () => {
    expect(codeFor("/a".repeat(64))).toBe("passed");
    expect(codeFor("/a".repeat(65))).toBe("GH_BAD_TARGET");
  });

  it("decodes every segment exactly once", () => {
    expect(readTarget("/a%20b/100%25.txt/%C3%A4/c%2Fd").segments).toEqual(["a b", "100%.txt", "ä", "c/d"]);
  });

  it("reads back any plain segments that were encoded once", () => {
    const plain = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => !/[\p{Cc}\\/%]/u.test(text) && text !== "." && text !== ".." && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 20 }), (segments) => {
        expect(readTarget(`/${segments.map(encodeURIComponent).join("/")}`).segments).toEqual(segments);
      }),
    );
  });

  it("ends in a reading or a catalogue error for any text, and never in a dot or empty segment", () => {
    const alphabet = fc.constantFrom(
      "/",
      ".",
      "%",
      "2",
      "e",
      "E",
      "f",
      "F",
      "5",
      "c",
      "\\",
      "a",
      "?",
      "&",
      "=",
      ";",
      "#",
      "\t",
      "ä",
    );
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 40 }), (text) => {
        try {
          const parts = readTarget(`/${text}`).segments.flatMap((segment) => segment.split("/"));
          expect(parts.filter((part) => part === "" || part === "." || part === "..")).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(GateError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["array syntax", "/x?branch[]=main"],
    ["nested syntax", "/x?ref[name]=main"],
    ["encoded brackets", "/x?branch%5B%5D=main"],
    ["a semicolon in a name", "/x?a;b=1"],
    ["an empty name", "/x?=1"],
    ["an empty pair", "/x?a=1&&b=2"],
    ["a broken escape", "/x?a=%zz"],
    ["a control character", "/x?a=%0d%0aX:1"],
    ["101 parameters", `/x?${Array.from({ length: 101 }, (_, n) => `a${n}=1`).join("&")}`],
  ])("refuses a query with %s", (_what, target) => {
    expect(codeFor(target)).toBe("GH_BAD_QUERY");
  });

  it("reads a plus in a query as a space and %2B as a plus", () => {
    expect(readTarget("/x?q=a+b%2Bc").query).toEqual([["q", "a b+c"]]);
  });
});

describe("a target's limits and shape", () => {
  it.each([
    [`/${"a".repeat(8_191)}`, "passed"],
    [`/${"a".repeat(8_192)}`, "GH_BAD_TARGET"],
    ["/a".repeat(64), "passed"],
    ["/a".repeat(65), "GH_BAD_TARGET"],
    [`/a?${Array.from({ length: 100 }, (_, at) => `a${at}=1`).join("&")}`, "passed"],
    [`/a?${Array.from({ length: 101 }, (_, at) => `a${at}=1`).join("&")}`, "GH_BAD_QUERY"],
    [`/a?${"n".repeat(64)}=1`, "passed"],
    [`/a?${"n".repeat(65)}=1`, "GH_BAD_QUERY"],
    ["/a?b=\\", "GH_BAD_TARGET"],
    ["/a?%ff=1", "GH_BAD_QUERY"],
    ["/a?b=%ff", "GH_BAD_QUERY"],
    ["?a=b", "GH_BAD_TARGET"],
    ["//", "GH_BAD_TARGET"],
    ["/a?&b=1", "GH_BAD_QUERY"],
    ["/a?=1", "GH_BAD_QUERY"],
  ])("(%#)", (target, code) => {
    expect(codeFor(target)).toBe(code);
  });

  it.each([
    ["/", { segments: [], hasTrailingSlash: false, query: [], path: "/" }],
    ["/?", { segments: [], hasTrailingSlash: false, query: [], path: "/" }],
    ["/a/", { segments: ["a"], hasTrailingSlash: true, query: [], path: "/a/" }],
    ["/a/b", { segments: ["a", "b"], hasTrailingSlash: false, query: [], path: "/a/b" }],
    [
      "/a?b&c=&d=1=2&e=x+y%2Bz",
      {
        segments: ["a"],
        hasTrailingSlash: false,
        query: [
          ["b", ""],
          ["c", ""],
          ["d", "1=2"],
          ["e", "x y+z"],
        ],
        path: "/a",
      },
    ],
  ])("%s is read as it stands", (target, expected) => {
    expect(readTarget(target)).toEqual(expected);
  });

  it("is cut to 200 characters where it is only shown", () => {
    expect(readTarget(`/${"a".repeat(300)}`).path).toHaveLength(200);
  });
});
