// Takes the checks of the policies from where there is time for them, when a bundle is built, to where there is none: a cold start.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getCedarSDKVersion } from "@cedar-policy/cedar-wasm/nodejs";
import { checkPolicies, type Checked } from "./checked.ts";
import { loadPolicies, type Policies } from "./policies.ts";
import { readPolicies, type PolicySource } from "./source.ts";

/** Stands beside the policies. */
export const sealedFile = "checked.json";

interface Sealed {
  readonly checked: Checked;
  /** Over the above, and the Cedar that checked it. */
  readonly digest: string;
}

/** The file's text. Throws PolicyError with every problem found. */
export function sealPolicies(source: PolicySource): string {
  const checked = checkPolicies(source);
  return JSON.stringify({ checked, digest: digestOf(checked) } satisfies Sealed);
}

/** As `readPolicies` and `loadPolicies`; what was checked when the bundle was built is not checked again. */
export async function openPolicies(folder: string, shownAs: string): Promise<Policies> {
  const [source, checked] = await Promise.all([readPolicies(folder, shownAs), readSealed(folder)]);
  return loadPolicies(source, checked);
}

/** Undefined when there is none, when it was changed, or when another Cedar made it: then the policies are checked again. */
async function readSealed(folder: string): Promise<Checked | undefined> {
  try {
    const { checked, digest } = JSON.parse(await readFile(join(folder, sealedFile), "utf8")) as Sealed;
    return digestOf(checked) === digest ? checked : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever can write into the bundle can write code as well; this finds accidents, and an edit of the wrong file. */
function digestOf(checked: Checked): string {
  return createHash("sha256")
    .update(JSON.stringify([getCedarSDKVersion(), checked]))
    .digest("hex");
}
