// The console page: the frame around every page, who is signed in, and which page the address shows.
import { render, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Me } from "../../model/api.ts";
import { AccountPage } from "./account-page.tsx";
import { ApprovalPage } from "./approval-page.tsx";
import { ApprovalsPage } from "./approvals-page.tsx";
import { Loading, Trouble, useTitle } from "./bits.tsx";
import { get, Problem, rememberCsrf, signInAgain, signOut } from "./call.ts";
import { InboxPage } from "./inbox-page.tsx";
import { useRoute } from "./go.ts";
import { later } from "./later.tsx";
import { Marked } from "./marked.tsx";
import { serverProblem } from "./problem.ts";
import type { Route } from "./route.ts";
import { SessionsPage } from "./sessions-page.tsx";
import { useLoad } from "./use-load.ts";

const BlamePage = later("the page", async () => (await import("./blame-page.tsx")).BlamePage);
const SessionPage = later("the session", async () => (await import("./session-page.tsx")).SessionPage);

/** Often enough to notice that the sign-in ended. */
const meMs = 60_000;

function Console({ told }: { told: Problem | undefined }): JSX.Element {
  const route = useRoute();
  const { value, problem, reload } = useLoad(
    "me",
    async () => {
      const me = await get<Me>("/me");
      rememberCsrf(me.csrf);
      return me;
    },
    meMs,
  );
  const isSignedOut = problem?.code === "GH_SIGN_IN_REQUIRED";
  const me = isSignedOut ? undefined : value;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar route={route} me={me} />
      <Main route={route}>
        {told !== undefined ? (
          <Trouble problem={told} isWholePage />
        ) : me !== undefined ? (
          <Shown route={route} me={me} />
        ) : problem === undefined ? (
          <Loading what="the console" />
        ) : isSignedOut ? (
          <SignIn />
        ) : (
          <Trouble problem={problem} onRetry={reload} isWholePage />
        )}
      </Main>
    </>
  );
}

function Main({ route, children }: { route: Route; children: JSX.Element }): JSX.Element {
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const place = route.page + ("id" in route ? route.id : "");
  useEffect(() => {
    // After a move inside the page a screen reader has to hear where it is now.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [place]);
  return (
    <main id="main" ref={main} tabIndex={-1} class={`page-${route.page}`}>
      {children}
    </main>
  );
}

function TopBar({ route, me }: { route: Route; me: Me | undefined }): JSX.Element {
  const isSessions = route.page === "sessions" || route.page === "session";
  const isApprovals = route.page === "approvals" || route.page === "approval";
  return (
    <header class="top">
      <a class="brand" href="/">
        Gatehouse
      </a>
      <nav aria-label="Pages">
        <a href="/" aria-current={isApprovals ? "page" : undefined}>
          Approvals
        </a>
        <a href="/sessions" aria-current={isSessions ? "page" : undefined}>
          Sessions
        </a>
        <a href="/blame" aria-current={route.page === "blame" ? "page" : undefined}>
          Commits
        </a>
        {me?.isSandbox === true ? (
          <a href="/inbox" aria-current={route.page === "inbox" ? "page" : undefined}>
            Inbox
          </a>
        ) : null}
      </nav>
      {me === undefined ? null : (
        <div class="me">
          {me.isSandbox ? <span class="flag plain">sandbox</span> : null}
          <a
            href="/account"
            title={me.teams.join(", ")}
            aria-current={route.page === "account" ? "page" : undefined}
          >
            <Marked text={me.name ?? me.login} />
          </a>
          <button
            type="button"
            onClick={() => {
              void signOut().finally(() => {
                location.assign("/");
              });
            }}
          >
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}

function SignIn(): JSX.Element {
  useTitle("Sign in");
  return (
    <div class="sign-in">
      <h1>Gatehouse</h1>
      <p>Between AI coding agents and GitHub: who asked, what passed, what waits for you.</p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          signInAgain(false);
        }}
      >
        Sign in with your company account
      </button>
    </div>
  );
}

function Shown({ route, me }: { route: Route; me: Me }): JSX.Element {
  switch (route.page) {
    case "approvals":
      return <ApprovalsPage state={route.state} />;
    case "approval":
      return <ApprovalPage key={route.id} id={route.id} me={me} />;
    case "sessions":
      return <SessionsPage filter={route.filter} me={me} />;
    case "session":
      return <SessionPage key={route.id} id={route.id} entry={route.entry} me={me} />;
    case "blame":
      return <BlamePage repository={route.repository} commit={route.commit} />;
    case "inbox":
      return <InboxPage />;
    case "account":
      return <AccountPage returned={route} />;
    case "missing":
      return (
        <Trouble problem={new Problem("GH_NOT_FOUND", "There is no page at this address.")} isWholePage />
      );
    default:
      return route satisfies never;
  }
}

const root = document.getElementById("console");
if (root !== null) {
  root.replaceChildren();
  render(<Console told={serverProblem(document.documentElement.dataset.problem)} />, root);
}
