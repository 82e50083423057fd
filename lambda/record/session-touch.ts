// What each record adds to its session's card: one function, so that every platform indexes alike.
import type { SessionTouch } from "../model/ports.ts";
import type { GateRecord, IntentRecord, OutcomeRecord } from "../model/record.ts";

const nothing = { requests: 0, held: 0, denied: 0, masked: 0, commits: 0 };

/** Undefined when the record says nothing about a session's card. */
export function sessionTouch(record: GateRecord): SessionTouch | undefined {
  switch (record.kind) {
    case "intent":
      return intentTouch(record);
    case "outcome":
      return outcomeTouch(record);
    case "event":
      if (record.event !== "session-stopped" || record.about === undefined) return undefined;
      return { ...nothing, session: record.about, atMs: record.atMs, isStopped: true };
    case "plan":
    case "approval":
      return undefined;
  }
}

function intentTouch(record: IntentRecord): SessionTouch {
  const { caller, action, verdict } = record;
  // The execution of a plan is not a request of its own: its request was counted when it was held.
  const isExecution = record.entry.startsWith("exe_");
  const decision = isExecution || verdict.is === "none" ? undefined : verdict.is;
  return {
    ...nothing,
    session: record.session,
    atMs: record.atMs,
    subject: caller.subject,
    login: caller.login,
    client: caller.client,
    requests: isExecution ? 0 : 1,
    held: decision === "hold" ? 1 : 0,
    denied: decision === "deny" ? 1 : 0,
    ...(action.repository === undefined ? {} : { repository: action.repository }),
    ...(decision === undefined ? {} : { decision }),
  };
}

function outcomeTouch(record: OutcomeRecord): SessionTouch {
  const masks = record.bodies.flatMap((body) => body.masks);
  return {
    ...nothing,
    session: record.session,
    atMs: record.atMs,
    masked: masks.reduce((sum, { count }) => sum + count, 0),
    // Without a count of commits every ref that moved stands for one.
    commits: record.commits ?? record.refResults.filter(({ ok }) => ok).length,
  };
}
