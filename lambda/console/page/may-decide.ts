// Whether the reader may decide now, and if not, the sentence that says why.
import type { ApprovalView } from "../../model/api.ts";
import { stateWords } from "./verdicts.ts";

export function whyDisabled(view: ApprovalView, nowMs: number, isChanged: boolean): string | undefined {
  if (isChanged) return "What waits here has changed; look at it again first.";
  if (view.state !== "pending") return `Nothing to decide: this is ${stateWords[view.state]}.`;
  if (view.expiresAtMs <= nowMs) return "The time to decide is over.";
  if (!view.mayDecide) return view.mayNotBecause ?? "You may not decide about this.";
  return undefined;
}
