// Names in a tree that some file system would take for another name (CVE-2014-9390 and its relatives).

/** Code points that HFS+ ignores in names. */
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** Why no tree may hold this name, or undefined. One character per byte. */
export function badName(name: string): string | undefined {
  if (name === "") return "an empty name";
  if (name === "." || name === "..") return `the name "${name}"`;
  if (name.includes("/")) return "a name with a slash";
  return looksLike(name, ".git", "git~1") ? "a name that some systems read as .git" : undefined;
}

export function isGitmodules(name: string): boolean {
  return looksLike(name, ".gitmodules", "gitmod~1", "gitmod~2", "gitmod~3", "gitmod~4");
}

/** Folded as HFS+ and NTFS fold: case, ignored code points, trailing dots and spaces, streams, backslashes. */
function looksLike(name: string, ...wanted: readonly string[]): boolean {
  // Nearly every name ends here: each of the wanted ones holds these letters, in any disguise.
  if (!/g.*i.*t/is.test(name)) return false;
  const text = Buffer.from(name, "latin1").toString("utf8").replace(hfsIgnored, "");
  return text
    .split("\\")
    .map((part) => (part.split(":")[0] ?? "").replace(/[. ]+$/, "").toLowerCase())
    .some((part) => wanted.includes(part));
}
