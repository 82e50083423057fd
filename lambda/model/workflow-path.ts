// Whether a path decides what GitHub Actions runs.

/** Under .github/workflows/, or in its place (a link or submodule there brings whole workflows). Folded as some systems fold. */
export function isWorkflowPath(path: string): boolean {
  const folded = path
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase();
  return folded === ".github" || folded === ".github/workflows" || folded.startsWith(".github/workflows/");
}
