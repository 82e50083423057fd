// Pushes as agents and attackers make them: edits of known commits, on one ref or several, whole or damaged.
import { zeroOid } from "../../lambda/model/action.ts";
import { sealed } from "../scan/escrow.ts";
import { capabilities, pkt } from "../stand-ins/raw-push.ts";
import { Workshop, type File, type Files, type MadeCommit } from "./objects.ts";
import type { Dice } from "./random.ts";

export interface Base {
  readonly commits: readonly MadeCommit[];
  readonly refs: ReadonlyMap<string, string>;
  readonly objects: ReadonlyMap<string, Buffer>;
}

export interface Generated {
  readonly body: Buffer;
  /** Git would take all of it: nothing stale, nothing twice, nothing damaged. */
  readonly isSound: boolean;
  /** The commit that a ref's files are compared with, by ref; the empty tree when there is none. */
  readonly bases: ReadonlyMap<string, string>;
}

export const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const folders = ["", "src/", "src/deep/er/", "docs/", ".github/workflows/", ".GitHub/Workflows/", "ünï/"];
const names = ["a.txt", "b.ts", "README.md", "x y.txt", "Ω.md", ".gitattributes", "ci.yml", "a"];

export function generate(dice: Dice, base: Base, id: number): Generated {
  const shop = new Workshop(base.objects);
  const bases = new Map<string, string>();
  const lines: string[] = [];
  const used = new Set<string>();
  let isSound = true;
  for (let left = 1 + dice.below(4); left > 0; left -= 1) {
    const { old, fresh, ref, from } = command(dice, base, shop, `${id}-${left}`);
    isSound &&= (base.refs.get(ref) ?? zeroOid) === old && !used.has(ref) && old !== fresh;
    used.add(ref);
    if (from !== undefined) bases.set(ref, from);
    lines.push(`${old} ${fresh} ${ref}`);
  }
  const hasPack = lines.some((line) => !line.slice(41).startsWith(zeroOid));
  const pack = hasPack ? shop.pack(dice) : Buffer.alloc(0);
  isSound &&= !shop.isThin;
  const packets = lines.map((line, at) => pkt(at === 0 ? `${line}\0 ${wanted(dice, lines.length)}` : line));
  if (!dice.oneIn(2)) return { body: bodyOf(packets, pack), isSound, bases };
  return { body: damaged(dice, packets, pack), isSound: false, bases };
}

function wanted(dice: Dice, commands: number): string {
  const asked = `${capabilities} delete-refs ofs-delta`;
  return commands > 1 && dice.oneIn(3) ? `${asked} atomic` : asked;
}

