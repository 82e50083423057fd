// Describes each changed file as a reviewer needs it: status, modes, sizes, diff, and what is unusual about it.
import { isUtf8 } from "node:buffer";
import type { FileChange, FileFlag } from "../model/change.ts";
import type { Bytes } from "../model/http.ts";
import type { Masker } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";
import { invisibleCharacters } from "./invisible.ts";
import type { ScanLimits } from "./limits.ts";
import type { TreeEntry } from "./objects.ts";
import { asBuffer, submoduleMode, symlinkMode } from "./objects.ts";
import { displayPath, pathFlags } from "./paths.ts";
import type { BlobContent, ObjectSource } from "./source.ts";
import type { TextDiff } from "./text-diff.ts";
import { DiffBudget, diffTexts, linesOf } from "./text-diff.ts";
import type { TreeChange } from "./tree-diff.ts";

/** One side: what a submodule names lies elsewhere; an absent side is an empty text. */
type Side = BlobContent | { readonly is: "absent" } | { readonly is: "elsewhere" };

/** Old sides asked of GitHub at the same time. */
const batch = 8;

export class FileReader {
  readonly #source: ObjectSource;
  readonly #masker: Masker;
  readonly #limits: ScanLimits;
  readonly #budget: DiffBudget;
  readonly #isWorkflow: (path: string) => boolean;
  readonly #sawOld: (bytes: Bytes) => void;
  #filesLeft: number;
  /** False once a file or a line had to be left out. */
  isComplete = true;
  readonly masks: MaskCount[] = [];

  constructor(
    source: ObjectSource,
    masker: Masker,
    limits: ScanLimits,
    isWorkflow: (path: string) => boolean,
    sawOld: (bytes: Bytes) => void,
  ) {
    this.#source = source;
    this.#masker = masker;
    this.#limits = limits;
    this.#budget = new DiffBudget(limits);
    this.#isWorkflow = isWorkflow;
    this.#sawOld = sawOld;
    this.#filesLeft = limits.listedFiles;
  }

