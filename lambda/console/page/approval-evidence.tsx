// Why an approval waits: who asked, the rules that held it, what was established about the branches, and the votes.
import type { JSX } from "preact";
import type { ApprovalView } from "../../model/api.ts";
import { ChipMark, Id, Time } from "./bits.tsx";
import { Marked, Quoted } from "./marked.tsx";
import { count, listed, shortOid, shortRef } from "./words.ts";

export function ApprovalEvidence({ view }: { view: ApprovalView }): JSX.Element {
  return (
    <div class="evidence">
      <Who view={view} />
      <Why view={view} />
      <Votes view={view} />
      <Exact view={view} />
    </div>
  );
}

function Who({ view }: { view: ApprovalView }): JSX.Element {
  const { requester } = view;
  return (
    <section aria-labelledby="who">
      <h2 id="who">Who asked</h2>
      <p>
        <b>
          <Marked text={requester.login} where="name" />
        </b>
        {requester.teams.length > 0 ? ` of ${listed(requester.teams)}` : ""}, through{" "}
        <Marked text={requester.claimedClient} where="name" />
      </p>
      <p>
        <a href={`/sessions/${view.session}#${view.entry}`}>See the session that led here</a>
      </p>
    </section>
  );
}

function Why({ view }: { view: ApprovalView }): JSX.Element {
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why it waits</h2>
      <ul class="plain">
        {view.demands.map((demand) => (
          <li key={demand.rule}>
            Rule <code>{demand.rule}</code>:{" "}
            {demand.quorum === 1 ? "one person" : count(demand.quorum, "person", "people")} of{" "}
            {listed(demand.reviewers, "or")}
          </li>
        ))}
        {view.protection.map((fact) => (
          <li key={fact.ref}>
            <Marked text={shortRef(fact.ref)} where="name" />{" "}
            {fact.isProtected ? "is protected" : "is not protected"}: {fact.because}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Votes({ view }: { view: ApprovalView }): JSX.Element {
  return (
    <section aria-labelledby="votes">
      <h2 id="votes">Votes</h2>
      {view.votes.length > 0 ? null : view.coveredBy === undefined ? (
        <p class="quiet">Nobody has decided yet.</p>
      ) : (
        <p>
          Nobody voted on this one: the approval of{" "}
          <a href={`/approvals/${view.coveredBy.plan}`}>an earlier plan of this session</a> covers it until{" "}
          <Time atMs={view.coveredBy.untilMs} />.
        </p>
      )}
      <ul class="plain">
        {view.votes.map((vote) => (
          <li key={vote.subject}>
            <ChipMark
              chip={vote.decision === "approve" ? "approved" : "denied"}
              words={vote.decision === "approve" ? "approves" : "denies"}
            />{" "}
            <b>{vote.login}</b> · <Time atMs={vote.atMs} />
            <Quoted text={vote.reason} by={`${vote.login} wrote`} />
          </li>
        ))}
      </ul>
      {view.result === undefined ? null : (
        <p>
          GitHub answered {view.result.status} · <Time atMs={view.result.atMs} />
          {view.result.refs.map((ref) => (
            <span key={ref.ref}>
              {" "}
              · <Marked text={shortRef(ref.ref)} where="name" />{" "}
              {ref.ok ? "moved" : `refused: ${ref.reason ?? "no reason given"}`}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

/** Everything the approval is bound to, for those who want to compare. */
function Exact({ view }: { view: ApprovalView }): JSX.Element {
  return (
    <details class="exact">
      <summary>Exactly what is approved</summary>
      <dl>
        <dt>Operation</dt>
        <dd>
          <code>{view.operation}</code>
        </dd>
        {view.refs.map((ref) => (
          <div key={ref.ref}>
            <dt>
              {ref.change} <Marked text={ref.ref} where="name" />
            </dt>
            <dd>
              <code title={ref.old}>{shortOid(ref.old)}</code> →{" "}
              <code title={ref.new}>{shortOid(ref.new)}</code>
              {ref.force === "no"
                ? ""
                : ref.force === "yes"
                  ? ", rewriting history"
                  : ", may rewrite history"}
            </dd>
          </div>
        ))}
        {Object.entries(view.parameters).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>
                <Marked text={value} where="name" />
              </code>
            </dd>
          </div>
        ))}
        <dt>Plan hash</dt>
        <dd>
          <Id text={view.planHash} shown={`${view.planHash.slice(0, 16)}…`} what="the plan hash" />
        </dd>
        <dt>Policy hash</dt>
        <dd>
          <Id text={view.policyHash} shown={`${view.policyHash.slice(0, 16)}…`} what="the policy hash" />
        </dd>
        {view.packSha256 === undefined ? null : (
          <div>
            <dt>Pack SHA-256</dt>
            <dd>
              <Id text={view.packSha256} shown={`${view.packSha256.slice(0, 16)}…`} what="the pack's hash" />
            </dd>
          </div>
        )}
      </dl>
    </details>
  );
}
