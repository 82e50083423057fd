// "Which prompt wrote this?": a commit, and the way back from it to what a person had written.
import type { ComponentChildren, JSX } from "preact";
import type { Blame, EntryView } from "../../model/api.ts";
import { ChipMark, Empty, Id, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { get } from "./call.ts";
import { go } from "./go.ts";
import { Marked, Quoted } from "./marked.tsx";
import { blamePath } from "./prompt-rows.ts";
import { useLoad } from "./use-load.ts";
import { chipsOf, lastState, stateWords } from "./verdicts.ts";

interface BlameProps {
  readonly repository: string;
  readonly commit: string;
}

export function BlamePage({ repository, commit }: BlameProps): JSX.Element {
  useTitle("Which prompt wrote this?");
  return (
    <>
      <header class="page-head">
        <h1>Which prompt wrote this?</h1>
      </header>
      <Sought key={`${repository} ${commit}`} repository={repository} commit={commit} />
      {repository === "" || commit === "" ? (
        <Empty title="Name a commit">
          The way leads from a commit that came through this gateway to the call that brought it, the tool
          that the model asked for, and the prompt.
        </Empty>
      ) : (
        <Found path={blamePath(repository, commit)} />
      )}
    </>
  );
}

function Sought({ repository, commit }: BlameProps): JSX.Element {
  return (
    <form
      class="filters"
      role="search"
      aria-label="Find a commit"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        const text = (name: string): string => {
          const value = fields.get(name);
          return typeof value === "string" ? value.trim() : "";
        };
        go(blamePath(text("repository"), text("commit")));
      }}
    >
      <label>
        <span>Repository</span>
        <input
          name="repository"
          required
          maxLength={201}
          placeholder="owner/name"
          autocomplete="off"
          spellcheck={false}
          defaultValue={repository}
        />
      </label>
      <label>
        <span>Commit (7 digits or more)</span>
        <input
          name="commit"
          required
          pattern="[0-9a-fA-F]{7,40}"
          title="7 to 40 hex digits"
          autocomplete="off"
          spellcheck={false}
          defaultValue={commit}
        />
      </label>
      <button type="submit" class="primary">
        Find
      </button>
    </form>
  );
}

function Found({ path }: { path: string }): JSX.Element {
  const { value, problem, reload } = useLoad(path, () => get<Blame>(path), 0);
  if (value !== undefined) return <Chain found={value} />;
  return problem === undefined ? (
    <Loading what="the way back" />
  ) : (
    <Trouble problem={problem} onRetry={reload} />
  );
}

const how = {
  id: "by the id of the tool call",
  arguments: "by tool and arguments",
  session: "as the one open shell call of the sitting",
} as const;

/** Nothing is guessed: the chain ends where it is not certain any more, and says so. */
function Chain({ found }: { found: Blame }): JSX.Element {
  const { repository, commit, landed, requested, asked, prompt } = found;
  const { causedBy, intent } = landed;
  return (
    <ol class="chain" aria-label="From the prompt to the commit">
      {asked === undefined || causedBy === undefined ? (
        <Step title="Prompt">
          <p>No prompt can be named for certain.</p>
          <p class="quiet">Either no model asked for this call, or more than one answer could have.</p>
        </Step>
      ) : (
        <>
          <Step title="Prompt">
            <p>
              <Marked text={asked.intent.caller.login} where="name" />, <Time atMs={asked.intent.atMs} />
            </p>
            {prompt === undefined ? (
              <p class="quiet">It is longer than what is recorded of it.</p>
            ) : (
              <Quoted text={prompt} by={`${asked.intent.caller.login} had written`} />
            )}
          </Step>
          <Step title="The model's answer" entry={asked}>
            <p>
              <Marked text={asked.intent.action.parameters.model ?? "A model"} where="name" /> asked for{" "}
              <b>
                <Marked text={causedBy.tool} where="name" />
              </b>{" "}
              <span class="quiet">
                {causedBy.toolCall}; known {how[causedBy.how]}
              </span>
            </p>
          </Step>
        </>
      )}
      {requested === undefined ? null : (
        <Step title="Held for a person" entry={requested}>
          {intent.plan === undefined ? null : (
            <p>
              <a href={`/approvals/${intent.plan}`}>
                {requested.approvals.length === 0
                  ? "Its approval"
                  : `Its approval: ${stateWords[lastState(requested)]}`}
              </a>
            </p>
          )}
          {requested.approvals.map(({ vote, seq }) =>
            vote === undefined ? null : (
              <Quoted
                key={seq}
                text={vote.reason}
                by={`${vote.login} ${vote.decision === "approve" ? "approved" : "denied"}`}
              />
            ),
          )}
        </Step>
      )}
      <Step title={requested === undefined ? "Call at GitHub" : "Carried out"} entry={landed} />
      <Step title="Commit">
        <p>
          <Id text={commit} what="the commit id" /> came to <Marked text={repository} where="name" /> by{" "}
          <Marked text={intent.caller.login} where="name" />, session{" "}
          <a href={`/sessions/${landed.session}`}>{landed.session}</a>
        </p>
      </Step>
    </ol>
  );
}

interface StepProps {
  readonly title: string;
  readonly entry?: EntryView;
  readonly children?: ComponentChildren;
}

function Step({ title, entry, children }: StepProps): JSX.Element {
  return (
    <li>
      <h2>{title}</h2>
      {entry === undefined ? null : (
        <p>
          <a href={`/sessions/${entry.session}#${entry.entry}`}>{entry.intent.action.title}</a>{" "}
          <span class="row-chips">
            {chipsOf(entry).map((chip) => (
              <ChipMark key={chip} chip={chip} />
            ))}
          </span>{" "}
          <Time atMs={entry.intent.atMs} />
        </p>
      )}
      {children}
    </li>
  );
}
