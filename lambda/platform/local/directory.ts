// People as last seen in a verified token.
import type { DatabaseSync } from "node:sqlite";
import type { Person } from "../../model/caller.ts";
import type { Directory } from "../../model/ports.ts";
import { promised } from "./database.ts";
import { rowText } from "./rows.ts";

export function createDirectory(db: DatabaseSync): Directory {
  const find = db.prepare("SELECT json FROM people WHERE subject = ?");
  const upsert = db.prepare(
    "INSERT INTO people VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET json = excluded.json WHERE json <> excluded.json",
  );
  return {
    person: (subject) =>
      promised(() => {
        const row = find.get(subject);
        return row && (JSON.parse(rowText(row, "json")) as Person);
      }),
    remember: (seen) =>
      promised(() => {
        // Field by field: a caller or reviewer is a Person too, and brings more than belongs here.
        const { subject, login, name, email, teams, person } = seen;
        const json = JSON.stringify({ subject, login, name, email, teams, person });
        // Asked first: the same person comes with every request, and a write costs a disk sync.
        if (find.get(subject)?.json !== json) upsert.run(subject, json);
      }),
  };
}
