// What the console may ask of the gateway: the flow implements it, the routes and the page use nothing else.
import type {
  ApprovalCard,
  ApprovalView,
  Blame,
  EntryView,
  Me,
  OpenedMasks,
  RevealRequest,
  SessionView,
} from "../model/api.ts";
import type { Reviewer } from "../model/caller.ts";
import type { DraftCall, Explanation } from "../model/explanation.ts";
import type { Answer, Bytes, GatewayRequest } from "../model/http.ts";
import type { LinkView } from "../model/links.ts";
import type { InboxMessage } from "../model/notices.ts";
import type { PlanState } from "../model/plan.ts";
import type { Page, SessionCard, SessionFilter } from "../model/ports.ts";

/** A person at the console, with the token that their page must send back with every change. */
export interface SignedIn extends Reviewer {
  readonly csrf: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

/** Every call checks what this person may do, throws GateError when they may not, and records what was read or done. */
export interface Desk {
  /** Sends the browser to the company's sign-in; `returnTo` is a local path, checked. */
  startSignIn(returnTo: string, request: GatewayRequest): Promise<Answer>;
  /** The issuer's answer. */
  finishSignIn(request: GatewayRequest): Promise<Answer>;
  signOut(request: GatewayRequest): Promise<Answer>;
  /** Throws GH_SIGN_IN_REQUIRED. */
  signedIn(request: GatewayRequest): Promise<SignedIn>;

  me(who: SignedIn): Promise<Me>;
  sessions(who: SignedIn, filter: SessionFilter, page: PageRequest): Promise<Page<SessionCard>>;
  session(who: SignedIn, id: string, page: PageRequest): Promise<SessionView>;
  entry(who: SignedIn, id: string): Promise<EntryView>;
  /** Which prompt wrote a commit. Throws GH_NOT_FOUND. */
  blame(who: SignedIn, repository: string, commit: string): Promise<Blame>;
  /** Why an entry got its verdict, and what would change it. */
  explanation(who: SignedIn, entry: string): Promise<Explanation>;
  /** What would happen to a REST call of this person; nothing is sent. */
  explain(who: SignedIn, draft: DraftCall): Promise<Explanation>;
  /** A recorded, masked body, or undefined when the entry has none of this name. */
  body(
    who: SignedIn,
    entry: string,
    which: "request" | "response" | "change",
  ): Promise<{ readonly mediaType: string; readonly bytes: Bytes } | undefined>;
  approvals(
    who: SignedIn,
    states: readonly PlanState[] | undefined,
    page: PageRequest,
  ): Promise<Page<ApprovalCard>>;
  approval(who: SignedIn, id: string): Promise<ApprovalView>;
  decide(
    who: SignedIn,
    id: string,
    decision: { readonly decision: "approve" | "deny"; readonly reason: string; readonly planHash: string },
  ): Promise<ApprovalView>;
  /** What masks hide in a plan that waits, for those who may decide about it; each look is recorded. */
  reveal(who: SignedIn, id: string, request: RevealRequest): Promise<OpenedMasks>;
  /** The requester takes their own request back. */
  withdraw(who: SignedIn, id: string): Promise<ApprovalView>;
  stop(who: SignedIn, session: string, reason: string): Promise<void>;
  /** The person's own GitHub account. */
  link(who: SignedIn): Promise<LinkView>;
  /** Where the browser goes to link it. */
  startLink(who: SignedIn): Promise<{ readonly address: string }>;
  /** With what GitHub sent the browser back. */
  finishLink(who: SignedIn, answer: { readonly code: string; readonly state: string }): Promise<LinkView>;
  unlink(who: SignedIn): Promise<LinkView>;
  /** What the sandbox would have sent, newest first. Anywhere else GH_NOT_FOUND. */
  inbox(who: SignedIn, page: PageRequest): Promise<Page<InboxMessage>>;
}
