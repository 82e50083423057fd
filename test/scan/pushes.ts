// Reads a push between two states of a real repository, as the flow would.
import type { Oid } from "../../lambda/model/action.ts";
import { zeroOid } from "../../lambda/model/action.ts";
import type { RefDiff } from "../../lambda/model/change.ts";
import type { ScanLimits } from "../../lambda/scan/limits.ts";
import type { PushReading } from "../../lambda/scan/read-push.ts";
import { readPush } from "../../lambda/scan/read-push.ts";
import { inMemory } from "./escrow.ts";
import { fakeMasker } from "./fake-masker.ts";
import type { Git } from "./git.ts";

export interface TestPush {
  readonly old?: Oid;
  readonly new: Oid;
  readonly ref?: string;
  /** What GitHub has; the old tip when not said. */
  readonly known?: readonly Oid[];
  readonly limits?: Partial<ScanLimits>;
}

export async function read(git: Git, push: TestPush): Promise<PushReading> {
  const { old = zeroOid, ref = "refs/heads/main", known = old === zeroOid ? [] : [old] } = push;
  return readPush({
    push: { commands: [{ old, new: push.new, ref }] },
    pack: inMemory(await git.pack([push.new], known)),
    objects: await git.upstream(...known),
    hasKnownWorkflows: () => Promise.resolve(true),
    masker: fakeMasker,
    ...(push.limits && { limits: push.limits }),
  });
}

/** "M path" for each file, sorted, as the oracle says it. */
export function statuses(diff: RefDiff | undefined): string[] {
  const letters = { added: "A", modified: "M", deleted: "D", "type-changed": "T" };
  return (diff?.files ?? []).map(({ status, path }) => `${letters[status]} ${path}`).sort();
}

/** The oracle's lines reduced to the same form. */
export function expected(raw: readonly string[]): string[] {
  return raw
    .map((line) => {
      const [, , , , status = "", ...path] = line.split(" ");
      return `${status} ${path.join(" ")}`;
    })
    .sort();
}
