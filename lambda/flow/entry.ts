// One request's two records: the intent before anything is sent, and exactly one outcome.
import type { Action, Oid } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { GateError, RecordExists } from "../model/errors.ts";
import type { GatewayRequest } from "../model/http.ts";
import type { RefResult } from "../model/plan.ts";
import type {
  BodyCommitment,
  LandedCommits,
  OutcomeResult,
  RecordedToolCall,
  RecordedVerdict,
  Timings,
} from "../model/record.ts";
import { recordedAction, recordedCaller, recordedTarget, recordedUnknown } from "../record/recorded.ts";
import type { Target, World } from "./world.ts";

export interface Outcome {
  readonly result: OutcomeResult;
  readonly status: number;
  readonly error?: string;
  readonly upstreamStatus?: number;
  readonly responseBytes?: number;
  readonly bodies?: readonly BodyCommitment[];
  readonly refResults?: readonly RefResult[];
  /** Commits that this call brought to GitHub. */
  readonly commits?: number;
  /** Which, and where. */
  readonly landed?: { readonly repository: string | undefined; readonly commits: readonly Oid[] };
  /** Tools that a model's answer asked for. */
  readonly toolCalls?: readonly RecordedToolCall[];
}

/** A longer list would not fit into one record; `blame` says so. */
const maxLanded = 1_000;

function landedIn({ landed }: Outcome): { landed?: LandedCommits } {
  if (landed?.repository === undefined || landed.commits.length === 0) return {};
  return { landed: { repository: landed.repository, commits: landed.commits.slice(0, maxLanded) } };
}

export interface Entry {
  readonly id: string;
  /** Adds the time since the last mark to a stage. */
  mark(stage: keyof Omit<Timings, "total">): void;
  /** Durable when it resolves; throws GH_AUDIT_UNAVAILABLE and then nothing may be sent. */
  intend(intent: Intent): Promise<void>;
  /** Writes the one outcome. A second call changes nothing. */
  conclude(outcome: Outcome): Promise<void>;
  readonly isIntended: boolean;
}

export interface Intent {
  readonly caller: Caller;
  readonly target?: Target;
  readonly action?: Action;
  readonly verdict: RecordedVerdict;
  readonly request: Pick<GatewayRequest, "method" | "target">;
  readonly bodyBytes?: number;
  readonly plan?: string;
}

export const noVerdict: RecordedVerdict = {
  is: "none",
  rules: [],
  reason: "",
  policyHash: "",
  masks: [],
  protection: [],
};

export function openEntry(world: World, prefix: "req" | "exe" = "req"): Entry {
  const id = world.ids.next(prefix);
  const startedAtMs = world.clock.now();
  const timings: Record<string, number> = {};
  let markedAtMs = startedAtMs;
  let session: string | undefined;
  let isConcluded = false;
  const mark: Entry["mark"] = (stage) => {
    const now = world.clock.now();
    timings[stage] = (timings[stage] ?? 0) + (now - markedAtMs);
    markedAtMs = now;
  };
  return {
    id,
    mark,
    get isIntended() {
      return session !== undefined;
    },
    async intend(intent) {
      const action = intent.target?.action ?? intent.action;
      await world.ledger.write([
        {
          kind: "intent",
          entry: id,
          session: intent.caller.session,
          caller: recordedCaller(intent.caller, world.masker),
          action:
            action === undefined
              ? recordedUnknown("A request that was not understood", world.masker)
              : recordedAction(action, world.masker, intent.target ?? {}),
          verdict: intent.verdict,
          request: {
            method: intent.request.method.slice(0, 20),
            path: recordedTarget(intent.request.target, world.masker),
            ...(intent.bodyBytes === undefined ? {} : { bodyBytes: intent.bodyBytes }),
          },
          ...(intent.plan === undefined ? {} : { plan: intent.plan }),
        },
      ]);
      session = intent.caller.session;
      mark("record");
    },
    async conclude(outcome) {
      if (session === undefined || isConcluded) return;
      isConcluded = true;
      try {
        await world.ledger.write([
          {
            kind: "outcome",
            entry: id,
            session,
            result: outcome.result,
            status: outcome.status,
            ...(outcome.error === undefined ? {} : { error: outcome.error }),
            ...(outcome.upstreamStatus === undefined ? {} : { upstreamStatus: outcome.upstreamStatus }),
            responseBytes: outcome.responseBytes ?? 0,
            bodies: outcome.bodies ?? [],
            refResults: outcome.refResults ?? [],
            ...(outcome.commits === undefined ? {} : { commits: outcome.commits }),
            ...landedIn(outcome),
            ...(outcome.toolCalls === undefined ? {} : { toolCalls: outcome.toolCalls }),
            timings: { ...timings, total: world.clock.now() - startedAtMs },
          },
        ]);
      } catch (error) {
        // The sweeper may have closed this entry as unknown already; the first outcome stands.
        if (error instanceof RecordExists) return;
        throw error instanceof GateError
          ? error
          : new GateError("GH_AUDIT_UNAVAILABLE", {}, { cause: error });
      }
    },
  };
}
