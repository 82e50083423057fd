// Masks every text of a change before it is recorded or shown.
import type {
  ChangeSummary,
  CommitSummary,
  FileChange,
  RefDiff,
  SecretFinding,
  TagSummary,
} from "../model/change.ts";
import type { Masker } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";

/** Diff lines were masked as whole files already, so that a key over many lines is hidden; here they are only looked at again. */
export function maskChange(
  change: ChangeSummary & { readonly diffMasks?: readonly MaskCount[] },
  masker: Masker,
): { summary: ChangeSummary; counts: readonly MaskCount[] } {
  const counts = new Map<string, number>();
  const count = (masks: readonly MaskCount[]): void => {
    for (const mask of masks) counts.set(mask.kind, (counts.get(mask.kind) ?? 0) + mask.count);
  };
  const mask = (text: string): string => {
    const masked = masker.mask(text);
    count(masked.counts);
    return masked.text;
  };
  const { diffMasks = [], ...bare } = change;
  count(diffMasks);
  const summary: ChangeSummary = {
    ...bare,
    refs: change.refs.map((ref) => maskRef(ref, mask)),
    touchedPaths: change.touchedPaths.map(mask),
    secrets: change.secrets.map((finding) => maskFinding(finding, mask)),
    maskedValues: change.maskedValues.map((finding) => maskFinding(finding, mask)),
  };
  return { summary, counts: [...counts].map(([kind, total]) => ({ kind, count: total })) };
}

type Mask = (text: string) => string;

function maskRef(ref: RefDiff, mask: Mask): RefDiff {
  return {
    ...ref,
    ref: mask(ref.ref),
    commits: ref.commits.map((commit) => maskCommit(commit, mask)),
    files: ref.files.map((file) => maskFile(file, mask)),
    ...(ref.tags && { tags: ref.tags.map((tag) => maskTag(tag, mask)) }),
  };
}

function maskCommit(commit: CommitSummary, mask: Mask): CommitSummary {
  return {
    ...commit,
    claimedAuthor: mask(commit.claimedAuthor),
    claimedCommitter: mask(commit.claimedCommitter),
    message: mask(commit.message),
  };
}

function maskTag(tag: TagSummary, mask: Mask): TagSummary {
  return {
    ...tag,
    name: mask(tag.name),
    claimedTagger: mask(tag.claimedTagger),
    message: mask(tag.message),
  };
}

function maskFile({ pathHex, hasMasks = false, ...file }: FileChange, mask: Mask): FileChange {
  const path = mask(file.path);
  let isHidden = hasMasks;
  const hunks = file.hunks.map((hunk) => ({
    ...hunk,
    lines: hunk.lines.map((line) => {
      const text = mask(line.text);
      if (text !== line.text && line.kind !== "removed") isHidden = true;
      return { ...line, text };
    }),
  }));
  return {
    ...file,
    path,
    // Hex would show what the mask hides.
    ...(pathHex !== undefined && path === file.path && { pathHex }),
    hunks,
    ...(isHidden && { hasMasks: true }),
  };
}

function maskFinding(finding: SecretFinding, mask: Mask): SecretFinding {
  return finding.path === undefined ? finding : { ...finding, path: mask(finding.path) };
}