  async describe(changes: readonly TreeChange[]): Promise<FileChange[]> {
    const files: FileChange[] = [];
    const listed = changes.slice(0, this.#filesLeft);
    this.#filesLeft -= listed.length;
    if (listed.length < changes.length) this.isComplete = false;
    for (let at = 0; at < listed.length; at += batch) {
      const sides = await Promise.all(
        listed.slice(at, at + batch).map(async (change) => ({
          change,
          old: await this.#side(change.old),
          fresh: await this.#side(change.new),
        })),
      );
      for (const { change, old, fresh } of sides) files.push(this.#describe(change, old, fresh));
    }
    return files;
  }

  async #side(entry: TreeEntry | undefined): Promise<Side> {
    if (entry === undefined) return { is: "absent" };
    return entry.mode === submoduleMode ? { is: "elsewhere" } : this.#source.blob(entry.oid);
  }

  #describe(change: TreeChange, old: Side, fresh: Side): FileChange {
    if (old.is === "whole") this.#sawOld(old.bytes);
    const named = displayPath(change.path);
    const isBinary = [old, fresh].some((side) => side.is === "whole" && looksBinary(side.bytes));
    const diff = isBinary ? undefined : this.#diff(old, fresh);
    if (diff?.omitted !== undefined) this.isComplete = false;
    if (diff !== undefined) this.masks.push(...diff.masks);
    const flags = new Set<FileFlag>(pathFlags(named.path, this.#isWorkflow));
    for (const flag of modeFlags(change)) flags.add(flag);
    if (isBinary) flags.add("binary");
    if ([old, fresh].some((side) => side.is === "whole" && isLfsPointer(side.bytes)))
      flags.add("lfs-pointer");
    const isHidden = (text: string): boolean => invisibleCharacters(text).length > 0;
    const newText = diff?.rawAdded ?? (fresh.is === "whole" && !isBinary ? textIn(fresh) : "");
    if (isHidden(newText) || isHidden(named.path)) flags.add("invisible-characters");
    const [oldBytes, newBytes] = [sizeOf(old), sizeOf(fresh)];
    return {
      ...named,
      status: statusOf(change),
      ...(change.old && { oldMode: modeText(change.old), oldOid: change.old.oid }),
      ...(change.new && { newMode: modeText(change.new), newOid: change.new.oid }),
      ...(oldBytes !== undefined && { oldBytes }),
      ...(newBytes !== undefined && { newBytes }),
      added: diff?.added ?? 0,
      removed: diff?.removed ?? 0,
      hunks: diff?.hunks ?? [],
      flags: [...flags],
      ...(diff?.hidesNewLines === true && { hasMasks: true }),
      ...this.#omission(diff, isBinary, old, fresh),
    };
  }

  #omission(
    diff: TextDiff | undefined,
    isBinary: boolean,
    old: Side,
    fresh: Side,
  ): { hunksOmitted?: string } {
    if (isBinary) return {};
    if (diff !== undefined) return diff.omitted === undefined ? {} : { hunksOmitted: diff.omitted };
    if (old.is === "elsewhere" || fresh.is === "elsewhere") return {};
    this.isComplete = false;
    if (this.#budget.lines <= 0 || this.#budget.chars <= 0) return { hunksOmitted: "the view is full" };
    const why = (side: Side, name: string): string | undefined => {
      if (side.is === "not-found") return `${name} side not found`;
      return side.is === "not-asked" ? `${name} side not read: too many files` : undefined;
    };
    return { hunksOmitted: why(old, "old") ?? why(fresh, "new") ?? "too large" };
  }

  #diff(old: Side, fresh: Side): TextDiff | undefined {
    if (this.#budget.lines <= 0 || this.#budget.chars <= 0) return undefined;
    const [before, after] = [this.#text(old), this.#text(fresh)];
    if (before === undefined || after === undefined) return undefined;
    return diffTexts(before, after, this.#masker, this.#budget);
  }

  #text(side: Side): string | undefined {
    if (side.is === "absent") return "";
    if (side.is !== "whole" || side.bytes.length > this.#limits.diffFileBytes) return undefined;
    const text = textIn(side);
    return linesOf(text).length > this.#limits.diffFileLines ? undefined : text;
  }
}

/** The end of a file in another encoding than UTF-8 is still text: each byte becomes a character. */
export function textIn({ bytes }: { readonly bytes: Bytes }): string {
  return asBuffer(bytes).toString(isUtf8(bytes) ? "utf8" : "latin1");
}

/** As git decides it: a NUL among the first 8000 bytes. */
function looksBinary(bytes: Bytes): boolean {
  return bytes.subarray(0, 8000).includes(0);
}

function isLfsPointer(bytes: Bytes): boolean {
  const start = "version https://git-lfs.github.com/spec/";
  return bytes.length < 1024 && asBuffer(bytes).toString("latin1", 0, start.length) === start;
}

function sizeOf(side: Side): number | undefined {
  if (side.is === "whole") return side.bytes.length;
  return side.is === "too-large" ? side.size : undefined;
}

function modeFlags({ old, new: fresh }: TreeChange): FileFlag[] {
  const modes = [old?.mode, fresh?.mode];
  const flags: FileFlag[] = [];
  if (modes.includes(submoduleMode)) flags.push("submodule");
  if (modes.includes(symlinkMode)) flags.push("symlink");
  if (old && fresh && old.mode !== fresh.mode) flags.push("mode-change");
  return flags;
}

function statusOf({ old, new: fresh }: TreeChange): FileChange["status"] {
  if (old === undefined) return "added";
  if (fresh === undefined) return "deleted";
  const kind = 0o170000;
  return (old.mode & kind) === (fresh.mode & kind) ? "modified" : "type-changed";
}

function modeText({ mode }: TreeEntry): string {
  return mode.toString(8).padStart(6, "0");
}