function bodyOf(packets: readonly string[], pack: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${packets.join("")}0000`), pack]);
}

interface Command {
  readonly old: string;
  readonly fresh: string;
  readonly ref: string;
  readonly from?: string;
}

function command(dice: Dice, base: Base, shop: Workshop, name: string): Command {
  const [ref, old] = dice.pick([...base.refs]);
  const branches = [...base.refs].filter(([one]) => one.startsWith("refs/heads/"));
  const isStale = dice.oneIn(12);
  const claimed = isStale ? dice.pick(base.commits).oid : old;
  const [branch, tip] = dice.pick(branches);
  switch (dice.below(9)) {
    case 0:
      return { old: claimed, fresh: zeroOid, ref };
    case 1: {
      const known = dice.pick(base.commits);
      return {
        old: zeroOid,
        fresh: known.oid,
        ref: `refs/heads/at-${name}`,
        from: known.parents[0] ?? emptyTree,
      };
    }
    case 2: {
      const commit = grown(dice, base, shop, name);
      return { old: zeroOid, fresh: shop.tag(`v${name}`, commit.oid), ref: `refs/tags/v${name}` };
    }
    case 3: {
      const known = dice.pick(base.commits).oid;
      return { old: isStale ? known : tip, fresh: known, ref: branch, from: isStale ? known : tip };
    }
    case 4:
    case 5: {
      const made = grown(dice, base, shop, name);
      return { old: zeroOid, fresh: made.oid, ref: `refs/heads/new/${name}`, from: made.root };
    }
    default: {
      const made = grown(dice, base, shop, name);
      return { old: isStale ? claimed : tip, fresh: made.oid, ref: branch, from: isStale ? claimed : tip };
    }
  }
}

/** One to three commits on a known one, now and then a merge or a new root. */
function grown(dice: Dice, base: Base, shop: Workshop, name: string): MadeCommit & { root: string } {
  const start = dice.pick(base.commits);
  const isOrphan = dice.oneIn(15);
  let commit: MadeCommit = isOrphan ? { oid: "", files: new Map(), parents: [] } : start;
  for (let left = 1 + dice.below(3); left > 0; left -= 1) {
    const files = edited(dice, commit.files, shop, `${name}-${left}`);
    const parents = commit.oid === "" ? [] : [commit.oid];
    if (parents.length > 0 && dice.oneIn(8)) {
      const other = dice.pick(base.commits).oid;
      if (other !== commit.oid) parents.push(other);
    }
    commit = shop.commit(files, parents, `Change ${name}-${left}`);
  }
  return { ...commit, root: isOrphan ? emptyTree : start.oid };
}

export function edited(dice: Dice, files: Files, shop: Workshop, name: string): Files {
  const next = new Map(files);
  for (let left = 1 + dice.below(5); left > 0; left -= 1) {
    const paths = [...next.keys()];
    const path = paths.length === 0 ? "first.txt" : dice.pick(paths);
    const file = next.get(path);
    switch (dice.below(7)) {
      case 0:
        next.delete(path);
        break;
      case 1:
        if (file !== undefined && file.mode !== "160000") {
          next.delete(path);
          put(next, `${dice.pick(folders)}moved-${name}.txt`, file);
        }
        break;
      case 2:
        if (file?.mode === "100644") next.set(path, { ...file, mode: "100755" });
        break;
      case 3:
        put(next, path, { mode: "120000", oid: shop.add("blob", `../${name}`) });
        break;
      case 4:
        put(next, `${dice.pick(folders)}sub-${dice.below(3)}`, { mode: "160000", oid: "e".repeat(40) });
        break;
      default: {
        const target = dice.oneIn(2) ? path : `${dice.pick(folders)}${dice.pick(names)}`;
        const text = `${"line\n".repeat(dice.below(40))}${name} ${left}\n`;
        put(next, target, { mode: "100644", oid: shop.add("blob", text, next.get(target)?.oid) });
      }
    }
  }
  return next;
}

/** A file takes the place of a folder, and a folder that of a file. */
function put(files: Map<string, File>, path: string, file: File): void {
  for (const other of [...files.keys()])
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) files.delete(other);
  files.set(path, file);
}

const insertions = ["0000", "0001", "0002", "0003", "0004", pkt("\0"), pkt("push-cert\0 x"), "\0", "PACK"];

function damaged(dice: Dice, packets: readonly string[], pack: Buffer): Buffer {
  const list = [...packets];
  const at = dice.below(list.length);
  const chosen = list[at] ?? "";
  switch (dice.below(14)) {
    case 0:
      return flipped(dice, bodyOf(list, pack), list.join("").length + 4);
    case 1:
      return flipped(dice, bodyOf(list, pack), undefined);
    case 2:
      list.splice(at, 0, chosen);
      return bodyOf(list, pack);
    case 3:
      list[at] = chosen.replace(/^..../, (hex) => hex.toUpperCase());
      return bodyOf(list, pack);
    case 4:
      list.splice(at, 0, dice.pick(insertions));
      return bodyOf(list, pack);
    case 5:
      list.splice(list.length, 0, dice.pick(insertions));
      return bodyOf(list, pack);
    case 6:
      list[at] = chosen.replace("\0", dice.pick(["", " ", "\n", "\0\0", `\n${chosen.slice(4, 90)}\0`]));
      return bodyOf(list, pack);
    case 7:
      return bodyOf(list.reverse(), pack);
    case 8:
      list[at] = `${chosen}${dice.pick([" ", "\n", "\r", "\0"])}`;
      return bodyOf(list, pack);
    case 9:
      list[at] = pkt(`${chosen.slice(4)}${dice.pick(["\n", "\r\n", "\0x", " "])}`);
      return bodyOf(list, pack);
    case 10:
      return Buffer.concat([bodyOf(list, pack), Buffer.from(dice.pick(["x", "0000", `${chosen}0000`]))]);
    case 11:
      return bodyOf(list, sealed(flipped(dice, pack.subarray(0, -20), undefined)));
    case 12:
      return bodyOf(list, pack.subarray(0, dice.below(pack.length + 1)));
    default:
      list[at] = chosen.replace(
        /refs\/heads\//,
        dice.pick(["refs/", "refs/heads/../heads/", "REFS/HEADS/", "HEAD"]),
      );
      list[at] = pkt((list[at] ?? "").slice(4));
      return bodyOf(list, pack);
  }
}

function flipped(dice: Dice, bytes: Buffer, within: number | undefined): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  const at = dice.below(Math.min(within ?? copy.length, copy.length));
  copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
  return copy;
}
