// One file's diff: line numbers, folded unchanged lines, word marks, and everything hidden made visible.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { DiffHunk, DiffLine, FileChange } from "../../model/change.ts";
import { byteSize, count } from "./words.ts";
import { stretchesOf } from "./fold.ts";
import { Marked } from "./marked.tsx";
import { wordMarks, type Word } from "./word-diff.ts";

const linesAtOnce = 400;

export function FileDiff({ file }: { file: FileChange }): JSX.Element {
  const [limit, setLimit] = useState(linesAtOnce);
  const total = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  if (file.hunks.length === 0) return <p class="no-hunks">{whyNoHunks(file)}</p>;
  let room = limit;
  let previousEnd = 1;
  return (
    <div class="diff" role="region" tabIndex={0} aria-label={`Changes of ${file.path}`}>
      {file.hunks.map((hunk, index) => {
        const shown = room <= 0 ? [] : hunk.lines.slice(0, room);
        room -= hunk.lines.length;
        const gap = hunk.oldStart - previousEnd;
        previousEnd = hunk.oldStart + hunk.oldLines;
        if (shown.length === 0) return null;
        return <Hunk key={index} hunk={hunk} lines={shown} gap={gap} />;
      })}
      {total > limit ? (
        <button
          type="button"
          class="more-lines"
          onClick={() => {
            setLimit(limit + 4 * linesAtOnce);
          }}
        >
          Show more of the {count(total - limit, "line")} left
        </button>
      ) : null}
      {file.hunksOmitted === undefined ? null : (
        <p class="no-hunks">Not all is shown: {file.hunksOmitted}.</p>
      )}
    </div>
  );
}

function Hunk({
  hunk,
  lines,
  gap,
}: {
  hunk: DiffHunk;
  lines: readonly DiffLine[];
  gap: number;
}): JSX.Element {
  const words = useMemo(() => wordMarks(lines), [lines]);
  const stretches = useMemo(() => stretchesOf(lines), [lines]);
  return (
    <>
      <div class="hunk-head">
        {gap > 0 && hunk.oldLines > 0 ? `${count(gap, "unchanged line")} · ` : ""}from line {hunk.newStart}
      </div>
      {stretches.map((stretch) => {
        const part = lines.slice(stretch.from, stretch.to);
        const rows = part.map((line, index) => (
          <Line key={stretch.from + index} line={line} words={words.get(stretch.from + index)} />
        ));
        return stretch.kind === "shown" ? rows : <Folded key={`fold-${stretch.from}`} rows={rows} />;
      })}
    </>
  );
}

function Folded({ rows }: { rows: readonly JSX.Element[] }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <>{rows}</>;
  return (
    <button
      type="button"
      class="fold"
      onClick={() => {
        setOpen(true);
      }}
    >
      ⋯ {count(rows.length, "unchanged line")}
    </button>
  );
}

const signs = { context: " ", added: "+", removed: "−" } as const;
const spoken = { context: "", added: "added: ", removed: "removed: " } as const;

function Line({ line, words }: { line: DiffLine; words: readonly Word[] | undefined }): JSX.Element {
  return (
    <div class={`line ${line.kind}`}>
      <span class="number" aria-hidden="true">
        {line.oldLine ?? ""}
      </span>
      <span class="number" aria-hidden="true">
        {line.newLine ?? ""}
      </span>
      <span class="sign" aria-hidden="true">
        {signs[line.kind]}
      </span>
      <span class="code">
        <span class="unseen">{spoken[line.kind]}</span>
        {words === undefined ? (
          <Marked text={line.text} />
        ) : (
          words.map((word, index) =>
            word.isChanged ? (
              <b key={index} class="word">
                <Marked text={word.text} />
              </b>
            ) : (
              <Marked key={index} text={word.text} />
            ),
          )
        )}
      </span>
    </div>
  );
}

function whyNoHunks(file: FileChange): string {
  if (file.hunksOmitted !== undefined) return `The lines are not shown: ${file.hunksOmitted}.`;
  if (file.flags.includes("submodule")) {
    return `A submodule pointer moves from ${file.oldOid ?? "nothing"} to ${file.newOid ?? "nothing"}. What stands there is in another repository.`;
  }
  if (file.flags.includes("binary")) {
    return `Binary: ${sizeOf(file.oldBytes)} before, ${sizeOf(file.newBytes)} after. Its content cannot be shown as lines.`;
  }
  if (file.oldMode !== file.newMode && file.oldOid === file.newOid) {
    return "Only the mode changes; the content stays.";
  }
  return "There are no lines to show.";
}

function sizeOf(bytes: number | undefined): string {
  return bytes === undefined ? "nothing" : byteSize(bytes);
}
