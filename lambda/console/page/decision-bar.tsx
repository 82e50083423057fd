// The decision, always in sight: a reason, Approve once, Deny; and why not, where it is not possible.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApprovalView, Me } from "../../model/api.ts";
import { asProblem, post, signInAgain, type Problem } from "./call.ts";
import { useNow } from "./clock.ts";
import { whyDisabled } from "./may-decide.ts";
import { Marked } from "./marked.tsx";

interface DecisionProps {
  readonly view: ApprovalView;
  readonly me: Me;
  readonly isChanged: boolean;
  readonly onDecided: () => void;
  readonly onPlanChanged: () => void;
}

const maxReason = 2000;

export function DecisionBar(props: DecisionProps): JSX.Element {
  const { view, me, isChanged } = props;
  const now = useNow(1000);
  const [reason, setReason] = useKeptReason(view.id);
  const [hasSeenCut, setSeenCut] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const disabled = whyDisabled(view, now, isChanged);
  const isCut = view.change?.isTruncated === true;
  const needsReason = reason.trim() === "";

  const send = (run: () => Promise<unknown>): void => {
    setBusy(true);
    setProblem(undefined);
    run()
      .then(() => {
        setReason("");
        props.onDecided();
      })
      .catch((error: unknown) => {
        const found = asProblem(error);
        // The typed reason waits in this tab's storage until the reader is back.
        if (found.code === "GH_SIGN_IN_TOO_OLD") signInAgain(true);
        else if (found.code === "GH_SIGN_IN_REQUIRED") signInAgain(false);
        else if (found.code === "GH_PLAN_CHANGED") props.onPlanChanged();
        else setProblem(found);
      })
      .finally(() => {
        setBusy(false);
      });
  };
  const decide = (decision: "approve" | "deny"): void => {
    if (me.freshUntilMs <= Date.now()) {
      signInAgain(true);
      return;
    }
    const body = { decision, reason: reason.trim(), planHash: view.planHash };
    send(() => post<ApprovalView>(`/approvals/${view.id}/decision`, body));
  };

  return (
    <form
      class="decision"
      aria-label="Decision"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      {problem === undefined ? null : (
        <p class="banner danger" role="alert">
          {problem.message}
          {problem.reference === undefined ? "" : ` Reference ${problem.reference}.`}
        </p>
      )}
      {disabled !== undefined ? (
        <p class="why-not">
          <Marked text={disabled} />
        </p>
      ) : (
        <>
          {isCut ? (
            <label class="cut">
              <input
                type="checkbox"
                checked={hasSeenCut}
                onChange={(event) => {
                  setSeenCut(event.currentTarget.checked);
                }}
              />{" "}
              Not everything is shown above. I have looked at the rest in another way.
            </label>
          ) : null}
          <label class="reason">
            <span>
              Reason <span class="quiet">(required, recorded)</span>
            </span>
            <textarea
              rows={1}
              maxLength={maxReason}
              value={reason}
              required
              onInput={(event) => {
                setReason(event.currentTarget.value);
              }}
            />
          </label>
          <div class="buttons">
            <button
              type="button"
              class="primary"
              disabled={isBusy || needsReason || (isCut && !hasSeenCut)}
              onClick={() => {
                decide("approve");
              }}
            >
              Approve once
            </button>
            <button
              type="button"
              class="danger"
              disabled={isBusy || needsReason}
              onClick={() => {
                decide("deny");
              }}
            >
              Deny
            </button>
            <span class="quiet" role="status">
              {isBusy
                ? "Recording…"
                : needsReason
                  ? "Write a reason first."
                  : freshness(me.freshUntilMs, now)}
            </span>
          </div>
        </>
      )}
      {view.mayWithdraw && view.state === "pending" ? (
        <button
          type="button"
          disabled={isBusy}
          onClick={() => {
            send(() => post<ApprovalView>(`/approvals/${view.id}/withdraw`, {}));
          }}
        >
          Withdraw this request
        </button>
      ) : null}
    </form>
  );
}

function freshness(untilMs: number, nowMs: number): string {
  return untilMs <= nowMs ? "You will be asked to sign in again first; your reason is kept." : "";
}

/** Survives the trip to the company's sign-in, in this tab only. */
function useKeptReason(id: string): [string, (text: string) => void] {
  const key = `reason:${id}`;
  const [reason, setReason] = useState(() => sessionStorage.getItem(key) ?? "");
  useEffect(() => {
    if (reason === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, reason);
  }, [key, reason]);
  return [reason, setReason];
}
