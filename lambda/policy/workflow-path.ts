// Whether a path decides what GitHub Actions runs.

/** Also the folders themselves (a symbolic link or submodule could take their place), and any spelling of case. */
export function isWorkflowPath(path: string): boolean {
  const lower = path.toLowerCase();
  return lower === ".github" || lower === ".github/workflows" || lower.startsWith(".github/workflows/");
}
