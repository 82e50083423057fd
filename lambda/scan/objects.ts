// Parses commits, trees and tags, as strictly as `git fsck` does for what a push brings.
import { isUtf8 } from "node:buffer";
import type { Oid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { Unsound } from "./unsound.ts";

export const treeMode = 0o040000;
export const symlinkMode = 0o120000;
export const submoduleMode = 0o160000;

export interface TreeEntry {
  readonly mode: number;
  /** One character per byte, so that it compares as git compares and loses nothing. */
  readonly name: string;
  readonly oid: Oid;
}

export interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: string;
  readonly committer: string;
  readonly message: string;
}

export interface Tag {
  readonly object: Oid;
  readonly type: string;
  readonly name: string;
  readonly tagger: string;
  readonly message: string;
}

export function parseTree(bytes: Bytes): TreeEntry[] {
  const buffer = asBuffer(bytes);
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < buffer.length) {
    const space = buffer.indexOf(0x20, at);
    const nul = space < 0 ? -1 : buffer.indexOf(0, space);
    if (nul < 0 || nul + 21 > buffer.length) throw new Unsound("a tree ends in the middle of an entry");
    const mode = buffer.toString("latin1", at, space);
    if (!/^[0-7]{5,7}$/.test(mode)) throw new Unsound("a tree entry has a malformed mode");
    entries.push({
      mode: Number.parseInt(mode, 8),
      name: buffer.toString("latin1", space + 1, nul),
      oid: buffer.toString("hex", nul + 1, nul + 21),
    });
    at = nul + 21;
  }
  return entries;
}

export function parseCommit(bytes: Bytes): Commit {
  const { lines, message } = headerAndMessage(bytes, "commit");
  const header = new HeaderLines(lines, "commit");
  const tree = oidIn(header.required("tree"));
  const parents: Oid[] = [];
  for (let parent = header.optional("parent"); parent !== undefined; parent = header.optional("parent"))
    parents.push(oidIn(parent));
  const author = header.required("author");
  const committer = header.required("committer");
  header.noneOf(["tree", "parent", "author", "committer"]);
  return { tree, parents, author, committer, message };
}

export function parseTag(bytes: Bytes): Tag {
  const { lines, message } = headerAndMessage(bytes, "tag");
  const header = new HeaderLines(lines, "tag");
  const object = oidIn(header.required("object"));
  const type = header.required("type");
  if (!/^(?:commit|tree|blob|tag)$/.test(type)) throw new Unsound("a tag names an unknown type");
  const name = header.required("tag");
  const tagger = header.optional("tagger") ?? "";
  header.noneOf(["object", "type", "tag", "tagger"]);
  return { object, type, name, tagger, message };
}

/** "Name <mail> 1700000000 +0100" → its two halves; what cannot be read has no time. */
export function parseIdentity(line: string): { name: string; atMs: number } {
  const match = /^(.*>) (\d{1,12}) [+-]\d{4}$/.exec(line);
  if (match === null) return { name: line, atMs: 0 };
  return { name: match[1] ?? line, atMs: Number(match[2]) * 1000 };
}

class HeaderLines {
  readonly #lines: readonly string[];
  readonly #kind: string;
  #at = 0;

  constructor(lines: readonly string[], kind: string) {
    this.#lines = lines;
    this.#kind = kind;
  }

  optional(name: string): string | undefined {
    const line = this.#lines[this.#at];
    if (!line?.startsWith(`${name} `)) return undefined;
    this.#at += 1;
    return line.slice(name.length + 1);
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new Unsound(`a ${this.#kind} has no ${name} line where it belongs`);
    return value;
  }

  /** A second `tree` or `parent` further down would be read by some parsers and not by others. */
  noneOf(names: readonly string[]): void {
    const twice = names.find((name) =>
      this.#lines.slice(this.#at).some((line) => line.startsWith(`${name} `)),
    );
    if (twice !== undefined) throw new Unsound(`a ${this.#kind} has a misplaced ${twice} line`);
  }
}

function headerAndMessage(bytes: Bytes, kind: string): { lines: string[]; message: string } {
  const buffer = asBuffer(bytes);
  const blank = buffer.indexOf("\n\n");
  const end = blank < 0 ? buffer.length - 1 : blank;
  if (blank < 0 && buffer[buffer.length - 1] !== 0x0a)
    throw new Unsound(`the header of a ${kind} has no end`);
  if (buffer.subarray(0, Math.max(end, 0)).includes(0))
    throw new Unsound(`a ${kind} has a NUL in its header`);
  return {
    lines: textOf(buffer.subarray(0, Math.max(end, 0))).split("\n"),
    message: blank < 0 ? "" : textOf(buffer.subarray(blank + 2)),
  };
}

function oidIn(value: string): Oid {
  if (!/^[0-9a-f]{40}$/.test(value)) throw new Unsound("an object id in a header is malformed");
  return value;
}

/** UTF-8 where it is, else one character per byte: older projects have names in Latin-1. */
export function textOf(bytes: Bytes): string {
  return asBuffer(bytes).toString(isUtf8(bytes) ? "utf8" : "latin1");
}

export function asBuffer(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
