// One approval: what exactly will happen, who asked, why it waits, what would land, and the decision at the bottom.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ApprovalView, Me } from "../../model/api.ts";
import { ApprovalEvidence } from "./approval-evidence.tsx";
import { ChipMark, Id, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { get } from "./call.ts";
import { ChangeView } from "./change-view.tsx";
import { useNow } from "./clock.ts";
import { DecisionBar } from "./decision-bar.tsx";
import { JsonText } from "./json-view.tsx";
import { Marked } from "./marked.tsx";
import { OpenablePlan, OpenMasks } from "./open-masks.tsx";
import { useLoad } from "./use-load.ts";
import { planChip, stateWords } from "./verdicts.ts";
import { timeLeft } from "./words.ts";

const pollMs = 4000;
/** A large change is not fetched every few seconds. */
const pollLargeMs = 30_000;

export function ApprovalPage({ id, me }: { id: string; me: Me }): JSX.Element {
  const [isLarge, setLarge] = useState(false);
  const [notice, setNotice] = useState("");
  const { value, problem, reload } = useLoad(
    `approval ${id}`,
    async () => {
      const view = await get<ApprovalView>(`/approvals/${id}`);
      setLarge((view.change?.refs.reduce((sum, ref) => sum + ref.files.length, 0) ?? 0) > 300);
      return view;
    },
    isLarge ? pollLargeMs : pollMs,
  );
  const seen = useRef<ApprovalView | undefined>(undefined);
  const stale = useRef<ApprovalView | undefined>(undefined);
  // What a reviewer has read is what they decide on: another plan never slips in under their eyes.
  if (value !== undefined && value !== stale.current && seen.current?.id !== id) seen.current = value;
  const shown = seen.current;
  const isChanged = value !== undefined && shown !== undefined && value.planHash !== shown.planHash;
  useTitle(shown === undefined ? "Approval" : `${shown.headline.subject} · Approval`);

  const lookAgain = (why: string): void => {
    seen.current = undefined;
    stale.current = value;
    setNotice(why);
    reload();
  };
  if (shown?.id !== id) {
    return problem === undefined ? (
      <Loading what="the approval" />
    ) : (
      <Trouble problem={problem} onRetry={reload} isWholePage />
    );
  }
  const view: ApprovalView =
    value === undefined || isChanged
      ? shown
      : { ...value, ...(shown.change ? { change: shown.change } : {}) };
  return (
    <article class="approval">
      <Head view={view} />
      {problem === undefined ? null : (
        <p class="banner warn" role="alert">
          Not refreshed: {problem.message}
        </p>
      )}
      {notice === "" ? null : (
        <p class="banner warn" role="alert">
          {notice}
        </p>
      )}
      {isChanged ? (
        <p class="banner danger" role="alert">
          <b>What waits here has changed since you opened this page.</b>{" "}
          <button
            type="button"
            onClick={() => {
              seen.current = value;
              setNotice("This is the present request. Look again before you decide.");
            }}
          >
            Look at it now
          </button>
        </p>
      ) : null}
      <ApprovalEvidence view={view} />
      <OpenablePlan.Provider value={view.mayDecide ? view.id : undefined}>
        <What view={view} />
      </OpenablePlan.Provider>
      <DecisionBar
        view={view}
        me={me}
        isChanged={isChanged}
        onDecided={reload}
        onPlanChanged={() => {
          lookAgain(
            "What you looked at is not what waits now. Nothing was decided; this is the present request.",
          );
        }}
      />
    </article>
  );
}

function Head({ view }: { view: ApprovalView }): JSX.Element {
  const now = useNow(1000);
  return (
    <header class="page-head approval-head">
      <p class="crumbs">
        <a href="/">Approvals</a> / <Id text={view.id} what="the approval id" />
      </p>
      <h1>
        <Marked text={view.headline.subject} />
      </h1>
      <p class="sentence">
        <Marked text={view.sentence} />
      </p>
      <p>
        {view.state === "pending" ? (
          <>
            <ChipMark chip="held" words={view.expiresAtMs > now ? "waiting" : "time is over"} />{" "}
            <b class="left">{timeLeft(view.expiresAtMs, now)}</b>
          </>
        ) : (
          <ChipMark chip={planChip(view.state)} words={stateWords[view.state]} />
        )}
        <span class="quiet">
          {" "}
          · asked <Time atMs={view.createdAtMs} />
        </span>
        {view.endReason === undefined ? null : (
          <span>
            {" "}
            · <Marked text={view.endReason} />
          </span>
        )}
      </p>
    </header>
  );
}

function What({ view }: { view: ApprovalView }): JSX.Element {
  return (
    <section class="what" aria-labelledby="what">
      <h2 id="what">What would land</h2>
      {view.change === undefined ? null : <ChangeView change={view.change} />}
      {view.requestBody === undefined ? null : (
        <>
          <h3>Request body</h3>
          <JsonText text={view.requestBody} name="the request body" />
          <OpenMasks />
        </>
      )}
      {view.change === undefined && view.requestBody === undefined ? (
        <p class="quiet">This request carries no commits and no body; the sentence above says all of it.</p>
      ) : null}
    </section>
  );
}
