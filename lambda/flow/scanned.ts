// Reads what a request would write, before anybody decides: packs go to escrow first, then they are read in full.
import { zeroOid, type Oid, type PushCommand } from "../model/action.ts";
import type { ChangeSummary, SecretFinding } from "../model/change.ts";
import { GateError } from "../model/errors.ts";
import type { EscrowObject } from "../model/ports.ts";
import { maskChange } from "../scan/mask-change.ts";
import { readPush } from "../scan/read-push.ts";
import { scanJson } from "../scan/scan-json.ts";
import type { MaskCount } from "../model/record.ts";
import { touchesWorkflows, workflowTrust } from "./workflows.ts";
import type { Target, World } from "./world.ts";

export interface Finding {
  readonly touchesWorkflows: boolean;
  /** Masked: safe to record and to show. */
  readonly change?: ChangeSummary;
  readonly changeMasks: readonly MaskCount[];
  readonly pack?: EscrowObject;
  readonly commits: number;
}

export const noFinding: Finding = { touchesWorkflows: false, changeMasks: [], commits: 0 };

/** Throws when the write carries a certain secret or one of our own masks, or cannot be read in full. */
export async function scan(escrowId: string, target: Target, world: World): Promise<Finding> {
  const { action } = target;
  if (action.push !== undefined) return scanPush(escrowId, target, world);
  if (action.effect === "read" || action.effect === "read-many") return noFinding;
  if (action.json !== undefined) {
    const { secrets, maskedValues } = scanJson(action.json, world.masker);
    block(secrets, maskedValues);
  }
  return { ...noFinding, touchesWorkflows: await touchesWorkflows(target, world) };
}

async function scanPush(escrowId: string, target: Target, world: World): Promise<Finding> {
  const { push } = target.action;
  const { repository } = target;
  if (push === undefined || repository === undefined) return noFinding;
  await requireDeletedHere(push.commands, (ref) => world.facts.ref(repository, ref));
  const hasPack = push.commands.some((command) => command.new !== zeroOid);
  const pack = hasPack
    ? await world.escrow.put(escrowId, capped(push.pack, world.config.limits.packBytes))
    : undefined;
  const change = await readPush({
    push,
    ...(pack === undefined ? {} : { pack }),
    objects: (kind, oid) => world.facts.object(repository, kind, oid),
    hasKnownWorkflows: workflowTrust(target, world),
    masker: world.masker,
    limits: world.config.limits,
  });
  block(change.secrets, change.maskedValues);
  const { summary, counts } = maskChange(change, world.masker);
  return {
    touchesWorkflows: change.touchesWorkflows,
    change: summary,
    changeMasks: counts,
    commits: change.objects.commits,
    ...(pack === undefined ? {} : { pack }),
  };
}

/**
 * git deletes a ref whatever it points to when nobody knows the old id that the push names ("allowing deletion of
 * corrupt ref"): what was decided and recorded would not be what is deleted. Throws GH_BAD_PUSH.
 */
export async function requireDeletedHere(
  commands: readonly PushCommand[],
  refAt: (ref: string) => Promise<Oid | undefined>,
): Promise<void> {
  for (const { old, new: oid, ref } of commands) {
    if (oid !== zeroOid) continue;
    const at = await refAt(ref);
    if (at !== undefined && at !== old)
      throw new GateError("GH_BAD_PUSH", {
        why: `${ref} is not at ${old.slice(0, 7)}, from where it would be deleted; fetch and push again`,
      });
  }
}

function block(secrets: readonly SecretFinding[], maskedValues: readonly SecretFinding[]): void {
  // Uncertain findings are shown to the reviewer; only certain ones stop a write.
  const secret = secrets.find(({ isCertain }) => isCertain !== false);
  if (secret !== undefined) throw new GateError("GH_SECRET_IN_WRITE", place(secret));
  const [masked] = maskedValues;
  if (masked !== undefined) throw new GateError("GH_MASKED_VALUE_IN_WRITE", place(masked));
}

function place(finding: SecretFinding): Record<string, string> {
  const where =
    finding.path === undefined
      ? ""
      : ` in ${finding.path}${finding.line === undefined ? "" : `:${finding.line}`}`;
  return { kind: finding.kind, where };
}

/** What only the pack tells: whether an update of a branch keeps its history. */
export function refined(target: Target, finding: Finding): Target {
  const { change } = finding;
  if (change === undefined) return target;
  const refs = target.refs.map((ref) => {
    const diff = change.refs.find((one) => one.ref === ref.ref);
    if (ref.change !== "update" || diff === undefined || diff.isFastForward === "unknown") return ref;
    return { ...ref, force: diff.isFastForward ? ("no" as const) : ("yes" as const) };
  });
  return { ...target, refs };
}

async function* capped(pack: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of pack) {
    bytes += chunk.length;
    if (bytes > limit)
      throw new GateError("GH_BODY_TOO_LARGE", { limit: String(limit), operation: "a push" });
    yield chunk;
  }
}
