// Small pieces that every page is made of: times, ids to copy, chips, and the states in which there is nothing to show.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { signInAgain, type Problem } from "./call.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { Chip } from "./verdicts.ts";

const here = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** In the reader's zone; the exact UTC on hover and for machines. */
export function Time({ atMs, isShort = false }: { atMs: number; isShort?: boolean }): JSX.Element {
  const exact = new Date(atMs).toISOString();
  return (
    <time dateTime={exact} title={`${exact} (UTC)`}>
      {(isShort ? clock : here).format(atMs)}
    </time>
  );
}

/** Colour is never the only sign. */
const chipIcons: Readonly<Record<Chip, IconName>> = {
  allowed: "check",
  held: "pause",
  approved: "check",
  denied: "cross",
  masked: "mask",
  stopped: "stop",
  unknown: "question",
};

export function ChipMark({ chip, words }: { chip: Chip; words?: string }): JSX.Element {
  return (
    <span class={`chip ${chip}`}>
      <Icon name={chipIcons[chip]} /> {words ?? chip}
    </span>
  );
}

export function Copy({ text, what }: { text: string; what: string }): JSX.Element {
  const [isDone, setDone] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(
      () => {
        setDone(true);
        setTimeout(() => {
          setDone(false);
        }, 1500);
      },
      () => {
        setDone(false);
      },
    );
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <Icon name={isDone ? "check" : "copy"} />
      <span class="unseen" role="status">
        {isDone ? "Copied" : ""}
      </span>
    </button>
  );
}

/** An id that people quote; `shown` is a shorter form of it, what is copied is whole. */
export function Id({
  text,
  what,
  shown = text,
}: {
  text: string;
  what: string;
  shown?: string;
}): JSX.Element {
  return (
    <span class="id">
      <code>{shown}</code>
      <Copy text={text} what={what} />
    </span>
  );
}

export function Loading({ what }: { what: string }): JSX.Element {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what}…
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="state empty">
      <p class="state-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

interface TroubleProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
  /** When the problem is all that there is to see, its title is the page's heading. */
  readonly isWholePage?: boolean;
}

export function Trouble({ problem, onRetry, isWholePage = false }: TroubleProps): JSX.Element {
  const Title = isWholePage ? "h1" : "p";
  const isSignIn = problem.code === "GH_SIGN_IN_REQUIRED" || problem.code === "GH_SIGN_IN_FAILED";
  const isRefused = problem.code === "GH_NOT_PERMITTED";
  return (
    <div class={`state trouble ${isRefused ? "refused" : ""}`} role="alert">
      <Title class="state-title">{titleOf(problem.code)}</Title>
      <p>{problem.message}</p>
      <p class="quiet">
        {problem.code}
        {problem.reference === undefined ? null : (
          <>
            {" "}
            · reference <Id text={problem.reference} what="the reference" />
          </>
        )}
      </p>
      {isSignIn ? (
        <button
          type="button"
          class="primary"
          onClick={() => {
            signInAgain(false);
          }}
        >
          Sign in
        </button>
      ) : onRetry === undefined || isRefused ? null : (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

function titleOf(code: string): string {
  switch (code) {
    case "GH_NOT_PERMITTED":
      return "You may not see this";
    case "GH_NOT_FOUND":
      return "Nothing here";
    case "GH_SIGN_IN_REQUIRED":
      return "You are signed out";
    case "GH_SIGN_IN_FAILED":
      return "The sign-in did not complete";
    case "OFFLINE":
      return "No connection to the gateway";
    default:
      return "That did not work";
  }
}

/** A page's title in the tab and as its heading; focus goes there when the page changes. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
}
