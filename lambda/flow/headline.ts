// A plan in one line: how much would land, and what the newest commit says.
import type { ChangeSummary } from "../model/change.ts";
import type { PlanHeadline } from "../model/plan.ts";

/** What several refs gain alike is counted once. */
export function headlineOf(title: string, change: ChangeSummary | undefined): PlanHeadline {
  const refs = change?.refs ?? [];
  const commits = new Map(refs.flatMap((ref) => ref.commits).map((commit) => [commit.oid, commit]));
  const files = new Map(
    refs
      .flatMap((ref) => ref.files)
      .map((file) => [`${file.path} ${file.oldOid ?? ""} ${file.newOid ?? ""} ${file.newMode ?? ""}`, file]),
  );
  const sum = (of: "added" | "removed"): number =>
    [...files.values()].reduce((total, file) => total + file[of], 0);
  const [newest] = commits.values();
  return {
    commits: commits.size,
    files: files.size,
    added: sum("added"),
    removed: sum("removed"),
    subject: (newest?.message.split("\n", 1)[0] ?? title).slice(0, 200),
  };
}
