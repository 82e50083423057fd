// What became of an entry, in one word for its chip and one sentence for its head.
import type { EntryView } from "../../model/api.ts";
import type { PlanState } from "../../model/plan.ts";

export type Chip = "allowed" | "held" | "approved" | "denied" | "masked" | "stopped" | "unknown";

export function chipsOf(entry: EntryView): readonly Chip[] {
  const chips: Chip[] = [mainChip(entry)];
  if (maskedValues(entry) > 0) chips.push("masked");
  return chips;
}

function mainChip(entry: EntryView): Chip {
  const { intent, outcome } = entry;
  if (outcome?.error === "GH_SESSION_STOPPED") return "stopped";
  if (intent.verdict.is === "hold") return pushesCommits(entry) ? "approved" : planChip(lastState(entry));
  if (outcome?.result === "unknown") return "unknown";
  if (intent.verdict.is === "deny" || intent.verdict.is === "none" || outcome?.result === "refused")
    return "denied";
  return intent.entry.startsWith("exe_") ? "approved" : "allowed";
}

export function lastState(entry: EntryView): PlanState {
  return entry.approvals.at(-1)?.state ?? "pending";
}

export function planChip(state: PlanState): Chip {
  switch (state) {
    case "pending":
      return "held";
    case "approved":
    case "executing":
    case "done":
      return "approved";
    case "failed":
    case "unknown":
      return "unknown";
    case "denied":
    case "expired":
    case "withdrawn":
    case "superseded":
    case "void":
      return "denied";
    default:
      return state satisfies never;
  }
}

export const stateWords: Readonly<Record<PlanState, string>> = {
  pending: "waiting",
  approved: "approved, about to be sent",
  executing: "being sent to GitHub",
  done: "approved and sent",
  failed: "approved, but GitHub refused it",
  unknown: "interrupted: nobody knows whether it landed",
  denied: "denied",
  expired: "expired",
  withdrawn: "withdrawn",
  superseded: "replaced by a newer push",
  void: "no longer fits what was approved",
};

export function maskedValues(entry: EntryView): number {
  const bodies = entry.outcome?.bodies ?? [];
  return bodies.flatMap((body) => body.masks).reduce((sum, mask) => sum + mask.count, 0);
}

/** Held, denied, masked, stopped or a push: what `n` jumps to. */
export function isDecision(entry: EntryView): boolean {
  return chipsOf(entry).some((chip) => chip !== "allowed") || pushesCommits(entry);
}

export function pushesCommits(entry: EntryView): boolean {
  return entry.outcome?.refResults.some((result) => result.ok) ?? false;
}

export function outcomeSentence(entry: EntryView): string {
  const { outcome } = entry;
  if (outcome === undefined) return "Recorded before it was sent; still running.";
  switch (outcome.result) {
    case "answered":
      return `GitHub answered ${outcome.upstreamStatus ?? outcome.status}.`;
    case "refused":
      return `The gateway answered ${outcome.status}. Nothing was sent to GitHub.`;
    case "failed":
      return "GitHub could not be reached, or broke off.";
    case "cut":
      return "The client left before the end.";
    case "unknown":
      return "The gateway was interrupted: nobody knows whether it landed.";
    default:
      return outcome.result satisfies never;
  }
}
