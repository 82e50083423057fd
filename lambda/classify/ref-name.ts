// Ref and branch names as git checks them (git-check-ref-format), and a little stricter where a name has two readings.
import { zeroOid, type Oid } from "../model/action.ts";

const maxRefBytes = 1024;

/** Why git would refuse this full ref name, or undefined when it is sound. */
export function refProblem(ref: string): string | undefined {
  if (Buffer.byteLength(ref) > maxRefBytes) return `a ref name is longer than ${maxRefBytes} bytes`;
  if (!ref.isWellFormed()) return "a ref name is not valid Unicode";
  if (/[\p{Cc} ~^:?*[\\]/u.test(ref))
    return "a ref name holds a space, a control character or one of ~^:?*[\\";
  if (ref.includes("..") || ref.includes("@{")) return "a ref name holds .. or @{";
  for (const part of ref.split("/")) {
    if (part === "") return "a ref name has an empty part";
    if (part.startsWith(".") || part.endsWith(".") || part.endsWith(".lock")) {
      return "a part of a ref name starts or ends with a dot, or ends in .lock";
    }
  }
  if (!/^refs\/(?:heads|tags)\/./.test(ref)) return "only refs/heads/… and refs/tags/… can be changed here";
  return undefined;
}

export type BranchReading = { readonly ref: string; readonly name: string } | { readonly problem: string };

/**
 * Reads a branch name from a path or body: bare, or qualified with refs/heads/ (taken off once). Names that git or
 * GitHub could resolve to another ref (HEAD, heads/x, 40 hex digits) are a problem, not a guess.
 */
export function readBranch(text: string): BranchReading {
  if (text.trim() !== text) return { problem: "a branch name starts or ends with white space" };
  const name = text.startsWith("refs/heads/") ? text.slice("refs/heads/".length) : text;
  if (name === "HEAD" || name === "@" || name.startsWith("-"))
    return { problem: `${name.slice(0, 4)} is not a branch name` };
  if (/^(?:refs|heads|tags|remotes)\//.test(name)) {
    return {
      problem: "a branch name starts with refs/, heads/, tags/ or remotes/ and could mean two branches",
    };
  }
  if (isOid(name.toLowerCase())) return { problem: "a commit id stands where a branch name belongs" };
  const ref = `refs/heads/${name}`;
  const problem = refProblem(ref);
  return problem === undefined ? { ref, name } : { problem };
}

/** 40 lower-case hex digits, and not the id that means "nothing". */
export function isOid(text: string): text is Oid {
  return /^[0-9a-f]{40}$/.test(text) && text !== zeroOid;
}
