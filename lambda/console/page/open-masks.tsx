// "Show what is masked here": a reviewer gives a reason, and sees the lines that would land as they are, once.
import type { JSX } from "preact";
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import type { OpenedMasks } from "../../model/api.ts";
import { asProblem, post, signInAgain, type Problem } from "./call.ts";
import { Marked } from "./marked.tsx";

/** The plan whose masks the reader may open; without one (in a replay, say) none can be opened. */
export const OpenablePlan = createContext<string | undefined>(undefined);

const maxReason = 2000;

/** `path` and `diffOf` name the file of a push; a REST body needs neither. */
export function OpenMasks({ path, diffOf }: { path?: string; diffOf?: string }): JSX.Element | null {
  const plan = useContext(OpenablePlan);
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [opened, setOpened] = useState<OpenedMasks>();
  if (plan === undefined) return null;
  if (opened !== undefined) return <Opened masks={opened} />;
  const open = (): void => {
    setBusy(true);
    setProblem(undefined);
    post<OpenedMasks>(`/approvals/${plan}/reveal`, { path, ref: diffOf, reason: reason.trim() })
      .then(setOpened)
      .catch((error: unknown) => {
        const found = asProblem(error);
        if (found.code === "GH_SIGN_IN_TOO_OLD") signInAgain(true);
        else setProblem(found);
      })
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <details class="open-masks">
      <summary>Show what is masked here</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <label>
          Why you need to see it <span class="quiet">(required, recorded with your name)</span>{" "}
          <input
            type="text"
            required
            maxLength={maxReason}
            value={reason}
            onInput={(event) => {
              setReason(event.currentTarget.value);
            }}
          />
        </label>{" "}
        <button type="submit" disabled={isBusy || reason.trim() === ""}>
          Show it
        </button>
      </form>
      {problem === undefined ? null : (
        <p class="banner danger" role="alert">
          {problem.message}
        </p>
      )}
    </details>
  );
}

function Opened({ masks: { lines, isCut } }: { masks: OpenedMasks }): JSX.Element {
  return (
    <section class="open-masks" aria-label="What was masked">
      {lines.length === 0 ? <p class="quiet">No line that would land is masked here.</p> : null}
      <ul class="plain">
        {lines.map((line, index) => (
          <li key={index}>
            {line.place === undefined || line.place === "" ? "line" : `${line.place}, line`} {line.line}:{" "}
            <code>
              <Marked text={line.text} />
            </code>
          </li>
        ))}
      </ul>
      {isCut ? <p class="quiet">Not all could be shown at once.</p> : null}
    </section>
  );
}
