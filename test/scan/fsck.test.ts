// Trees, commits and tags that different readers would read differently do not pass.
import { describe, expect, it } from "@jest/globals";
import { Fsck } from "../../lambda/scan/fsck.ts";

const id = "1".repeat(40);
const oid = "2".repeat(40);

function tree(...entries: (readonly [mode: string, name: string, id?: string])[]): Buffer {
  return Buffer.concat(
    entries.map(([mode, name, entryId = id]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(entryId, "hex")]),
    ),
  );
}
const check = (type: "tree" | "commit" | "tag", bytes: Buffer | string): void => {
  new Fsck().check(type, oid, Buffer.from(bytes));
};

describe("a tree", () => {
  it("passes in git's order, where a folder sorts as if it ended with a slash", () => {
    expect(() => {
      check(
        "tree",
        tree(["100644", "a.b"], ["40000", "a"], ["120000", "a0"], ["160000", "b"], ["100755", "c"]),
      );
    }).not.toThrow();
  });

  it.each<[string, Buffer]>([
    ["out of order", tree(["100644", "b"], ["100644", "a"])],
    ["a name twice", tree(["100644", "a"], ["100644", "a"])],
    ["a file and a folder of one name", tree(["100644", "a"], ["100644", "a.b"], ["40000", "a"])],
    ["an unknown mode", tree(["100600", "a"])],
    ["a malformed mode", tree(["10a644", "a"])],
    ["the null id", tree(["100644", "a", "0".repeat(40)])],
    ["a cut entry", tree(["100644", "a"]).subarray(0, -1)],
    ["a name with a slash", tree(["100644", "a/b"])],
    ["an empty name", tree(["100644", ""])],
    [".", tree(["40000", "."])],
    ["..", tree(["40000", ".."])],
    [".git", tree(["40000", ".git"])],
    [".GIT", tree(["40000", ".GIT"])],
    [".git with a trailing dot and space", tree(["40000", ".git. "])],
    ["git~1", tree(["40000", "GIT~1"])],
    [".git with a stream name", tree(["40000", ".git::$INDEX_ALLOCATION"])],
    [".git behind a backslash", tree(["100644", "x\\.git"])],
    [".git with a character that HFS+ ignores", tree(["40000", ".g\u200cit"])],
    [".gitmodules as a link", tree(["120000", ".gitmodules"])],
    [".GitModules as a link", tree(["120000", ".GitModules"])],
  ])("is refused with %s", (_, bytes) => {
    expect(() => {
      check("tree", bytes);
    }).toThrow(/tree/);
  });

  it.each([".github", ".gitignore", "digit", ".git2", "git~10", "...", "a.git"])("may hold %s", (name) => {
    expect(() => {
      check("tree", tree(["100644", name]));
    }).not.toThrow();
  });
});

describe("a commit", () => {
  const lines = [`tree ${id}`, `parent ${id}`, "author A <a@b> 1 +0000", "committer A <a@b> 1 +0000"];
  const commit = (header: readonly string[]): string => `${header.join("\n")}\n\nmessage\n`;

  it("passes with further headers behind the committer", () => {
    expect(() => {
      check("commit", commit([...lines, "gpgsig -----BEGIN", " tree of life", " -----END"]));
    }).not.toThrow();
  });

  it.each<[string, string]>([
    ["no tree", commit(lines.slice(1))],
    ["a malformed tree id", commit([`tree ${id.slice(1)}`, ...lines.slice(1)])],
    ["an upper-case id", commit([`tree ${"A".repeat(40)}`, ...lines.slice(1)])],
    ["the null id", commit([`tree ${"0".repeat(40)}`, ...lines.slice(1)])],
    ["no author", commit([...lines.slice(0, 2), ...lines.slice(3)])],
    ["a second tree further down", commit([...lines, `tree ${id}`])],
    ["a late parent", commit([...lines, `parent ${id}`])],
    ["a NUL in its header", commit(lines.map((line) => line.replace("A <", "A\0<")))],
    ["a header without end", lines.join("\n")],
    ["nothing at all", ""],
  ])("is refused with %s", (_, text) => {
    expect(() => {
      check("commit", text);
    }).toThrow(/commit|header/);
  });
});

describe("a tag", () => {
  it("passes without a tagger, as very old tags are", () => {
    expect(() => {
      check("tag", `object ${id}\ntype commit\ntag v1\n\nfirst\n`);
    }).not.toThrow();
  });

  it.each([`object ${id}\ntype thing\ntag v1\n\n`, `object ${id}\ntag v1\n\n`, `type commit\ntag v1\n\n`])(
    "is refused as %j",
    (text) => {
      expect(() => {
        check("tag", text);
      }).toThrow(/tag/);
    },
  );
});

describe(".gitmodules", () => {
  it("is remembered as a blob to look into", () => {
    const fsck = new Fsck();
    fsck.check("tree", oid, tree(["100644", ".gitmodules"]));
    expect([...fsck.gitmodules]).toEqual([id]);
  });

  it.each(["url = -u./payload", 'url = "-x"', "path = -x", "update = !command", "  URL=--upload-pack=x"])(
    "is refused with %j",
    (line) => {
      expect(() => {
        new Fsck().checkGitmodules(Buffer.from(`[submodule "a"]\n\t${line}\n`));
      }).toThrow(/gitmodules/);
    },
  );

  it("is refused when a name leaves its folder", () => {
    expect(() => {
      new Fsck().checkGitmodules(Buffer.from('[submodule "../../x"]\n\turl = https://example.com/x\n'));
    }).toThrow(/leaves/);
  });

  it("passes with ordinary settings", () => {
    expect(() => {
      new Fsck().checkGitmodules(
        Buffer.from('[submodule "lib/a..b"]\n\tpath = lib/a\n\turl = ../a-b.git\n\tupdate = rebase\n'),
      );
    }).not.toThrow();
  });
});
