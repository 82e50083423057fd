// A session's entries in order, in GitHub's words; only the rows in sight are in the document.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Row } from "./prompt-rows.ts";
import { TimelineRow } from "./timeline-row.tsx";
import { rowWindow, scrollFor } from "./window.ts";

const rowPx = 64;

interface TimelineProps {
  readonly rows: readonly Row[];
  /** The selected row. */
  readonly selected: number;
}

export function Timeline({ rows, selected }: TimelineProps): JSX.Element {
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
  const { from, to } = rowWindow(rows.length, rowPx, view.scrollPx, view.heightPx);
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
      <div class="timeline-all" style={{ height: `${rows.length * rowPx}px` }}>
        <ol start={from + 1} style={{ transform: `translateY(${from * rowPx}px)` }}>
          {rows.slice(from, to).map((row, index) => (
            <TimelineRow key={row.key} row={row} isSelected={from + index === selected} />
          ))}
        </ol>
      </div>
    </nav>
  );
}
