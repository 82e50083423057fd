// Reads the project's own sources for the house rules.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** All files below a folder of the project, as slash-separated paths from its top. */
export function filesBelow(folder: string, pattern = /\.(ts|tsx)$/): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split("\\").join("/"))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** What a file imports from the project itself, as paths from its top. */
export function importsOf(file: string): string[] {
  const specifiers = [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map(
    ([, path]) => path ?? "",
  );
  return specifiers.map((path) => posix.normalize(posix.join(dirname(file), path)));
}

/** Everything a file reaches through imports, itself included. */
export function reachableFrom(file: string): Set<string> {
  const seen = new Set<string>();
  const queue = [file];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (/\.tsx?$/.test(next)) queue.push(...importsOf(next));
  }
  return seen;
}
