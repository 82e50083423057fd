// The part of `git fsck` without which a push could mean different things to different readers.
import type { Oid } from "../model/action.ts";
import { zeroOid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { badName, isGitmodules } from "./names.ts";
import type { TreeEntry } from "./objects.ts";
import { parseCommit, parseTag, parseTree, submoduleMode, symlinkMode, textOf, treeMode } from "./objects.ts";
import type { ObjectType } from "./pack-table.ts";
import { Unsound } from "./unsound.ts";

const modes: ReadonlySet<number> = new Set([
  treeMode,
  0o100644,
  0o100755,
  // Group-writable files: very old repositories have them, and git still takes them.
  0o100664,
  symlinkMode,
  submoduleMode,
]);
const gitmodulesLimit = 10_000;

export class Fsck {
  /** Blobs that stand in a tree as .gitmodules; their content is checked when all objects are known. */
  readonly gitmodules = new Set<Oid>();

  /** Throws Unsound. */
  check(type: ObjectType, oid: Oid, bytes: Bytes): void {
    switch (type) {
      case "blob":
        return;
      case "commit": {
        const { tree, parents } = parseCommit(bytes);
        if ([oid, tree, ...parents].includes(zeroOid)) throw new Unsound("a commit refers to the null id");
        return;
      }
      case "tag":
        if (parseTag(bytes).object === zeroOid) throw new Unsound("a tag refers to the null id");
        return;
      case "tree":
        this.#checkTree(parseTree(bytes));
    }
  }

  #checkTree(entries: readonly TreeEntry[]): void {
    // A file `a` and a folder `a` are not neighbours: `a.b` sorts between them.
    const fileNames = new Set<string>();
    let before: string | undefined;
    for (const { mode, name, oid } of entries) {
      const why = badName(name);
      if (why !== undefined) throw new Unsound(`a tree holds ${why}`);
      if (!modes.has(mode)) throw new Unsound(`a tree holds the unknown mode ${mode.toString(8)}`);
      if (oid === zeroOid) throw new Unsound("a tree entry refers to the null id");
      if (mode === treeMode && fileNames.has(name)) throw new Unsound("a tree holds the same name twice");
      const key = sortKey(mode, name);
      if (before !== undefined && before >= key)
        throw new Unsound(before === key ? "a tree holds the same name twice" : "a tree is not in order");
      before = key;
      if (mode !== treeMode) fileNames.add(name);
      if (!isGitmodules(name)) continue;
      if (mode === symlinkMode) throw new Unsound("a tree holds .gitmodules as a symbolic link");
      if (this.gitmodules.size >= gitmodulesLimit) throw new Unsound("it holds too many .gitmodules files");
      if (mode !== treeMode && mode !== submoduleMode) this.gitmodules.add(oid);
    }
  }

  /** A url or path that begins with a dash is read as an option (CVE-2018-17456), `..` in a name leaves .git (CVE-2018-11235). */
  checkGitmodules(bytes: Bytes | undefined): void {
    if (bytes === undefined) throw new Unsound(".gitmodules is too large to be checked");
    for (const line of textOf(bytes).split("\n")) {
      const [, key = "", first] = /^\s*(?:\[.*\]\s*)?(url|path|update)\s*=\s*["\\]*([-!])/i.exec(line) ?? [];
      const setting = key.toLowerCase();
      if (setting !== "" && first === (setting === "update" ? "!" : "-"))
        throw new Unsound(`.gitmodules holds a dangerous ${setting}`);
      const name = /^\s*\[\s*submodule\s+"(.*)"/i.exec(line)?.[1];
      if (name?.split(/[/\\]/).includes(".."))
        throw new Unsound(".gitmodules holds a submodule name that leaves its folder");
    }
  }
}

/** git sorts a tree as if folder names ended with a slash. */
export function sortKey(mode: number, name: string): string {
  return mode === treeMode ? `${name}/` : name;
}
