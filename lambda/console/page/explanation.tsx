// Why a verdict was given and what would change it: asked for only when somebody opens it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Explanation } from "../../model/explanation.ts";
import { Loading, Trouble } from "./bits.tsx";
import { get } from "./call.ts";
import { Marked } from "./marked.tsx";
import { useLoad } from "./use-load.ts";

export function WhatIfs({ entry }: { entry: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="what-if"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>What would change this</summary>
      {isOpen ? <Loaded entry={entry} /> : null}
    </details>
  );
}

function Loaded({ entry }: { entry: string }): JSX.Element {
  const { value, problem, reload } = useLoad(
    entry,
    () => get<Explanation>(`/entries/${entry}/explanation`),
    0,
  );
  if (problem !== undefined) return <Trouble problem={problem} onRetry={reload} />;
  if (value === undefined) return <Loading what="the explanation" />;
  const { facts, whatIfs, now, note } = value;
  return (
    <>
      {now === undefined ? null : (
        <p>
          The rules in force now say <b>{now.is}</b>: <Marked text={now.reason} />
        </p>
      )}
      <ul class="plain">
        {whatIfs.map(({ if: condition, then }) => (
          <li key={condition}>
            If <Marked text={condition} />: <b>{then.is}</b>
            {then.is === "allow" ? null : (
              <>
                {" "}
                – <Marked text={then.reason} />
              </>
            )}
          </li>
        ))}
      </ul>
      {whatIfs.length > 0 || note !== undefined ? null : (
        <p class="quiet">No single change that was tried gives another answer.</p>
      )}
      <p class="quiet">{note ?? "It rests on:"}</p>
      <ul class="plain quiet">
        {facts.map((fact) => (
          <li key={fact}>
            <Marked text={fact} />
          </li>
        ))}
      </ul>
    </>
  );
}
