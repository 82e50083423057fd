// Git objects as raw bytes, from GitHub's JSON: a blob is checked, a tree is rebuilt and checked, a commit is retold.
import { createHash } from "node:crypto";
import type { Oid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { booleanOf, fieldsOf, oidOf, textOf } from "./read-json.ts";

export type ObjectKind = "blob" | "tree" | "commit";

const maxEntries = 200_000;

/** Throws unless the bytes hash to the id that was asked for. */
export function checkedObject(kind: ObjectKind, oid: Oid, bytes: Bytes): Bytes {
  const actual = createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest("hex");
  if (actual !== oid) throw new Error(`the ${kind} that GitHub sent is not ${oid}`);
  return bytes;
}

interface TreeEntry {
  readonly mode: string;
  readonly name: Bytes;
  readonly oid: Oid;
}

/** REST has no raw tree. Throws when GitHub cut the list, or when a name did not survive JSON (the hash tells). */
export function treeBytes(json: unknown): Bytes {
  const { tree, truncated } = fieldsOf(json);
  if (booleanOf(truncated)) throw new Error("GitHub cut the tree short");
  if (!Array.isArray(tree) || tree.length > maxEntries) throw new Error("not a list of tree entries");
  const entries = tree.map(treeEntry).sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  return Buffer.concat(
    entries.flatMap(({ mode, name, oid }) => [
      Buffer.from(`${mode} `),
      name,
      Buffer.from([0]),
      Buffer.from(oid, "hex"),
    ]),
  );
}

function treeEntry(json: unknown): TreeEntry {
  const { mode, path, sha } = fieldsOf(json);
  // Git writes modes without a leading zero; JSON has 040000 for a folder.
  return {
    mode: textOf(mode).replace(/^0+/, ""),
    name: Buffer.from(textOf(path), "utf8"),
    oid: oidOf(sha),
  };
}

/** Git orders folders as if their names ended in a slash. */
function sortKey({ mode, name }: TreeEntry): Bytes {
  return mode === "40000" ? Buffer.concat([name, Buffer.from("/")]) : name;
}

/**
 * A commit in git's own text. Signatures and exact encodings are not in the JSON, so its hash need not match: only
 * tree and parents may be relied on, and the id itself was checked by GitHub.
 */
export function commitBytes(json: unknown, oid: Oid): Bytes {
  const commit = fieldsOf(json);
  if (oidOf(commit.sha) !== oid) throw new Error(`the commit that GitHub sent is not ${oid}`);
  if (!Array.isArray(commit.parents)) throw new Error("not a list of parents");
  const lines = [
    `tree ${oidOf(fieldsOf(commit.tree).sha)}`,
    ...commit.parents.map((parent: unknown) => `parent ${oidOf(fieldsOf(parent).sha)}`),
    `author ${signature(commit.author)}`,
    `committer ${signature(commit.committer)}`,
    "",
    textOf(commit.message),
  ];
  return Buffer.from(lines.join("\n"), "utf8");
}

/** Line breaks and angle brackets in a name could write a header of their own. */
function signature(json: unknown): string {
  const { name, email, date } = fieldsOf(json);
  const seconds = Math.floor(Date.parse(textOf(date)) / 1000);
  if (!Number.isFinite(seconds)) throw new Error("not a date");
  const plain = (text: string): string => text.replace(/[\n\r\0<>]/g, "");
  return `${plain(textOf(name))} <${plain(textOf(email))}> ${seconds} +0000`;
}
