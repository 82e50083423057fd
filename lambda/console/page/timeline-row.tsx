// One row of the timeline: a prompt, an entry, a tool that an answer asked for, or the commits that landed.
import type { JSX } from "preact";
import type { EntryView } from "../../model/api.ts";
import { ChipMark, Time } from "./bits.tsx";
import { Marked } from "./marked.tsx";
import { blamePath, type Row } from "./prompt-rows.ts";
import { chipsOf } from "./verdicts.ts";
import { count, duration, shortOid, shortRef } from "./words.ts";

export function TimelineRow({ row, isSelected }: { row: Row; isSelected: boolean }): JSX.Element {
  switch (row.is) {
    case "entry":
      return <EntryRow entry={row.entry} depth={row.depth} isSelected={isSelected} />;
    case "prompt":
      return (
        <li class="row-head">
          <span class="row-top">
            Prompt <Time atMs={row.atMs} isShort />
          </span>
          <span class="row-title">
            {row.text === undefined ? "Not recorded in words" : <Marked text={row.text} />}
          </span>
        </li>
      );
    case "tool":
      return (
        <li class="row-step deep">
          <span class="row-title">
            Asks for <Marked text={row.name} where="name" />
          </span>
          <span class="row-where">{followers(row.calls)}</span>
        </li>
      );
    case "commits":
      return <CommitRow repository={row.repository} oids={row.oids} />;
    case "unmatched":
      return (
        <li class="row-head">
          <span class="row-top">{count(row.calls, "entry", "entries")}</span>
          <span class="row-title">Led back to no prompt for certain</span>
        </li>
      );
    default:
      return row satisfies never;
  }
}

function CommitRow({ repository, oids }: { repository: string; oids: readonly string[] }): JSX.Element {
  const [newest = ""] = oids;
  return (
    <li class="row-step deeper">
      <span class="row-title">
        Landed:{" "}
        <a class="row-link" href={blamePath(repository, newest)}>
          {shortOid(newest)}
        </a>
        {oids.length > 1 ? ` and ${count(oids.length - 1, "more commit")}` : ""}
      </span>
      <span class="row-where">
        <Marked text={repository} where="name" />
      </span>
    </li>
  );
}

interface EntryRowProps {
  readonly entry: EntryView;
  readonly depth: 0 | 1 | 2;
  readonly isSelected: boolean;
}

function EntryRow({ entry, depth, isSelected }: EntryRowProps): JSX.Element {
  const { action } = entry.intent;
  const [ref] = action.refs;
  const total = entry.outcome?.timings.total;
  return (
    <li class={["", "deep", "deeper"][depth]}>
      <a class="row" href={`#${entry.entry}`} aria-current={isSelected ? "true" : undefined}>
        <span class="row-top">
          <Time atMs={entry.intent.atMs} isShort />
          <span class="row-chips">
            {chipsOf(entry).map((chip) => (
              <ChipMark key={chip} chip={chip} />
            ))}
          </span>
          <span class="row-ms">{total === undefined ? "…" : duration(total)}</span>
        </span>
        <span class="row-title">{action.title}</span>
        <span class="row-where">
          {action.repository === undefined ? null : <Marked text={action.repository} where="name" />}
          {ref === undefined ? null : (
            <>
              {" · "}
              <Marked text={shortRef(ref.ref)} where="name" />
            </>
          )}
        </span>
      </a>
    </li>
  );
}

function followers(calls: number): string {
  if (calls === 0) return "no call at GitHub is known to follow";
  return calls === 1 ? "1 entry follows" : `${calls} entries follow`;
}
