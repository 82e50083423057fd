// Shows a recorded text: JSON as a tree to fold, everything else as lines; both as plain text with marks.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Marked } from "./marked.tsx";
import { count } from "./words.ts";

/** Longer texts stay lines: a tree of that size helps nobody. */
const longestJson = 2_000_000;
const openDepth = 3;
const childrenAtOnce = 100;
const linesAtOnce = 500;

export function JsonText({ text, name }: { text: string; name: string }): JSX.Element {
  const parsed = useMemo(() => parse(text), [text]);
  return (
    <div class="body" role="region" tabIndex={0} aria-label={name}>
      {parsed === undefined ? <Lines text={text} /> : <JsonTree value={parsed.value} />}
    </div>
  );
}

function parse(text: string): { value: unknown } | undefined {
  const start = text.trimStart()[0];
  if (text.length > longestJson || (start !== "{" && start !== "[")) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function Lines({ text }: { text: string }): JSX.Element {
  const [limit, setLimit] = useState(linesAtOnce);
  const lines = useMemo(() => text.split("\n"), [text]);
  return (
    <>
      {lines.slice(0, limit).map((line, index) => (
        <div key={index} class="text-line">
          <Marked text={line} />
        </div>
      ))}
      {lines.length > limit ? (
        <button
          type="button"
          onClick={() => {
            setLimit(limit + linesAtOnce);
          }}
        >
          Show more of the {count(lines.length - limit, "line")} left
        </button>
      ) : null}
    </>
  );
}

export function JsonTree({ value }: { value: unknown }): JSX.Element {
  return (
    <div class="json">
      <Node name={undefined} value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  readonly name: string | undefined;
  readonly value: unknown;
  readonly depth: number;
}

function Node({ name, value, depth }: NodeProps): JSX.Element {
  if (typeof value === "object" && value !== null) return <Branch name={name} value={value} depth={depth} />;
  return (
    <div class="leaf">
      <Name name={name} />
      <Leaf value={value} />
    </div>
  );
}

function Branch({
  name,
  value,
  depth,
}: {
  name: string | undefined;
  value: object;
  depth: number;
}): JSX.Element {
  const [isOpen, setOpen] = useState(depth < openDepth);
  const [limit, setLimit] = useState(childrenAtOnce);
  const isArray = Array.isArray(value);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const size = isArray ? count(entries.length, "item") : count(entries.length, "key");
  if (entries.length === 0) {
    return (
      <div class="leaf">
        <Name name={name} />
        {isArray ? "[]" : "{}"}
      </div>
    );
  }
  return (
    <details
      open={isOpen}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        <Name name={name} />
        <span class="quiet">
          {isArray ? "[" : "{"} {size} {isArray ? "]" : "}"}
        </span>
      </summary>
      {isOpen
        ? entries
            .slice(0, limit)
            .map(([key, child]) => (
              <Node key={key} name={isArray ? undefined : key} value={child} depth={depth + 1} />
            ))
        : null}
      {isOpen && entries.length > limit ? (
        <button
          type="button"
          onClick={() => {
            setLimit(limit + childrenAtOnce);
          }}
        >
          Show more of the {entries.length - limit} left
        </button>
      ) : null}
    </details>
  );
}

function Name({ name }: { name: string | undefined }): JSX.Element | null {
  if (name === undefined) return null;
  return (
    <span class="json-name">
      <Marked text={name} />:{" "}
    </span>
  );
}

function Leaf({ value }: { value: unknown }): JSX.Element {
  if (typeof value === "string") {
    return (
      <span class="json-text">
        "<Marked text={value} />"
      </span>
    );
  }
  return <span class="json-atom">{String(value)}</span>;
}
