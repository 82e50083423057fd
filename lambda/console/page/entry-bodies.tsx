// What was asked and answered, masked as recorded: Request, Response, Diff and the raw records.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EntryView } from "../../model/api.ts";
import type { ChangeSummary } from "../../model/change.ts";
import type { BodyCommitment } from "../../model/record.ts";
import { Loading, Trouble } from "./bits.tsx";
import { get, getText } from "./call.ts";
import { ChangeView } from "./change-view.tsx";
import { JsonText, JsonTree } from "./json-view.tsx";
import { useLoad } from "./use-load.ts";
import { byteSize } from "./words.ts";

export const tabs = ["request", "response", "diff", "raw"] as const;
export type Tab = (typeof tabs)[number];

const tabWords: Readonly<Record<Tab, string>> = {
  request: "Request",
  response: "Response",
  diff: "Diff",
  raw: "Raw",
};

/** Larger bodies are for downloading; showing them waits for a click. */
const shownAtOnceBytes = 1_000_000;

interface BodiesProps {
  readonly entry: EntryView;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
}

export function EntryBodies({ entry, tab, onTab }: BodiesProps): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? tab;
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="bodies" aria-label="What was said">
      <div role="tablist" aria-label="What was said" class="tabs" onKeyDown={move}>
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === tab}
            aria-controls="tab-panel"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => {
              onTab(name);
            }}
          >
            {tabWords[name]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        <Panel key={tab} entry={entry} tab={tab} />
      </div>
    </section>
  );
}

function Panel({ entry, tab }: { entry: EntryView; tab: Tab }): JSX.Element {
  switch (tab) {
    case "request":
    case "response":
      return <BodyPanel entry={entry} which={tab} />;
    case "diff":
      return <DiffPanel entry={entry} />;
    case "raw":
      return (
        <div class="body">
          <JsonTree value={entry} />
        </div>
      );
    default:
      return tab satisfies never;
  }
}

function bodyOf(entry: EntryView, which: string): BodyCommitment | undefined {
  const bodies = [...(entry.outcome?.bodies ?? []), ...(entry.plan?.bodies ?? [])];
  return bodies.find((body) => body.name.endsWith(`/${which}`));
}

function BodyPanel({ entry, which }: { entry: EntryView; which: "request" | "response" }): JSX.Element {
  const body = bodyOf(entry, which);
  const [isWanted, setWanted] = useState(false);
  if (body === undefined) return <p class="quiet">No {which} body was recorded.</p>;
  const address = `/entries/${entry.entry}/${which}`;
  const isShown = isWanted || body.bytes <= shownAtOnceBytes;
  return (
    <>
      <p class="quiet">
        {body.mediaType} · {byteSize(body.bytes)}
        {body.isTruncated ? ", only the beginning was kept" : ""} ·{" "}
        {body.masks.length === 0
          ? "nothing masked"
          : `masked: ${body.masks.map((mask) => `${mask.count} × ${mask.kind}`).join(", ")}`}{" "}
        ·{" "}
        <a href={`/_gatehouse/api${address}?download=1`} download>
          Download
        </a>
      </p>
      {isShown ? (
        <BodyText address={address} name={`The ${which} body`} />
      ) : (
        <button
          type="button"
          onClick={() => {
            setWanted(true);
          }}
        >
          Show {byteSize(body.bytes)}
        </button>
      )}
    </>
  );
}

function BodyText({ address, name }: { address: string; name: string }): JSX.Element {
  const { value, problem, reload } = useLoad(address, () => getText(address), 0);
  if (problem !== undefined) return <Trouble problem={problem} onRetry={reload} />;
  if (value === undefined) return <Loading what="the body" />;
  return value === "" ? <p class="quiet">Empty.</p> : <JsonText text={value} name={name} />;
}

function DiffPanel({ entry }: { entry: EntryView }): JSX.Element {
  const address = `/entries/${entry.entry}/change`;
  const mayHave = bodyOf(entry, "change") !== undefined || entry.intent.plan !== undefined;
  const { value, problem, reload } = useLoad(
    address,
    () => (mayHave ? get<ChangeSummary>(address) : Promise.resolve(undefined)),
    0,
  );
  if (!mayHave || problem?.code === "GH_NOT_FOUND") return <p class="quiet">This entry changed no files.</p>;
  if (problem !== undefined) return <Trouble problem={problem} onRetry={reload} />;
  return value === undefined ? <Loading what="the diff" /> : <ChangeView change={value} />;
}
