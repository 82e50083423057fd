// The tables of gatehouse.db, one migration after the other; `user_version` counts those that ran. Never edit one that shipped.

const first = `
CREATE TABLE records (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  writer TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  entry TEXT,
  session TEXT,
  event TEXT,
  hash TEXT NOT NULL,
  json TEXT NOT NULL,
  UNIQUE (writer, seq)
) STRICT;
CREATE INDEX records_of_entry ON records (entry, n) WHERE entry IS NOT NULL;
CREATE INDEX intents_of_session ON records (session, n) WHERE kind = 'intent';
CREATE INDEX events ON records (event, n) WHERE event IS NOT NULL;

CREATE TABLE open_entries (entry TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX open_entries_by_age ON open_entries (at_ms);

CREATE TABLE sessions (
  session TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  login TEXT NOT NULL,
  client TEXT NOT NULL,
  first_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  held INTEGER NOT NULL,
  denied INTEGER NOT NULL,
  masked INTEGER NOT NULL,
  commits INTEGER NOT NULL,
  is_stopped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_age ON sessions (first_at_ms, session);
CREATE TABLE session_marks (
  session TEXT NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('repository', 'day', 'decision')),
  value TEXT NOT NULL,
  PRIMARY KEY (session, mark, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_marks_by_value ON session_marks (mark, value, session);

CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  session TEXT NOT NULL,
  requester TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX live_plans ON plans (session, hash) WHERE state IN ('pending', 'approved', 'executing');
CREATE INDEX plans_by_age ON plans (created_at_ms, id);
CREATE INDEX plans_by_state ON plans (state, created_at_ms, id);
CREATE INDEX plans_by_session ON plans (session, created_at_ms, id);
CREATE INDEX plans_by_requester ON plans (requester, created_at_ms, id);

CREATE TABLE people (subject TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE stops (
  session TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  stopped_by TEXT NOT NULL,
  n INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
CREATE INDEX stops_by_subject ON stops (subject, at_ms);

CREATE TABLE keyed (
  key_hash TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX keyed_by_expiry ON keyed (expires_at_ms);
`;

/** Plans of before know no schedule, and their reviewers were not told by us; the sandbox's messages. */
const second = `
UPDATE plans SET json = json_set(json,
  '$.schedule', json_object('expiresAtMs', json_extract(json, '$.expiresAtMs')),
  '$.steps', json_array('asked'))
WHERE json_extract(json, '$.schedule') IS NULL;

CREATE TABLE inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL) STRICT;
`;

/** Which entry brought a commit to GitHub. Outcomes of before do not name commits. */
const third = `
CREATE TABLE commits (
  repository TEXT NOT NULL,
  oid TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (repository, oid, at_ms, entry)
) STRICT, WITHOUT ROWID;
`;

export const migrations: readonly string[] = [first, second, third];
