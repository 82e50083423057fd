// Puts what a reviewer must not miss first: secrets, then flagged files, then the rest by path.
import type { FileChange, FileFlag } from "../../model/change.ts";

export interface FlagWords {
  readonly label: string;
  readonly weight: number;
}

export const flagWords: Readonly<Record<FileFlag, FlagWords>> = {
  secret: { label: "secret", weight: 100 },
  "masked-value": { label: "masked value comes back", weight: 90 },
  workflow: { label: "workflow", weight: 80 },
  codeowners: { label: "code owners", weight: 75 },
  "invisible-characters": { label: "invisible characters", weight: 70 },
  submodule: { label: "submodule", weight: 60 },
  symlink: { label: "symbolic link", weight: 58 },
  "mode-change": { label: "mode change", weight: 50 },
  gitattributes: { label: "git attributes", weight: 45 },
  binary: { label: "binary", weight: 40 },
  "lfs-pointer": { label: "LFS pointer", weight: 35 },
  lockfile: { label: "lock file", weight: 30 },
};

export function byImportance(files: readonly FileChange[]): readonly FileChange[] {
  return [...files].sort(
    (left, right) =>
      weight(right) - weight(left) || (left.path < right.path ? -1 : left.path > right.path ? 1 : 0),
  );
}

function weight(file: FileChange): number {
  return Math.max(0, ...file.flags.map((flag) => flagWords[flag].weight));
}

/** "100644 → 100755", or undefined when the mode stays. */
export function modeChange(file: FileChange): string | undefined {
  if (file.oldMode === file.newMode || file.oldMode === undefined || file.newMode === undefined)
    return undefined;
  return `${file.oldMode} → ${file.newMode}`;
}
