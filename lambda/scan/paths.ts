// Paths as people and rules see them, and the ones that deserve a closer look.
import { isUtf8 } from "node:buffer";
import type { FileFlag } from "../model/change.ts";

/** Names arrive with one character per byte; what is not UTF-8 is shown as well as it can be, and exactly as hex. */
export function displayPath(bytePath: string): { path: string; pathHex?: string } {
  const bytes = Buffer.from(bytePath, "latin1");
  const path = bytes.toString("utf8");
  return isUtf8(bytes) ? { path } : { path, pathHex: bytes.toString("hex") };
}

const lockfiles: ReadonlySet<string> = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  "cargo.lock",
  "go.sum",
  "poetry.lock",
  "uv.lock",
  "pdm.lock",
  "pipfile.lock",
  "gemfile.lock",
  "composer.lock",
  "packages.lock.json",
  "gradle.lockfile",
  "flake.lock",
  "mix.lock",
  "pubspec.lock",
  "package.resolved",
  "podfile.lock",
]);
const codeowners: ReadonlySet<string> = new Set(["codeowners", ".github/codeowners", "docs/codeowners"]);

/** Flags that the path alone earns. */
export function pathFlags(path: string, isWorkflow: (path: string) => boolean): FileFlag[] {
  const folded = path.toLowerCase();
  const name = folded.slice(folded.lastIndexOf("/") + 1);
  const flags: FileFlag[] = [];
  if (isWorkflow(path)) flags.push("workflow");
  if (codeowners.has(folded)) flags.push("codeowners");
  if (lockfiles.has(name)) flags.push("lockfile");
  if (name === ".gitattributes") flags.push("gitattributes");
  if (name === ".gitmodules") flags.push("submodule");
  return flags;
}
