// The one credential that the sandbox takes, shown as each of GitHub's surfaces wants it.
import { createHash, timingSafeEqual } from "node:crypto";

/** Git shows the token as a password, REST as a bearer; each surface takes what GitHub's takes. */
export function isAuthorized(token: string, authorization: string, isGit: boolean): boolean {
  const [scheme, value = ""] = authorization.split(" ");
  const kind = scheme?.toLowerCase();
  let shown: string | undefined;
  if (kind === "basic") {
    const pair = Buffer.from(value, "base64").toString();
    shown = pair.slice(pair.indexOf(":") + 1);
  } else if (kind === "bearer" || (kind === "token" && !isGit)) {
    shown = value;
  }
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}
