// Why the console or one of its hooks said no: codes, HTTP statuses, and the sentences that people read.
import type { CatalogueEntry } from "./error-entry.ts";

export const consoleErrors = {
  GH_SIGN_IN_REQUIRED: { status: 401, text: "Sign in to the console first." },
  GH_SIGN_IN_FAILED: {
    status: 400,
    text: "The sign-in did not complete: {why}. You are not signed in. Start again.",
  },
  GH_SIGN_IN_TOO_OLD: {
    status: 403,
    text: "A decision, and opening a mask, needs a sign-in at most 5 minutes old. Nothing was decided. Sign in again, then repeat it.",
  },
  GH_BROWSER_REQUIRED: {
    status: 403,
    text: "A decision, opening a mask, and linking an account need a person in a browser; a bearer token cannot do it here. Nothing was decided or changed.",
  },
  GH_CROSS_SITE: {
    status: 403,
    text: "This request did not come from the console's own page, so nothing was changed.",
  },
  GH_NOT_PERMITTED: {
    status: 403,
    text: "You may not do this: {reason}. Nothing was changed.",
  },
  GH_OWN_REQUEST: {
    status: 403,
    text: "This is your own request; another person has to decide. Nothing was decided.",
  },
  GH_NOT_FOUND: {
    status: 404,
    text: "There is no {what} with this id, or you may not see it.",
  },
  GH_COMMIT_UNKNOWN: {
    status: 404,
    text: "No commit of {repository} whose id begins with {commit} is known to have come through this gateway, or you may not see its session. Not known are commits that were pushed around the gateway, those that landed before it kept an index of them, and all but the newest 1,000 of one push.",
  },
  GH_ALREADY_DECIDED: {
    status: 409,
    text: "This was already {state}. Nothing was changed.",
  },
  GH_PLAN_CHANGED: {
    status: 409,
    text: "What you looked at is not what is waiting now. Nothing was decided. Reload the page and look again.",
  },
  GH_BAD_SIGNATURE: {
    status: 401,
    text: "This call was not accepted: {why}. Nothing was read from it and nothing was changed.",
  },
  GH_LINK_FAILED: {
    status: 400,
    text: "Your GitHub account was not linked: {why}. What was linked before, if anything, still is. Start again.",
  },
  GH_LINK_TAKEN: {
    status: 409,
    text: "The GitHub account {login} is linked to another person here, or was in the last 31 days, so it was not linked to you. If both are you, unlink it there first; each account stands for one person.",
  },
  GH_BAD_DECISION: {
    status: 400,
    text: "What the console was sent was not accepted: {why}. Nothing was decided or changed.",
  },
} as const satisfies Record<string, CatalogueEntry>;
