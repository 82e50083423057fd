// Asks draft rules about recorded requests: what would have been decided otherwise.
import type { RecordStore } from "../model/ports.ts";
import type { IntentRecord } from "../model/record.ts";
import { decide } from "../policy/decide.ts";
import { inputOf } from "../policy/grounds.ts";
import type { Policies } from "../policy/policies.ts";

export interface Simulation {
  /** Requests that were asked about again. */
  readonly asked: number;
  /** Requests whose record does not hold the whole question. */
  readonly skipped: number;
  /** Whether `maxEntries` ended the walk. */
  readonly isCut: boolean;
  readonly changes: readonly SimulatedChange[];
}

export interface SimulatedChange {
  /** "allow", "hold by protected-branch", … */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly SimulatedExample[];
}

export interface SimulatedExample {
  readonly entry: string;
  readonly login: string;
  readonly title: string;
  readonly repository?: string;
  readonly reason: string;
}

export const maxEntries = 100_000;
const maxExamples = 3;
const pageSize = 200;

/** Requests since `sinceMs`; the executions of approved plans are left out, since their requests are among them. */
export async function simulate(
  records: Pick<RecordStore, "sessions" | "entriesOf" | "entry">,
  draft: Policies,
  sinceMs: number,
): Promise<Simulation> {
  const changes = new Map<
    string,
    { from: string; to: string; count: number; examples: SimulatedExample[] }
  >();
  let asked = 0;
  let skipped = 0;
  for await (const intent of intentsSince(records, sinceMs)) {
    if (asked + skipped >= maxEntries) return { asked, skipped, isCut: true, changes: sorted(changes) };
    const input = inputOf(intent);
    if (input === undefined) {
      skipped += 1;
      continue;
    }
    asked += 1;
    const then = decide(draft, input);
    const [from, to] = [answerOf(intent.verdict), answerOf(then)];
    if (from === to) continue;
    const change = changes.get(`${from}\n${to}`) ?? { from, to, count: 0, examples: [] };
    changes.set(`${from}\n${to}`, change);
    change.count += 1;
    if (change.examples.length < maxExamples) change.examples.push(exampleOf(intent, then.reason));
  }
  return { asked, skipped, isCut: false, changes: sorted(changes) };
}

/** Which permits allow is nobody's concern; who must approve, and what refuses, is. */
function answerOf({ is, rules }: Pick<IntentRecord["verdict"], "is" | "rules">): string {
  return is === "allow" || rules.length === 0 ? is : `${is} by ${rules.join(", ")}`;
}

function exampleOf({ entry, caller, action }: IntentRecord, reason: string): SimulatedExample {
  const { title, repository } = action;
  return { entry, login: caller.login, title, reason, ...(repository === undefined ? {} : { repository }) };
}

function sorted(changes: ReadonlyMap<string, SimulatedChange>): readonly SimulatedChange[] {
  return [...changes.values()].sort((a, b) => b.count - a.count);
}

async function* intentsSince(
  records: Pick<RecordStore, "sessions" | "entriesOf" | "entry">,
  sinceMs: number,
): AsyncGenerator<IntentRecord> {
  for await (const { session, lastAtMs } of pages((page) => records.sessions({}, page))) {
    if (lastAtMs < sinceMs) continue;
    for await (const entry of pages((page) => records.entriesOf(session, page))) {
      if (entry.startsWith("exe_")) continue;
      for (const { record } of await records.entry(entry))
        if (record.kind === "intent" && record.atMs >= sinceMs) yield record;
    }
  }
}

async function* pages<T>(
  list: (page: { limit: number; after?: string }) => Promise<{ items: readonly T[]; next?: string }>,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const { items, next } = await list({ limit: pageSize, ...(after === undefined ? {} : { after }) });
    yield* items;
    after = next;
  } while (after !== undefined);
}
