// What caused the selected entry, what it caused, and the commits that landed by it.
import type { JSX } from "preact";
import type { EntryView } from "../../model/api.ts";
import { Marked } from "./marked.tsx";
import { blamePath } from "./prompt-rows.ts";
import { shortOid } from "./words.ts";

const maxShown = 20;

interface LineageProps {
  readonly entry: EntryView;
  readonly caused: readonly EntryView[];
}

/** Nothing is guessed: what fits two answers of a model is shown as not known. */
export function Lineage({ entry, caused }: LineageProps): JSX.Element | null {
  const { causedBy, outcome, intent } = entry;
  const calls = outcome?.toolCalls ?? [];
  const { prompt, surface } = intent.action;
  if (surface === "copilot" && calls.length === 0 && prompt === undefined) return null;
  return (
    <section aria-labelledby="lineage">
      <h3 id="lineage">Prompt</h3>
      {prompt === undefined ? null : (
        <p>
          <Marked text={prompt} />
        </p>
      )}
      {calls.map(({ id, name }) => (
        <p key={id}>
          Asks for <Marked text={name} where="name" /> <span class="quiet">{id}</span>
        </p>
      ))}
      {caused.slice(0, maxShown).map((call) => (
        <p key={call.entry}>
          Caused <a href={`#${call.entry}`}>{call.intent.action.title}</a>
        </p>
      ))}
      {caused.length > maxShown ? <p class="quiet">and {caused.length - maxShown} more</p> : null}
      {causedBy !== undefined ? (
        <p>
          Caused by <a href={`#${causedBy.entry}`}>a model's answer</a>:{" "}
          <Marked text={causedBy.tool} where="name" /> <span class="quiet">{causedBy.toolCall}</span>
        </p>
      ) : surface === "copilot" ? null : (
        <p class="quiet">No prompt can be named for certain.</p>
      )}
      <Landed entry={entry} />
    </section>
  );
}

function Landed({ entry: { outcome } }: { entry: EntryView }): JSX.Element | null {
  if (outcome?.landed === undefined) return null;
  const { repository, commits } = outcome.landed;
  return (
    <p>
      Landed:{" "}
      {commits.slice(0, maxShown).map((oid) => (
        <span key={oid}>
          <a href={blamePath(repository, oid)}>
            <code>{shortOid(oid)}</code>
          </a>{" "}
        </span>
      ))}
      {commits.length > maxShown ? <span class="quiet">and {commits.length - maxShown} more</span> : null}
    </p>
  );
}
