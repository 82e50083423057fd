// Plans in SQLite: one row each, changed only by whoever saw its newest version.
import type { DatabaseSync } from "node:sqlite";
import { RecordExists } from "../../model/errors.ts";
import type { Plan } from "../../model/plan.ts";
import type { Clock, PlanStore } from "../../model/ports.ts";
import { duplicateKey, promised, transaction } from "./database.ts";
import { cursorOf } from "../cursor.ts";
import { pageOf, rowText } from "./rows.ts";
import type { Row } from "./rows.ts";

/** How soon a change made by another process is seen; one made here is seen at once. */
const pollMs = 500;

export function createPlanStore(db: DatabaseSync, clock: Clock): PlanStore {
  const insert = db.prepare(
    "INSERT INTO plans (id, hash, session, requester, state, version, created_at_ms, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const live = db.prepare(
    "SELECT json FROM plans WHERE session = ? AND hash = ? AND state IN ('pending', 'approved', 'executing')",
  );
  const one = db.prepare("SELECT json FROM plans WHERE id = ?");
  const update = db.prepare("UPDATE plans SET state = ?, version = ?, json = ? WHERE id = ? AND version = ?");
  const waiters = new Map<string, Set<() => void>>();

  function get(id: string): Plan | undefined {
    const row = one.get(id);
    return row && planOf(row);
  }

  /** Resolves at the next change here, at the next poll, or when the caller no longer waits. */
  async function change(id: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    const others = waiters.get(id) ?? new Set();
    waiters.set(id, others.add(wake));
    try {
      await clock.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal);
    } finally {
      others.delete(wake);
      if (others.size === 0) waiters.delete(id);
    }
  }

  return {
    open: (plan) =>
      promised(() =>
        transaction(db, () => {
          const found = live.get(plan.session, plan.hash);
          if (found !== undefined) return { plan: planOf(found), isNew: false };
          try {
            insert.run(
              plan.id,
              plan.hash,
              plan.session,
              plan.requester.subject,
              plan.state,
              plan.version,
              plan.createdAtMs,
              JSON.stringify(plan),
            );
          } catch (error) {
            throw duplicateKey(error) === undefined ? error : new RecordExists(plan.id);
          }
          return { plan, isNew: true };
        }),
      ),
    get: (id) => promised(() => get(id)),
    replace: (plan) =>
      promised(() => {
        const { changes } = update.run(
          plan.state,
          plan.version,
          JSON.stringify(plan),
          plan.id,
          plan.version - 1,
        );
        const isReplaced = Number(changes) === 1;
        if (isReplaced) for (const wake of waiters.get(plan.id) ?? []) wake();
        return isReplaced;
      }),
    list: ({ states, session, requester }, { limit, after }) =>
      promised(() => {
        const terms: string[] = [];
        const values: (string | number)[] = [];
        const add = (term: string, ...more: (string | number)[]): void => {
          terms.push(term);
          values.push(...more);
        };
        if (states !== undefined) add(`state IN (${states.map(() => "?").join(", ")})`, ...states);
        if (session !== undefined) add("session = ?", session);
        if (requester !== undefined) add("requester = ?", requester);
        const cursor = cursorOf(after, 2);
        if (cursor.length > 0) add("(created_at_ms, id) < (?, ?)", ...cursor);
        const where = terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
        const rows = db
          .prepare(
            `SELECT created_at_ms, id, json FROM plans ${where} ORDER BY created_at_ms DESC, id DESC LIMIT ?`,
          )
          .all(...values, limit + 1);
        return pageOf(rows, limit, planOf, (row) => [Number(row.created_at_ms), rowText(row, "id")]);
      }),
    async changed(id, version, timeoutMs, signal) {
      const endMs = clock.now() + timeoutMs;
      // Twice the polls that fit, and some: a clock set back cannot make anyone wait for ever.
      for (let polls = 2 * Math.ceil(timeoutMs / pollMs) + 10; ; polls -= 1) {
        const plan = get(id);
        const leftMs = polls > 0 ? endMs - clock.now() : 0;
        if (plan === undefined || plan.version > version || leftMs <= 0 || signal?.aborted === true)
          return plan;
        await change(id, Math.min(pollMs, leftMs), signal);
      }
    },
  };
}

function planOf(row: Row): Plan {
  return JSON.parse(rowText(row, "json")) as Plan;
}
