// The selected entry of a replay: the verdict and why, who it was, where the time went, and what was said.
import type { JSX } from "preact";
import type { EntryView } from "../../model/api.ts";
import { ChipMark, Id, Time } from "./bits.tsx";
import { EntryBodies, type Tab } from "./entry-bodies.tsx";
import { WhatIfs } from "./explanation.tsx";
import { Lineage } from "./lineage-facts.tsx";
import { Marked, Quoted } from "./marked.tsx";
import { chipsOf, lastState, maskedValues, outcomeSentence, stateWords } from "./verdicts.ts";
import { Waterfall } from "./waterfall.tsx";
import { count, shortOid, shortRef } from "./words.ts";

interface DetailProps {
  readonly entry: EntryView;
  /** What its answer led to, as far as that is certain. */
  readonly caused: readonly EntryView[];
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
}

export function EntryDetail({ entry, caused, tab, onTab }: DetailProps): JSX.Element {
  const { intent, outcome } = entry;
  const { action } = intent;
  return (
    <article class="detail" aria-labelledby="entry-title">
      <header>
        <p class="row-chips">
          {chipsOf(entry).map((chip) => (
            <ChipMark key={chip} chip={chip} />
          ))}{" "}
          <Time atMs={intent.atMs} />
        </p>
        <h2 id="entry-title">{action.title}</h2>
        <p class="request-line">
          <code>
            {intent.request.method} <Marked text={intent.request.path} where="name" />
          </code>
        </p>
        {action.refs.map((ref) => (
          <p key={ref.ref}>
            <Marked text={shortRef(ref.ref)} where="name" />{" "}
            <code>
              {shortOid(ref.old)} → {shortOid(ref.new)}
            </code>{" "}
            <span class="quiet">{resultOf(entry, ref.ref)}</span>
          </p>
        ))}
        <p>
          <b>{outcomeSentence(entry)}</b>{" "}
          {maskedValues(entry) > 0 ? `${count(maskedValues(entry), "value")} masked.` : ""}
        </p>
      </header>
      <div class="detail-facts">
        <Why entry={entry} />
        <WhoWas entry={entry} />
        <Lineage entry={entry} caused={caused} />
        <section aria-labelledby="times">
          <h3 id="times">Where the time went</h3>
          {outcome === undefined ? (
            <p class="quiet">Still running.</p>
          ) : (
            <Waterfall timings={outcome.timings} />
          )}
        </section>
      </div>
      <EntryBodies key={entry.entry} entry={entry} tab={tab} onTab={onTab} />
    </article>
  );
}

function resultOf(entry: EntryView, ref: string): string {
  const result = entry.outcome?.refResults.find((candidate) => candidate.ref === ref);
  if (result === undefined) return "";
  return result.ok ? "moved" : `did not move: ${result.reason ?? "no reason given"}`;
}

function Why({ entry }: { entry: EntryView }): JSX.Element {
  const { verdict } = entry.intent;
  const { plan } = entry.intent;
  return (
    <section aria-labelledby="verdict">
      <h3 id="verdict">Verdict and why</h3>
      <p>
        <Marked text={verdict.reason} />
      </p>
      <ul class="plain">
        {verdict.rules.map((rule) => (
          <li key={rule}>
            Rule <code>{rule}</code>
          </li>
        ))}
        {verdict.masks.length > 0 ? <li>Masks: {verdict.masks.join(", ")}</li> : null}
        {verdict.protection.map((fact) => (
          <li key={fact.ref}>
            <Marked text={shortRef(fact.ref)} where="name" />{" "}
            {fact.isProtected ? "is protected" : "is not protected"}: {fact.because}
          </li>
        ))}
      </ul>
      <WhatIfs key={entry.entry} entry={entry.entry} />
      {plan === undefined ? null : (
        <p>
          <a href={`/approvals/${plan}`}>
            {entry.approvals.length === 0 ? "Its approval" : `Its approval: ${stateWords[lastState(entry)]}`}
          </a>
        </p>
      )}
      {entry.approvals.map((step) =>
        step.vote === undefined ? null : (
          <Quoted
            key={step.seq}
            text={step.vote.reason}
            by={`${step.vote.login} ${step.vote.decision === "approve" ? "approved" : "denied"}`}
          />
        ),
      )}
    </section>
  );
}

function WhoWas({ entry }: { entry: EntryView }): JSX.Element {
  const { caller } = entry.intent;
  return (
    <section aria-labelledby="identity">
      <h3 id="identity">Identity</h3>
      <dl>
        <dt>Person</dt>
        <dd>
          <Marked text={caller.login} where="name" />
          {caller.teams.length > 0 ? <span class="quiet"> · {caller.teams.join(", ")}</span> : null}
        </dd>
        <dt>Agent says it is</dt>
        <dd>
          <Marked text={caller.client} where="name" />
        </dd>
        <dt>Proof</dt>
        <dd>
          {caller.proof} from {caller.remoteAddress}
        </dd>
        <dt>Entry</dt>
        <dd>
          <Id text={entry.entry} what="the entry id" />
        </dd>
      </dl>
    </section>
  );
}
