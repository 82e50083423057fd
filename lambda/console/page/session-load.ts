// Loads a session page by page, and then keeps asking for what came after the last entry.
import { useEffect, useState } from "preact/hooks";
import type { EntryView, SessionView } from "../../model/api.ts";
import { asProblem, get, type Problem } from "./call.ts";
import { withPage, type EntryPages } from "./entry-pages.ts";

const pageSize = 200;
/** Ten thousand entries; a longer session says that it is cut. */
const maxPages = 50;
const pollMs = 3000;

export interface LoadedSession {
  readonly session: SessionView | undefined;
  readonly entries: readonly EntryView[];
  readonly isComplete: boolean;
  readonly isCut: boolean;
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

interface State {
  readonly id: string;
  readonly session?: SessionView;
  readonly pages: EntryPages;
  readonly isComplete: boolean;
  readonly problem?: Problem;
}

export function useSession(id: string): LoadedSession {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<State>({ id, pages: [], isComplete: false });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let index = 0;
    let after: string | undefined;
    const step = async (): Promise<void> => {
      const query = `?limit=${pageSize}${after === undefined ? "" : `&after=${encodeURIComponent(after)}`}`;
      const view = await get<SessionView>(`/sessions/${id}${query}`);
      if (isOver) return;
      const isLast = view.next === undefined || index + 1 >= maxPages;
      const at = index;
      setState((old) => ({
        id,
        session: view,
        pages: withPage(old.id === id ? old.pages : [], at, view.entries),
        isComplete: isLast || old.isComplete,
      }));
      if (view.next !== undefined && index + 1 < maxPages) {
        after = view.next;
        index += 1;
        await step();
      }
    };
    const run = (): void => {
      (document.hidden ? Promise.resolve() : step())
        .catch((error: unknown) => {
          if (!isOver) setState((old) => ({ ...old, problem: asProblem(error) }));
        })
        .finally(() => {
          if (!isOver) timer = setTimeout(run, pollMs);
        });
    };
    setState((old) => (old.id === id ? old : { id, pages: [], isComplete: false }));
    run();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [id, round]);
  const isCurrent = state.id === id;
  return {
    session: isCurrent ? state.session : undefined,
    entries: isCurrent ? state.pages.flat() : [],
    isComplete: isCurrent && state.isComplete,
    isCut: isCurrent && state.pages.length >= maxPages && state.session?.next !== undefined,
    problem: isCurrent ? state.problem : undefined,
    reload: () => {
      setRound((count) => count + 1);
    },
  };
}
