// All sittings of all agents: who, with what, where, and how much of it was held, denied or masked.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Me } from "../../model/api.ts";
import type { Page, SessionCard } from "../../model/ports.ts";
import { NewRows } from "./approvals-page.tsx";
import { ChipMark, Empty, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { get } from "./call.ts";
import { useNow } from "./clock.ts";
import { go } from "./go.ts";
import { mergeLive } from "./live-rows.ts";
import { Marked } from "./marked.tsx";
import { filterQuery, type FilterName } from "./route.ts";
import { fits, joinRows } from "./session-rows.ts";
import { StopSession } from "./stop-session.tsx";
import { useLoad } from "./use-load.ts";
import { ago } from "./words.ts";

const pollMs = 4000;

interface SessionsProps {
  readonly filter: Readonly<Record<FilterName, string>>;
  readonly me: Me;
}

export function SessionsPage({ filter, me }: SessionsProps): JSX.Element {
  useTitle("Sessions");
  const broad = listPath({ ...filter, user: "", repository: "" });
  const exact = listPath(filter);
  const all = useLoad(broad, () => get<Page<SessionCard>>(broad), pollMs);
  // The page narrows what it has; the gateway adds older sessions that match exactly.
  const more = useLoad(
    exact,
    () => (exact === broad ? Promise.resolve({ items: [] }) : get<Page<SessionCard>>(exact)),
    0,
  );
  const rows = joinRows(
    (all.value?.items ?? []).filter((card) => fits(card, filter)),
    more.value?.items ?? [],
  );
  const isFiltered = filterQuery(filter) !== "";
  return (
    <>
      <header class="page-head">
        <h1>Sessions</h1>
      </header>
      <Filters filter={filter} />
      {all.problem === undefined ? null : <Trouble problem={all.problem} onRetry={all.reload} />}
      {all.value === undefined ? (
        all.problem === undefined ? (
          <Loading what="sessions" />
        ) : null
      ) : rows.length === 0 ? (
        <Empty title={isFiltered ? "No session fits" : "No sessions yet"}>
          {isFiltered
            ? "Loosen the filter to see more."
            : "A session appears as soon as an agent sends its first request through this gateway."}
        </Empty>
      ) : (
        <Table key={exact} latest={rows} me={me} onStopped={all.reload} />
      )}
    </>
  );
}

function listPath(filter: Readonly<Record<FilterName, string>>): string {
  const query = filterQuery(filter);
  return `/sessions${query}${query === "" ? "?" : "&"}limit=200`;
}

function Filters({ filter }: { filter: Readonly<Record<FilterName, string>> }): JSX.Element {
  const change = (name: FilterName, value: string): void => {
    go(`/sessions${filterQuery({ ...filter, [name]: value })}`, "replace");
  };
  const field = (name: FilterName, label: string): JSX.Element => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        value={filter[name]}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          change(name, event.currentTarget.value);
        }}
      />
    </label>
  );
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter sessions"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      {field("user", "Person")}
      {field("repository", "Repository")}
      <label>
        <span>Day (UTC)</span>
        <input
          type="date"
          value={filter.day}
          onInput={(event) => {
            change("day", event.currentTarget.value);
          }}
        />
      </label>
      <label>
        <span>With</span>
        <select
          value={filter.decision}
          onChange={(event) => {
            change("decision", event.currentTarget.value);
          }}
        >
          <option value="">any decision</option>
          <option value="hold">something held</option>
          <option value="deny">something denied</option>
          <option value="allow">something allowed</option>
        </select>
      </label>
    </form>
  );
}

interface TableProps {
  readonly latest: readonly SessionCard[];
  readonly me: Me;
  readonly onStopped: () => void;
}

function Table({ latest, me, onStopped }: TableProps): JSX.Element {
  const now = useNow(10_000);
  const [isHeld, setHeld] = useState(false);
  const shown = useRef(latest);
  const rows = mergeLive(shown.current, latest, (card) => card.session, isHeld);
  shown.current = rows.shown;
  return (
    <>
      <NewRows
        waiting={rows.waiting}
        noun="session"
        onShow={() => {
          setHeld(false);
        }}
      />
      <table
        class="sessions"
        onMouseEnter={() => {
          setHeld(true);
        }}
        onMouseLeave={() => {
          setHeld(false);
        }}
      >
        <thead>
          <tr>
            <th scope="col">Last seen</th>
            <th scope="col">Who</th>
            <th scope="col">Agent</th>
            <th scope="col">Repositories</th>
            <th scope="col" class="n">
              Requests
            </th>
            <th scope="col" class="n">
              Held
            </th>
            <th scope="col" class="n">
              Denied
            </th>
            <th scope="col" class="n">
              Masked
            </th>
            <th scope="col" class="n">
              Commits
            </th>
            <th scope="col">
              <span class="unseen">State</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.shown.map((card) => (
            <Row key={card.session} card={card} me={me} nowMs={now} onStopped={onStopped} />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface RowProps {
  readonly card: SessionCard;
  readonly me: Me;
  readonly nowMs: number;
  readonly onStopped: () => void;
}

function Row({ card, me, nowMs, onStopped }: RowProps): JSX.Element {
  const number = (value: number, label: string, tone: string): JSX.Element => (
    <td class={`n ${value > 0 ? tone : "zero"}`} data-label={label}>
      {value.toLocaleString("en")}
    </td>
  );
  return (
    <tr>
      <td>
        <a href={`/sessions/${card.session}`} title={card.session}>
          {ago(card.lastAtMs, nowMs)}
        </a>
        <div class="quiet">
          <Time atMs={card.lastAtMs} />
        </div>
      </td>
      <td class="who">
        <Marked text={card.login} where="name" />
      </td>
      <td>
        <Marked text={card.client} where="name" />
      </td>
      <td>
        {card.repositories.slice(0, 3).map((name) => (
          <div key={name}>
            <Marked text={name} where="name" />
          </div>
        ))}
        {card.repositories.length > 3 ? (
          <div class="quiet">and {card.repositories.length - 3} more</div>
        ) : null}
      </td>
      {number(card.requests, "requests", "")}
      {number(card.held, "held", "held")}
      {number(card.denied, "denied", "denied")}
      {number(card.masked, "masked", "masked")}
      {number(card.commits, "commits", "")}
      <td>
        {card.isStopped ? (
          <ChipMark chip="stopped" />
        ) : me.may.stopSessions ? (
          <StopSession session={card.session} login={card.login} onStopped={onStopped} />
        ) : null}
      </td>
    </tr>
  );
}
