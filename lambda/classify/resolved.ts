// An action after its look-ups: which repository, which refs, and the request that is bound to the answers.
import type { Action, RefChange, Repository } from "../model/action.ts";

export interface ResolvedAction {
  /** The action to decide on and to send: canonical names, and guards that make GitHub check our view again. */
  readonly action: Action;
  /** Where the refs are; absent for operations on no single repository. */
  readonly repository?: Repository;
  readonly refs: readonly RefChange[];
  /** Counts as touching a protected branch. */
  readonly touchesAllBranches: boolean;
  readonly paths: readonly string[];
}
