// The replay: every request of one session in order, with what was decided and why.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { EntryView, Me, SessionView } from "../../model/api.ts";
import { ChipMark, Empty, Id, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import type { Tab } from "./entry-bodies.tsx";
import { EntryDetail } from "./entry-detail.tsx";
import { mentions } from "./entry-pages.ts";
import { go } from "./go.ts";
import { Marked } from "./marked.tsx";
import { Player, usePlayer } from "./player.tsx";
import { entriesIn, rowsOf, type Row } from "./prompt-rows.ts";
import { useSession } from "./session-load.ts";
import { StopSession } from "./stop-session.tsx";
import { Timeline } from "./timeline.tsx";
import { isDecision } from "./verdicts.ts";
import { count, duration } from "./words.ts";

export function SessionPage({ id, entry, me }: { id: string; entry: string; me: Me }): JSX.Element {
  const loaded = useSession(id);
  const { session } = loaded;
  useTitle(session === undefined ? "Session" : `Session of ${session.login}`);
  if (session === undefined) {
    return loaded.problem === undefined ? (
      <Loading what="the session" />
    ) : (
      <Trouble problem={loaded.problem} onRetry={loaded.reload} isWholePage />
    );
  }
  return (
    <div class="replay">
      <Head session={session} me={me} onStopped={loaded.reload} />
      {loaded.problem === undefined ? null : (
        <p class="banner warn" role="alert">
          Not refreshed: {loaded.problem.message}
        </p>
      )}
      {loaded.isCut ? (
        <p class="banner warn">Only the first {loaded.entries.length} entries are shown.</p>
      ) : null}
      {loaded.entries.length === 0 ? (
        <Empty title="Nothing recorded yet">Requests of this session appear here as they are made.</Empty>
      ) : (
        <Replay entries={loaded.entries} wanted={entry} isComplete={loaded.isComplete} />
      )}
    </div>
  );
}

function Head({
  session,
  me,
  onStopped,
}: {
  session: SessionView;
  me: Me;
  onStopped: () => void;
}): JSX.Element {
  return (
    <header class="page-head">
      <p class="crumbs">
        <a href="/sessions">Sessions</a> / <Id text={session.session} what="the session id" />
      </p>
      <h1>
        <Marked text={session.login} where="name" /> · <Marked text={session.client} where="name" />
      </h1>
      <p class="quiet">
        <Time atMs={session.firstAtMs} /> · {duration(session.lastAtMs - session.firstAtMs)} ·{" "}
        {count(session.requests, "request")} · {session.held} held · {session.denied} denied ·{" "}
        {session.masked} masked · {count(session.commits, "commit")}
      </p>
      {session.isStopped ? (
        <ChipMark chip="stopped" words="stopped by a person" />
      ) : me.may.stopSessions ? (
        <StopSession session={session.session} login={session.login} onStopped={onStopped} />
      ) : null}
    </header>
  );
}

interface ReplayProps {
  readonly entries: readonly EntryView[];
  readonly wanted: string;
  readonly isComplete: boolean;
}

function Replay({ entries, wanted, isComplete }: ReplayProps): JSX.Element {
  const [words, setWords] = useState("");
  const [tab, setTab] = useState<Tab>("request");
  // What a search finds stands in its own order: the answers that led to it may not be among it.
  const rows = useMemo((): readonly Row[] => {
    if (words.trim() === "") return rowsOf(entries);
    const found = entries.filter((entry) => mentions(entry, words.trim()));
    return found.map((entry) => ({ is: "entry", key: entry.entry, entry, depth: 0 }));
  }, [entries, words]);
  const shown = useMemo(() => entriesIn(rows), [rows]);
  const at = shown.findIndex((entry) => entry.entry === wanted);
  const selected = at >= 0 ? at : wanted === "" || isComplete ? 0 : -1;
  const entry = shown[selected];
  const select = (index: number): void => {
    const next = shown[index];
    if (next !== undefined) go(`#${next.entry}`, "replace");
  };
  const player = usePlayer({
    atMs: shown.map((candidate) => candidate.intent.atMs),
    selected,
    select,
    nextDecision: () => {
      const next = shown.findIndex((candidate, index) => index > selected && isDecision(candidate));
      if (next >= 0) select(next);
    },
    showDiff: () => {
      setTab("diff");
    },
  });
  return (
    <>
      <div class="replay-tools">
        <Player player={player} position={`${selected + 1} of ${shown.length}`} />
        <label class="search">
          <span class="unseen">Search this session</span>
          <input
            id="replay-search"
            type="search"
            placeholder="Search"
            value={words}
            onInput={(event) => {
              setWords(event.currentTarget.value);
            }}
          />
        </label>
      </div>
      <div class="replay-panes">
        <Timeline rows={rows} selected={rows.findIndex(({ key }) => key === entry?.entry)} />
        {entry === undefined ? (
          isComplete ? (
            <Empty title="Nothing fits">No entry of this session mentions that.</Empty>
          ) : (
            <Loading what="the entry" />
          )
        ) : (
          <EntryDetail
            entry={entry}
            caused={entries.filter(({ causedBy }) => causedBy?.entry === entry.entry)}
            tab={tab}
            onTab={setTab}
          />
        )}
      </div>
    </>
  );
}
