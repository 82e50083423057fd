// A person's own GitHub account: linked once, for calls that GitHub takes from people only.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LinkView } from "../../model/links.ts";
import { Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { asProblem, get, post, Problem } from "./call.ts";
import { go } from "./go.ts";

/** What GitHub sent the browser back with. */
export interface Returned {
  readonly code: string;
  readonly state: string;
  readonly refused: string;
}

export function AccountPage({ returned }: { returned: Returned }): JSX.Element {
  useTitle("Your GitHub account");
  const [view, setView] = useState<LinkView>();
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);

  const ask = (call: () => Promise<LinkView>): void => {
    setBusy(true);
    setProblem(undefined);
    call()
      .then(setView, (error: unknown) => {
        setProblem(asProblem(error));
      })
      .finally(() => {
        setBusy(false);
      });
  };
  const look = (): Promise<LinkView> => get<LinkView>("/link");
  useEffect(() => {
    const { code, state, refused } = returned;
    if (code === "" && refused === "") {
      ask(look);
      return;
    }
    // The code is of one use; it need not stay in the browser's history.
    go("/account", "replace");
    ask(async () => {
      setView(await look());
      if (refused !== "") throw new Problem("GH_LINK_FAILED", "GitHub was not allowed to link the account.");
      return post<LinkView>("/link/finish", { code, state });
    });
  }, []);

  const start = (): void => {
    ask(async () => {
      const { address } = await post<{ address: string }>("/link/start", {});
      location.assign(address);
      return look();
    });
  };
  const end = (): void => {
    ask(() => post<LinkView>("/link/unlink", {}));
  };
  return (
    <>
      <header class="page-head">
        <h1>Your GitHub account</h1>
        <p class="quiet">
          Copilot, GitHub's MCP server and “who am I” take a person's own seat. Everything else uses the
          gateway's.
        </p>
      </header>
      {problem === undefined ? null : <Trouble problem={problem} />}
      {view === undefined ? (
        problem === undefined ? (
          <Loading what="your account" />
        ) : null
      ) : (
        <article class="card">
          <Told view={view} />
          {view.is === "unused" ? null : (
            <p class="buttons">
              <button
                type="button"
                class={view.is === "linked" ? "" : "primary"}
                disabled={isBusy}
                onClick={start}
              >
                {view.is === "none" ? "Link at GitHub" : "Link again at GitHub"}
              </button>
              {view.is === "none" ? null : (
                <button type="button" class="stop" disabled={isBusy} onClick={end}>
                  Unlink
                </button>
              )}
            </p>
          )}
        </article>
      )}
    </>
  );
}

function Told({ view }: { view: LinkView }): JSX.Element {
  switch (view.is) {
    case "unused":
      return <p>This gateway uses no accounts of people: there is nothing to link.</p>;
    case "none":
      return (
        <p role="status">
          No account is linked.
          {view.left === undefined
            ? null
            : ` GitHub did not confirm that the tokens of ${view.left} ended: revoke the App in that account's settings.`}
        </p>
      );
    case "linked":
      return (
        <p role="status">
          Linked as <b>{view.account.login}</b> since <Time atMs={view.sinceMs} />.
        </p>
      );
    case "broken":
      return (
        <p role="status">
          GitHub no longer accepts the link of <b>{view.account.login}</b>: {view.why}. Link it again.
        </p>
      );
    default:
      return view satisfies never;
  }
}
