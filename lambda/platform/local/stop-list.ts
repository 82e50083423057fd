// The kill switch of one machine: asked on every request, and telling live ones at once.
import type { DatabaseSync } from "node:sqlite";
import type { Clock, StopList } from "../../model/ports.ts";
import { promised } from "./database.ts";
import { rowText } from "./rows.ts";

/** How soon a stop made by another process reaches live requests here. */
const pollMs = 1_000;

export interface LocalStopList extends StopList {
  close(): void;
}

export function createStopList(db: DatabaseSync, clock: Clock): LocalStopList {
  // A second stop of one session bars the company tokens issued in between, too.
  const insert = db.prepare(`
    INSERT INTO stops VALUES (?, ?, ?, ?, (SELECT coalesce(max(n), 0) + 1 FROM stops))
    ON CONFLICT (session) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms), n = excluded.n`);
  const ofSession = db.prepare("SELECT 1 FROM stops WHERE session = ?");
  const ofSubject = db.prepare("SELECT 1 FROM stops WHERE subject = ? AND at_ms >= ? LIMIT 1");
  const newest = db.prepare("SELECT coalesce(max(n), 0) AS n FROM stops");
  const since = db.prepare("SELECT n, session FROM stops WHERE n > ? ORDER BY n LIMIT 1000");
  const listeners = new Set<(session: string) => void>();
  let polling: AbortController | undefined;
  let told = 0;

  function tellNews(): void {
    for (const row of since.all(told)) {
      told = Number(row.n);
      for (const listener of [...listeners]) listener(rowText(row, "session"));
    }
  }

  async function poll(ended: AbortSignal): Promise<void> {
    while (true) {
      await clock.sleep(pollMs, ended);
      if (ended.aborted) return;
      try {
        tellNews();
      } catch {
        // A store that cannot be read refuses every new request by itself; the next round asks again.
      }
    }
  }

  function unwatch(listener: (session: string) => void): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    polling?.abort();
    polling = undefined;
  }

  return {
    stop: ({ session, subject, atMs, by }) =>
      promised(() => {
        insert.run(session, subject, atMs, by);
        if (listeners.size > 0) tellNews();
      }),
    isStopped: ({ session, subject, issuedAtMs, proof }) =>
      promised(
        () =>
          ofSession.get(session) !== undefined ||
          // `iat` counts whole seconds: a token of the very second of the stop is barred.
          (proof === "company-token" && ofSubject.get(subject, issuedAtMs) !== undefined),
      ),
    watch(listener) {
      // One entry per call, so that a listener given twice is also removed one by one.
      const own = (session: string): void => {
        listener(session);
      };
      if (listeners.size === 0) {
        told = Number(newest.get()?.n);
        polling = new AbortController();
        void poll(polling.signal);
      }
      listeners.add(own);
      return () => {
        unwatch(own);
      };
    },
    close() {
      listeners.clear();
      polling?.abort();
      polling = undefined;
    },
  };
}
