// Asks policy: gathers what is established about the target, and keeps it beside the verdict for the record.
import type { Caller } from "../model/caller.ts";
import type { RecordedVerdict } from "../model/record.ts";
import type { ProtectionFact, Verdict } from "../model/verdict.ts";
import { accessOf } from "../policy/access.ts";
import { decide, type PolicyInput } from "../policy/decide.ts";
import { groundsOf } from "../policy/grounds.ts";
import { recordedVerdict } from "../record/recorded.ts";
import type { Finding } from "./scanned.ts";
import type { Target, World } from "./world.ts";

export interface Judgement {
  readonly verdict: Verdict;
  readonly protection: readonly ProtectionFact[];
  /** The question, as it was asked. */
  readonly input: PolicyInput;
}

/** `approvedRules`: approval rules lifted because people approved this very plan. */
export async function judge(
  caller: Pick<Caller, "subject" | "login" | "teams">,
  target: Target,
  finding: Pick<Finding, "touchesWorkflows">,
  world: World,
  approvedRules: readonly string[] = [],
): Promise<Judgement> {
  const { action, repository, refs } = target;
  // Whatever is about to change a ref counts as executing: a cached "not protected" is not good enough for it.
  const protection =
    repository === undefined || refs.length === 0
      ? []
      : await world.protection.of(repository, refs, { isExecuting: true });
  const input: PolicyInput = {
    caller,
    action,
    ...(repository === undefined ? {} : { repository }),
    refs,
    protection,
    touchesAllBranches: target.touchesAllBranches,
    touchesWorkflows: finding.touchesWorkflows,
    paths: action.paths,
    access:
      repository === undefined ? { readers: [], writers: [] } : accessOf(world.config, repository.fullName),
    readMany: world.config.readMany,
    approvedRules,
  };
  return { verdict: decide(world.policies, input), protection, input };
}

/** As the record keeps it; "none" for what was refused before policy was asked. */
export function judged(judgement: Judgement | undefined, world: World): RecordedVerdict {
  const verdict = recordedVerdict(judgement?.verdict, world.masker, judgement?.protection);
  if (judgement === undefined) return verdict;
  return { ...verdict, grounds: groundsOf(judgement.input, (text) => world.masker.mask(text).text) };
}
