// The index over sessions: one card each, and what they can be found by (repository, day, decision).
import type { DatabaseSync } from "node:sqlite";
import type { Page, SessionCard, SessionFilter, SessionTouch } from "../../model/ports.ts";
import { cursorOf } from "../cursor.ts";
import { pageOf, rowText } from "./rows.ts";
import type { Row } from "./rows.ts";

/** A card shows this many repositories at most. */
const maxRepositories = 100;

export interface SessionIndex {
  /** Within the transaction that writes the record. */
  touch(touch: SessionTouch): void;
  card(session: string): SessionCard | undefined;
  /** Newest first, by the session's start, which never changes under a reader who pages. */
  list(filter: SessionFilter, page: { limit: number; after?: string }): Page<SessionCard>;
}

export function createSessionIndex(db: DatabaseSync): SessionIndex {
  const upsert = db.prepare(`
    INSERT INTO sessions VALUES (:session, :subject, :login, :client, :at, :at, :requests, :held, :denied, :masked, :commits, :stopped)
    ON CONFLICT (session) DO UPDATE SET
      subject = iif(subject = '', excluded.subject, subject),
      login = iif(login = '', excluded.login, login),
      client = iif(client = '', excluded.client, client),
      first_at_ms = min(first_at_ms, excluded.first_at_ms),
      last_at_ms = max(last_at_ms, excluded.last_at_ms),
      requests = requests + excluded.requests,
      held = held + excluded.held,
      denied = denied + excluded.denied,
      masked = masked + excluded.masked,
      commits = commits + excluded.commits,
      is_stopped = max(is_stopped, excluded.is_stopped)`);
  const mark = db.prepare("INSERT OR IGNORE INTO session_marks VALUES (?, ?, ?)");
  const one = db.prepare("SELECT * FROM sessions WHERE session = ?");
  const barred = db.prepare("SELECT 1 FROM stops WHERE session = ?");
  const repositories = db.prepare(
    "SELECT value FROM session_marks WHERE session = ? AND mark = 'repository' ORDER BY value LIMIT ?",
  );

  function cardOf(row: Row): SessionCard {
    const session = rowText(row, "session");
    return {
      session,
      subject: rowText(row, "subject"),
      login: rowText(row, "login"),
      client: rowText(row, "client"),
      firstAtMs: Number(row.first_at_ms),
      lastAtMs: Number(row.last_at_ms),
      requests: Number(row.requests),
      held: Number(row.held),
      denied: Number(row.denied),
      masked: Number(row.masked),
      commits: Number(row.commits),
      repositories: repositories.all(session, maxRepositories).map((found) => rowText(found, "value")),
      isStopped: row.is_stopped === 1 || barred.get(session) !== undefined,
    };
  }

  return {
    touch(touch) {
      upsert.run({
        session: touch.session,
        subject: touch.subject ?? "",
        login: touch.login ?? "",
        client: touch.client ?? "",
        at: touch.atMs,
        requests: touch.requests,
        held: touch.held,
        denied: touch.denied,
        masked: touch.masked,
        commits: touch.commits,
        stopped: touch.isStopped === true ? 1 : 0,
      });
      mark.run(touch.session, "day", new Date(touch.atMs).toISOString().slice(0, 10));
      if (touch.repository !== undefined) mark.run(touch.session, "repository", touch.repository);
      if (touch.decision !== undefined) mark.run(touch.session, "decision", touch.decision);
    },
    card(session) {
      const row = one.get(session);
      return row && cardOf(row);
    },
    list(filter, { limit, after }) {
      const { where, values } = conditions(filter, after);
      const rows = db
        .prepare(`SELECT * FROM sessions ${where} ORDER BY first_at_ms DESC, session DESC LIMIT ?`)
        .all(...values, limit + 1);
      return pageOf(rows, limit, cardOf, (row) => [Number(row.first_at_ms), rowText(row, "session")]);
    },
  };
}

/** Values only ever travel as parameters. */
function conditions(
  { user, repository, day, decision }: SessionFilter,
  after: string | undefined,
): { where: string; values: (string | number)[] } {
  const terms: string[] = [];
  const values: (string | number)[] = [];
  const cursor = cursorOf(after, 2);
  if (cursor.length > 0) {
    terms.push("(first_at_ms, session) < (?, ?)");
    values.push(...cursor);
  }
  if (user !== undefined) {
    terms.push("(login = ? OR subject = ?)");
    values.push(user, user);
  }
  for (const [mark, value] of Object.entries({ repository, day, decision })) {
    if (value === undefined) continue;
    terms.push(
      "EXISTS (SELECT 1 FROM session_marks m WHERE m.session = sessions.session AND m.mark = ? AND m.value = ?)",
    );
    values.push(mark, value);
  }
  return { where: terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`, values };
}
