// Where a person goes after signing in: a path on the console itself, or its front page.

/**
 * The path, if it is surely local; otherwise "/". Browsers read `//host`, `/\host` and a tab in between as another
 * host, so only a plain path with plain characters passes.
 */
export function localPath(claimedPath: string): string {
  if (claimedPath.length > 2000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(claimedPath)) return "/";
  if (/[\\"'<>`]/.test(claimedPath)) return "/";
  const base = "https://console.invalid";
  const url = URL.canParse(claimedPath, base) ? new URL(claimedPath, base) : undefined;
  if (url?.origin !== base || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}
