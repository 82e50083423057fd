// Git objects and packs made by hand, so that thousands of pushes need no git process to be made.
import { entry, oidOf, packOf } from "../scan/escrow.ts";
import type { Dice } from "./random.ts";

export interface File {
  readonly mode: "100644" | "100755" | "120000" | "160000";
  readonly oid: string;
}
export type Files = ReadonlyMap<string, File>;

export interface MadeCommit {
  readonly oid: string;
  readonly files: Files;
  readonly parents: readonly string[];
}

type Kind = "commit" | "tree" | "blob" | "tag";
const typeOf: Record<Kind, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Objects of one push; what GitHub has already is not among them. */
export class Workshop {
  readonly made = new Map<string, { readonly kind: Kind; readonly bytes: Buffer; readonly like?: string }>();
  /** A delta's base is not in the pack: git would take it, and the gateway asks for packs without. */
  isThin = false;
  readonly #known: ReadonlyMap<string, Buffer>;

  constructor(known: ReadonlyMap<string, Buffer>) {
    this.#known = known;
  }

  /** `like`: an object that it may be written as a delta of. */
  add(kind: Kind, content: Buffer | string, like?: string): string {
    const bytes = Buffer.from(content);
    const oid = oidOf(kind, bytes);
    if (!this.#known.has(oid)) this.made.set(oid, { kind, bytes, ...(like === undefined ? {} : { like }) });
    return oid;
  }

  tree(files: Files): string {
    const folders = new Map<string, Map<string, File>>();
    const entries: { name: string; mode: string; oid: string }[] = [];
    for (const [path, file] of files) {
      const slash = path.indexOf("/");
      if (slash < 0) entries.push({ name: path, ...file });
      else {
        const inner = folders.get(path.slice(0, slash)) ?? new Map<string, File>();
        folders.set(path.slice(0, slash), inner.set(path.slice(slash + 1), file));
      }
    }
    for (const [name, inner] of folders) entries.push({ name, mode: "40000", oid: this.tree(inner) });
    const key = (one: { name: string; mode: string }): Buffer =>
      Buffer.from(one.mode === "40000" ? `${one.name}/` : one.name);
    entries.sort((a, b) => Buffer.compare(key(a), key(b)));
    return this.add(
      "tree",
      Buffer.concat(
        entries.map(({ mode, name, oid }) =>
          Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]),
        ),
      ),
    );
  }

  commit(files: Files, parents: readonly string[], message: string): MadeCommit {
    const person = "Alice <alice@acme.example> 1700000000 +0100";
    const head = [
      `tree ${this.tree(files)}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${person}`,
      `committer ${person}`,
    ];
    return { oid: this.add("commit", `${head.join("\n")}\n\n${message}\n`), files, parents };
  }

  tag(name: string, commit: string): string {
    return this.add(
      "tag",
      `object ${commit}\ntype commit\ntag ${name}\ntagger Alice <alice@acme.example> 1700000000 +0100\n\n${name}\n`,
    );
  }

  /** In any order, some as deltas of objects that may not be in it. */
  pack(dice: Dice): Buffer {
    const objects = [...this.made.entries()];
    if (dice.oneIn(3)) objects.reverse();
    const mayBeThin = dice.oneIn(12);
    const entries = objects.map(([, { kind, bytes, like = "" }]) => {
      const inside = this.made.get(like)?.bytes;
      const base = inside ?? (mayBeThin ? this.#known.get(like) : undefined);
      if (base === undefined || !dice.oneIn(2)) return entry(typeOf[kind], bytes);
      if (inside === undefined) this.isThin = true;
      return entry(7, delta(base, bytes), Buffer.from(like, "hex"));
    });
    return packOf(entries);
  }
}

/** Copies what both begin with and inserts the rest. */
function delta(base: Buffer, fresh: Buffer): Buffer {
  let same = 0;
  while (same < Math.min(base.length, fresh.length, 0xffff) && base[same] === fresh[same]) same += 1;
  const parts = [varint(base.length), varint(fresh.length)];
  if (same > 0) parts.push(Buffer.from([0x80 | 0x10 | 0x20, same & 0xff, same >> 8]));
  for (let at = same; at < fresh.length; at += 127) {
    const piece = fresh.subarray(at, at + 127);
    parts.push(Buffer.from([piece.length]), piece);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
