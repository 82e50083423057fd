// What a push or a write would change, in the form that a reviewer reads and the record keeps.
import type { Oid } from "./action.ts";

export interface CommitSummary {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  /** As the commit claims: "Name <mail>". Git does not verify it. */
  readonly claimedAuthor: string;
  readonly claimedCommitter: string;
  readonly authoredAtMs: number;
  readonly message: string;
}

export interface DiffLine {
  readonly kind: "context" | "added" | "removed";
  readonly text: string;
  readonly oldLine?: number;
  readonly newLine?: number;
}

export interface DiffHunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly DiffLine[];
}

export type FileFlag =
  | "workflow"
  | "codeowners"
  | "lockfile"
  | "gitattributes"
  | "submodule"
  | "symlink"
  | "mode-change"
  | "lfs-pointer"
  | "binary"
  | "invisible-characters"
  | "secret"
  | "masked-value";

export interface FileChange {
  readonly path: string;
  /** Byte-exact path when it is not valid UTF-8, hex. */
  readonly pathHex?: string;
  readonly status: "added" | "modified" | "deleted" | "type-changed";
  readonly oldMode?: string;
  readonly newMode?: string;
  readonly oldOid?: Oid;
  readonly newOid?: Oid;
  readonly oldBytes?: number;
  readonly newBytes?: number;
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly DiffHunk[];
  readonly flags: readonly FileFlag[];
  /** Why there are no hunks although the file is text: "too large", "old side not found". */
  readonly hunksOmitted?: string;
  /** Some of the lines that would land are shown masked; while the plan waits, a reviewer can open them. */
  readonly hasMasks?: boolean;
}

export interface SecretFinding {
  /** The detector's kind: "github-token". */
  readonly kind: string;
  readonly path?: string;
  readonly line?: number;
  /** Commit, tag or blob in which it stands. */
  readonly oid?: Oid;
  /** Checksum or structure verified. Only certain findings block a write; the others are shown. */
  readonly isCertain?: boolean;
}

/** An annotated tag that the push brings. */
export interface TagSummary {
  readonly name: string;
  readonly object: Oid;
  readonly type: string;
  readonly claimedTagger: string;
  readonly message: string;
}

export interface RefDiff {
  readonly ref: string;
  readonly old: Oid;
  readonly new: Oid;
  /** Commits that the ref gains and that the push brings, newest first. */
  readonly commits: readonly CommitSummary[];
  readonly files: readonly FileChange[];
  readonly isFastForward: boolean | "unknown";
  /** Annotated tags between the ref and its commit, outermost first. */
  readonly tags?: readonly TagSummary[];
}

/** What would land. Text in it is masked before it is recorded or shown. */
export interface ChangeSummary {
  readonly refs: readonly RefDiff[];
  /** Paths touched by any commit on the way, not only by the end result. */
  readonly touchedPaths: readonly string[];
  readonly touchesWorkflows: boolean;
  readonly secrets: readonly SecretFinding[];
  /** Values that this gateway masked and that now come back in a write. */
  readonly maskedValues: readonly SecretFinding[];
  readonly objects: {
    readonly commits: number;
    readonly trees: number;
    readonly blobs: number;
    readonly tags: number;
  };
  /** Objects in the pack that no new tip reaches. */
  readonly unreachableObjects: number;
  /** True when limits cut files or lines from this view; the view says so, loudly. */
  readonly isTruncated: boolean;
}
