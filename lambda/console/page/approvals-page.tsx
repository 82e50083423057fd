// The reviewer's inbox: what waits for a decision, newest first, with the time that is left.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ApprovalCard } from "../../model/api.ts";
import type { Page } from "../../model/ports.ts";
import { ChipMark, Empty, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { get } from "./call.ts";
import { useNow } from "./clock.ts";
import { Icon } from "./icon.tsx";
import { mergeLive } from "./live-rows.ts";
import { Marked } from "./marked.tsx";
import { useLoad } from "./use-load.ts";
import { planChip, stateWords } from "./verdicts.ts";
import { count, shareLeft, shortOid, shortRef, timeLeft } from "./words.ts";

const pollMs = 4000;

export function ApprovalsPage({ state }: { state: string }): JSX.Element {
  useTitle(state === "all" ? "All approvals" : "Approvals");
  const path = state === "all" ? "/approvals" : "/approvals?state=pending";
  const { value, problem, reload } = useLoad(path, () => get<Page<ApprovalCard>>(path), pollMs);
  return (
    <>
      <header class="page-head">
        <h1>Approvals</h1>
        <nav class="tabs" aria-label="Which approvals">
          <a href="/" aria-current={state === "all" ? undefined : "page"}>
            Waiting
          </a>
          <a href="/approvals?state=all" aria-current={state === "all" ? "page" : undefined}>
            All
          </a>
        </nav>
      </header>
      {problem === undefined ? null : <Trouble problem={problem} onRetry={reload} />}
      {value === undefined ? (
        problem === undefined ? (
          <Loading what="approvals" />
        ) : null
      ) : value.items.length === 0 ? (
        <Empty title={state === "all" ? "No approvals yet" : "Nothing waits for you"}>
          When an agent asks for something that needs a second person, such as a push to a protected branch,
          it appears here and waits. This page refreshes itself.
        </Empty>
      ) : (
        <Cards key={state} latest={value.items} hasMore={value.next !== undefined} />
      )}
    </>
  );
}

function Cards({ latest, hasMore }: { latest: readonly ApprovalCard[]; hasMore: boolean }): JSX.Element {
  const now = useNow(1000);
  const [isHeld, setHeld] = useState(false);
  const shown = useRef(latest);
  const rows = mergeLive(shown.current, latest, (card) => card.id, isHeld);
  shown.current = rows.shown;
  return (
    <>
      <NewRows
        waiting={rows.waiting}
        noun="request"
        onShow={() => {
          setHeld(false);
        }}
      />
      <ul
        class="cards"
        onMouseEnter={() => {
          setHeld(true);
        }}
        onMouseLeave={() => {
          setHeld(false);
        }}
      >
        {rows.shown.map((card) => (
          <li key={card.id}>
            <Card card={card} nowMs={now} />
          </li>
        ))}
      </ul>
      {hasMore ? <p class="quiet">Older ones are not listed here.</p> : null}
    </>
  );
}

/** Says that there is more, and lets the reader decide when the list may move. */
export function NewRows(props: { waiting: number; noun: string; onShow: () => void }): JSX.Element {
  return (
    <p class="new-rows" role="status">
      {props.waiting === 0 ? null : (
        <button type="button" onClick={props.onShow}>
          {count(props.waiting, `new ${props.noun}`)}: show
        </button>
      )}
    </p>
  );
}

function Card({ card, nowMs }: { card: ApprovalCard; nowMs: number }): JSX.Element {
  const isPending = card.state === "pending";
  const { headline } = card;
  return (
    <article class="card">
      <p class="card-top">
        {isPending ? (
          <span class="left">
            <Icon name="clock" />
            {timeLeft(card.expiresAtMs, nowMs)}
          </span>
        ) : (
          <ChipMark chip={planChip(card.state)} words={stateWords[card.state]} />
        )}
        <span>
          <b>
            <Marked text={card.requester.login} where="name" />
          </b>{" "}
          via <Marked text={card.requester.claimedClient} where="name" />
        </span>
        <span class="quiet">{card.demands.map((demand) => demand.rule).join(", ")}</span>
      </p>
      <h2>
        <a href={`/approvals/${card.id}`}>
          <Marked text={headline.subject} />
        </a>
      </h2>
      <p class="card-what">
        {card.title} · <Marked text={card.repository} where="name" />
        {card.refs.map((ref) => (
          <span key={ref.ref} class="ref-move">
            <Marked text={shortRef(ref.ref)} where="name" />{" "}
            <code>
              {shortOid(ref.old)} → {shortOid(ref.new)}
            </code>
          </span>
        ))}
      </p>
      <p class="quiet">
        {headline.commits > 0 ? `${count(headline.commits, "commit")} · ` : ""}
        {count(headline.files, "file")} · <span class="plus">+{headline.added}</span>{" "}
        <span class="minus">−{headline.removed}</span> · asked <Time atMs={card.createdAtMs} />
        {card.mayNotBecause === undefined ? "" : ` · ${card.mayNotBecause}`}
      </p>
      {isPending ? (
        <span
          class="time-bar"
          style={{ width: `${100 * shareLeft(card.createdAtMs, card.expiresAtMs, nowMs)}%` }}
        />
      ) : null}
    </article>
  );
}
