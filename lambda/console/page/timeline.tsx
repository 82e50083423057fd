// A session's entries in order, in GitHub's words; only the rows in sight are in the document.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { EntryView } from "../../model/api.ts";
import { ChipMark, Time } from "./bits.tsx";
import { Marked } from "./marked.tsx";
import { chipsOf } from "./verdicts.ts";
import { rowWindow, scrollFor } from "./window.ts";
import { duration, shortRef } from "./words.ts";

const rowPx = 64;

interface TimelineProps {
  readonly entries: readonly EntryView[];
  readonly selected: number;
}

export function Timeline({ entries, selected }: TimelineProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollPx: 0, heightPx: 600 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => {
      setView({ scrollPx: element.scrollTop, heightPx: element.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || selected < 0) return;
    element.scrollTop = scrollFor(selected, rowPx, element.scrollTop, element.clientHeight);
  }, [selected]);
  const { from, to } = rowWindow(entries.length, rowPx, view.scrollPx, view.heightPx);
  return (
    <nav
      class="timeline"
      ref={box}
      aria-label="Timeline"
      onScroll={(event) => {
        const { scrollTop, clientHeight } = event.currentTarget;
        setView({ scrollPx: scrollTop, heightPx: clientHeight });
      }}
    >
      <div class="timeline-all" style={{ height: `${entries.length * rowPx}px` }}>
        <ol start={from + 1} style={{ transform: `translateY(${from * rowPx}px)` }}>
          {entries.slice(from, to).map((entry, index) => (
            <TimelineRow key={entry.entry} entry={entry} isSelected={from + index === selected} />
          ))}
        </ol>
      </div>
    </nav>
  );
}

function TimelineRow({ entry, isSelected }: { entry: EntryView; isSelected: boolean }): JSX.Element {
  const { action } = entry.intent;
  const [ref] = action.refs;
  const total = entry.outcome?.timings.total;
  return (
    <li>
      <a href={`#${entry.entry}`} aria-current={isSelected ? "true" : undefined}>
        <span class="row-top">
          <Time atMs={entry.intent.atMs} isShort />
          <span class="row-chips">
            {chipsOf(entry).map((chip) => (
              <ChipMark key={chip} chip={chip} />
            ))}
          </span>
          <span class="row-ms">{total === undefined ? "…" : duration(total)}</span>
        </span>
        <span class="row-title">{action.title}</span>
        <span class="row-where">
          {action.repository === undefined ? null : <Marked text={action.repository} where="name" />}
          {ref === undefined ? null : (
            <>
              {" · "}
              <Marked text={shortRef(ref.ref)} where="name" />
            </>
          )}
        </span>
      </a>
    </li>
  );
}
