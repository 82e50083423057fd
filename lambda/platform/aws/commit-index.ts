// Which entry brought a commit to GitHub: one small item each, under a key that says it all.
import type { Landing } from "../../model/ports.ts";
import type { ChainedRecord } from "../../model/record.ts";
import { textIn } from "./expressions.ts";
import type { Items } from "./items.ts";
import { keys, sortable } from "./table.ts";

/** Puts under way at once; a push may bring a thousand commits. */
const atOnce = 32;

export interface CommitIndex {
  /** Writing it again changes nothing: the key holds commit, time and entry, and there is nothing else. */
  add(batch: readonly ChainedRecord[]): Promise<void>;
  find(repository: string, prefix: string, limit: number): Promise<readonly Landing[]>;
}

export function createCommitIndex(items: Items): CommitIndex {
  return {
    async add(batch) {
      const found = batch.flatMap(({ record }) => {
        if (record.kind !== "outcome" || record.landed === undefined) return [];
        const { repository, commits } = record.landed;
        const after = `${sortable(record.atMs)}#${record.entry}`;
        return commits.map((oid) => keys.landing(repository, oid, `${oid}#${after}`));
      });
      for (let at = 0; at < found.length; at += atOnce)
        await Promise.all(found.slice(at, at + atOnce).map((key) => items.put(key)));
    },
    async find(repository, prefix, limit) {
      const { pk } = keys.landing(repository, prefix, "");
      // Those that begin with the prefix come first above it.
      const found = await items.query({ partition: pk, above: prefix, limit });
      return found
        .map((item) => textIn(item, "sk").split("#"))
        .flatMap(([commit = "", , entry = ""]) => (commit.startsWith(prefix) ? [{ commit, entry }] : []));
    },
  };
}
