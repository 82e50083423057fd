// The kill switch, with one question before it.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { asProblem, post, type Problem } from "./call.ts";
import { Icon } from "./icon.tsx";

interface StopProps {
  readonly session: string;
  readonly login: string;
  readonly onStopped: () => void;
}

export function StopSession({ session, login, onStopped }: StopProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const stop = (): void => {
    setBusy(true);
    post(`/sessions/${session}/stop`, { reason: reason.trim() })
      .then(() => {
        dialog.current?.close();
        onStopped();
      })
      .catch((error: unknown) => {
        setProblem(asProblem(error));
      })
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <>
      <button
        type="button"
        class="stop"
        aria-label={`Stop session of ${login}`}
        onClick={() => {
          setProblem(undefined);
          dialog.current?.showModal();
        }}
      >
        <Icon name="stop" /> Stop
      </button>
      <dialog ref={dialog} aria-label="Stop this session">
        <h2>Stop this session of {login}?</h2>
        <p>
          Its tokens end now, its running requests are cut off, and what waits for approval is not sent.{" "}
          {login} has to sign in again.
        </p>
        <label class="reason">
          <span>Reason (required, recorded)</span>
          <textarea
            rows={2}
            maxLength={2000}
            value={reason}
            onInput={(event) => {
              setReason(event.currentTarget.value);
            }}
          />
        </label>
        {problem === undefined ? null : <p role="alert">{problem.message}</p>}
        <div class="buttons">
          <button type="button" class="danger" disabled={isBusy || reason.trim() === ""} onClick={stop}>
            Stop the session
          </button>
          <button
            type="button"
            onClick={() => {
              dialog.current?.close();
            }}
          >
            Let it run
          </button>
        </div>
      </dialog>
    </>
  );
}
