// Why a call on the road to GitHub was refused or failed: codes, HTTP statuses, and the sentences that clients read.
import type { CatalogueEntry } from "./error-entry.ts";

export const roadErrors = {
  GH_NO_CREDENTIAL: {
    status: 401,
    text: "No credential came with this request, so nothing was sent to GitHub. Sign in with a Gatehouse session token or your company's OIDC token.",
  },
  GH_BAD_CREDENTIAL: {
    status: 401,
    text: "The credential was not accepted: {why}. Nothing was sent to GitHub. Get a fresh token and try again.",
  },
  GH_FOREIGN_TOKEN: {
    status: 401,
    text: "This is a GitHub token that Gatehouse did not issue. It was not used and not forwarded. Sign in with a Gatehouse session token or your company's OIDC token; consider this GitHub token exposed and revoke it.",
  },
  GH_SESSION_STOPPED: {
    status: 403,
    text: "This session was stopped by a person. Nothing was sent to GitHub. Start a new session after talking to your security team.",
  },
  GH_BAD_TARGET: {
    status: 400,
    text: "The request target can be read in more than one way: {why}. Nothing was sent to GitHub. Send a plain, singly encoded path.",
  },
  GH_BAD_HEADERS: {
    status: 400,
    text: "The request's headers can be read in more than one way: {why}. Nothing was sent to GitHub.",
  },
  GH_BAD_QUERY: {
    status: 400,
    text: "The query was not accepted: {why}. Nothing was sent to GitHub.",
  },
  GH_BAD_BODY: {
    status: 400,
    text: "The request body was not accepted: {why}. Nothing was sent to GitHub.",
  },
  GH_BODY_TOO_LARGE: {
    status: 413,
    text: "The request body is larger than {limit} bytes, the most that {operation} may carry here. Nothing was sent to GitHub.",
  },
  GH_UNSUPPORTED_MEDIA: {
    status: 415,
    text: "Content-Type not accepted: {actual}. Expected: {expected}. Nothing was sent to GitHub.",
  },
  GH_UNSUPPORTED_ENCODING: {
    status: 415,
    text: "Content-Encoding not accepted: {actual}. Expected: identity or gzip. Nothing was sent to GitHub.",
  },
  GH_METHOD_NOT_ALLOWED: {
    status: 405,
    text: "{method} is not a method that this gateway takes. Nothing was sent to GitHub.",
  },
  GH_BAD_PUSH: {
    status: 400,
    text: "The push could not be read without doubt: {why}. Nothing was sent to GitHub and no ref has moved.",
  },
  GH_BAD_PACK: {
    status: 400,
    text: "The pack in this push is not sound: {why}. Nothing was sent to GitHub and no ref has moved.",
  },
  GH_UNKNOWN_OPERATION: {
    status: 403,
    text: "{method} {path} is not an operation this gateway knows, so it was not forwarded.",
  },
  GH_UNKNOWN_PATH: {
    status: 404,
    text: "There is nothing at {path} on this gateway. For REST use /api/v3/…, for git /{owner}/{repo}.git.",
  },
  GH_NOT_SERVED: {
    status: 501,
    text: "{surface} is not served by this gateway yet, so nothing was sent to GitHub. Use the REST API or git.",
  },
  GH_WIKI_WRITE: {
    status: 403,
    text: "A wiki can be read through this gateway, not written: GitHub protects no branch of a wiki and shows nothing of it beforehand, so a push could not be checked. Nothing was sent to GitHub. Edit the wiki in the browser.",
  },
  GH_CANNOT_WAIT: {
    status: 403,
    text: "A person would have to approve this ({rules}), and {what} cannot wait for one. Nothing was sent to GitHub. Ask an administrator whether the rule is meant to cover it.",
  },
  GH_DENIED: {
    status: 403,
    text: "Refused by policy: {reason}. Nothing was sent to GitHub. Rules: {rules}.",
  },
  GH_TIME_UP: {
    status: 504,
    text: "The time that the gateway has for one request ended before GitHub's answer was complete, so the connection to GitHub was cut. A write may have arrived there: look before you repeat it. Ask for less at once: a shallow clone, a smaller page.",
  },
  GH_REPOSITORY_NOT_FOUND: {
    status: 404,
    text: "GitHub does not show {repository} to this gateway. Nothing was changed. Check the name, or ask an administrator to give the gateway access.",
  },
  GH_SECRET_IN_WRITE: {
    status: 422,
    text: "This write carries a secret ({kind}{where}), so it was not sent to GitHub. Remove it, revoke it if it is real, and try again.",
  },
  GH_MASKED_VALUE_IN_WRITE: {
    status: 422,
    text: "This write carries a value that Gatehouse had masked ({kind}{where}); sending it would overwrite the real value with asterisks, so it was not sent to GitHub. Leave that line as it is at GitHub and try again.",
  },
  GH_PENDING: {
    status: 409,
    text: "Waiting for approval by {reviewers}: {link} ({plan}). Nothing has been sent to GitHub yet; it will be when approved. Repeat the same request to join the wait.",
  },
  GH_REFUSED_BY_REVIEWER: {
    status: 403,
    text: "{login} refused this: {reason}. Nothing was sent to GitHub. See {link}",
  },
  GH_EXPIRED: {
    status: 403,
    text: "Nobody approved this in time, so it was not sent to GitHub. Ask again when a reviewer is there. See {link}",
  },
  GH_WITHDRAWN: {
    status: 409,
    text: "This request was {state} before it was approved, so it was not sent to GitHub. See {link}",
  },
  GH_PLAN_VOID: {
    status: 409,
    text: "The approval no longer fits: {why}. Nothing was sent to GitHub. Ask again. See {link}",
  },
  GH_PLAN_UNKNOWN: {
    status: 502,
    text: "The gateway was interrupted while sending this, and GitHub's state does not tell whether it landed. It will not be sent again. Look at GitHub, then see {link}",
  },
  GH_TOO_MANY_HOLDS: {
    status: 429,
    text: "You have {count} requests waiting for approval, the most allowed. Nothing was sent to GitHub. Withdraw one, or wait until one is decided.",
  },
  GH_AUDIT_UNAVAILABLE: {
    status: 503,
    text: "Your request was not sent to GitHub: the gateway could not write its record, and it forwards nothing without one. Try again shortly.",
  },
  GH_FACTS_UNAVAILABLE: {
    status: 503,
    text: "Your request was not sent to GitHub: the gateway could not establish {what}, and it does not guess. Try again shortly.",
  },
  GH_SCAN_UNAVAILABLE: {
    status: 503,
    text: "Your request was not sent to GitHub: what it would write could not be read in full ({why}). Nothing has changed.",
  },
  GH_ESCROW_UNAVAILABLE: {
    status: 503,
    text: "Your request was not sent to GitHub: the gateway could not store it while it is checked. Nothing has changed. Try again shortly.",
  },
  GH_OUTCOME_UNRECORDED: {
    status: 503,
    text: "GitHub answered, but the gateway could not write its record of the answer, so it is not passed on. A write may have been carried out; check at GitHub before you repeat it.",
  },
  GH_NOT_INSTALLED: {
    status: 403,
    text: "The gateway's GitHub App is not installed for {account}. Nothing was sent to GitHub. Ask whoever runs the gateway to install it there and to name the installation in the connector.",
  },
  GH_NOT_LINKED: {
    status: 403,
    text: "GitHub wants a person's own seat for this, and you have linked no GitHub account to the gateway yet. Nothing was sent to GitHub. Link yours once at {address}, then try again.",
  },
  GH_LINK_BROKEN: {
    status: 403,
    text: "GitHub no longer accepts the account that you linked to the gateway, {login}: {why}. Nothing was carried out. Link it again at {address}, then try again.",
  },
  GH_CREDENTIAL_UNAVAILABLE: {
    status: 503,
    text: "The gateway has no credential for this call: {why}. Nothing was sent to GitHub. Try again; if it stays so, tell whoever runs the gateway.",
  },
  GH_RATE_SHARE: {
    status: 429,
    text: "Little is left of GitHub's rate limit, and your share of it is used up. Nothing was sent to GitHub. Try again in {seconds} seconds.",
  },
  GH_UPSTREAM_UNREACHABLE: {
    status: 502,
    text: "GitHub could not be reached, or broke off before it answered. The request may or may not have arrived; the record says so. Check before you repeat a write.",
  },
  GH_UPSTREAM_TIMEOUT: {
    status: 504,
    text: "GitHub did not answer in time. The request may or may not have been carried out; check before you repeat a write.",
  },
  GH_UPSTREAM_UNREADABLE: {
    status: 502,
    text: "GitHub's answer could not be decoded ({why}), so it could not be checked for secrets and was not passed on.",
  },
  GH_LARGE_FILE: {
    status: 502,
    text: "The large file was not moved whole: {why}. GitHub keeps it only if it is whole; try again.",
  },
  GH_UPSTREAM_REFUSED: {
    status: 502,
    text: "GitHub's MCP server answered with status {status} instead of a result, so there is none to pass on. A write may have been carried out; check before you repeat it.",
  },
  GH_UPSTREAM_REDIRECT: {
    status: 502,
    text: "GitHub answered with a redirect that this gateway does not follow ({why}). Nothing was sent to the new address. Use the repository's current name.",
  },
  GH_MCP_SESSION_UNKNOWN: {
    status: 404,
    text: "There is no MCP session with this id that you opened, so nothing was sent to GitHub. Initialize a new one.",
  },
  GH_FOREIGN_ORIGIN: {
    status: 403,
    text: "This request comes from a web page of another site ({origin}); MCP is for programs that hold their own credential. Nothing was sent to GitHub.",
  },
  GH_STARTING: {
    status: 503,
    text: "The gateway is still starting, so nothing was sent to GitHub. Try again in a moment.",
  },
  GH_INTERNAL: {
    status: 500,
    text: "Something went wrong inside the gateway. What was sent to GitHub, if anything, is in the record.",
  },
} as const satisfies Record<string, CatalogueEntry>;
