// Loads something and keeps it fresh while somebody looks: no polling in a hidden tab, no two requests at once.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "./call.ts";

export interface Loaded<T> {
  readonly value: T | undefined;
  /** Set when the last try failed; an older value stays readable. */
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

/** `key` names what is loaded: when it changes, the old value goes. `everyMs` 0 loads once. */
export function useLoad<T>(key: string, load: () => Promise<T>, everyMs: number): Loaded<T> {
  const [state, setState] = useState<{ key: string; value?: T; problem?: Problem }>({ key });
  const loader = useRef(load);
  loader.current = load;
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (!isOver && everyMs > 0) timer = setTimeout(run, everyMs);
    };
    const run = (): void => {
      if (document.hidden && everyMs > 0) {
        again();
        return;
      }
      loader
        .current()
        .then((value) => {
          if (!isOver) setState({ key, value });
        })
        .catch((error: unknown) => {
          if (isOver) return;
          setState((old) => ({ ...old, key, problem: asProblem(error) }));
        })
        .finally(again);
    };
    setState((old) => (old.key === key ? old : { key }));
    run();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key, everyMs, round]);
  const reload = useCallback(() => {
    setRound((count) => count + 1);
  }, []);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : undefined,
    problem: isCurrent ? state.problem : undefined,
    reload,
  };
}
