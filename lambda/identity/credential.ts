// Finds the one credential in a request: Bearer, token, or Basic as git sends it.
import { GateError } from "../model/errors.ts";
import { type HeaderList, headerValues } from "../model/http.ts";

const maxAuthorizationLength = 24 * 1024;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// RFC 6750, 2.1 (b64token). Nothing a header parser could split or trim.
const tokenText = /^[A-Za-z0-9._~+/-]+=*$/;
/** A user name such as `copilot-session.7f3c…` says which sitting a git call belongs to: a label, no authority. */
const sessionUserName = /^[a-z]+-session\.([A-Za-z0-9._-]{1,64})$/;

/** A Copilot token as this gateway gives it: fields, of which the first is the session token. VS Code shows all of it. */
const copilotToken = /^tid=([^;]+)(?:;[a-z0-9_-]{1,40}=[A-Za-z0-9._-]{0,100}){1,50}$/;

export interface ShownCredential {
  readonly unverifiedToken: string;
  readonly claimedSession?: string;
}

/**
 * The token that a request shows. Throws GH_NO_CREDENTIAL without one, GH_BAD_HEADERS when there are several
 * (a gateway and an upstream could each pick another), GH_BAD_CREDENTIAL when it cannot be read without doubt.
 */
export function shownCredential(headers: HeaderList): ShownCredential {
  const values = headerValues(headers, "authorization");
  const [value] = values;
  if (value === undefined) throw new GateError("GH_NO_CREDENTIAL");
  if (values.length > 1) throw new GateError("GH_BAD_HEADERS", { why: "more than one Authorization header" });
  if (value.length > maxAuthorizationLength) throw bad("it is too long");

  // RFC 9110, 11.4: scheme, exactly one space, credentials. The scheme is case-insensitive.
  const space = value.indexOf(" ");
  const scheme = value.slice(0, Math.max(space, 0)).toLowerCase();
  const rest = value.slice(space + 1);
  switch (scheme) {
    case "bearer":
    case "token":
      return { unverifiedToken: tokenFrom(copilotToken.exec(rest)?.[1] ?? rest) };
    case "basic":
      return fromBasic(rest);
    default:
      throw bad("the Authorization scheme is not Bearer, token or Basic followed by one space");
  }
}

/** RFC 7617. The password is the token; a lone user name is, too (`https://<token>@host`, as GitHub allows). */
function fromBasic(encoded: string): ShownCredential {
  if (!base64.test(encoded)) throw bad("the Basic credential is not base64");
  const text = utf8(Buffer.from(encoded, "base64"));
  const colon = text.indexOf(":");
  if (colon < 0) throw bad("the Basic credential has no colon");
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (password === "" || password === "x-oauth-basic") return { unverifiedToken: tokenFrom(user) };
  const claimedSession = sessionUserName.exec(user)?.[1];
  return {
    unverifiedToken: tokenFrom(password),
    ...(claimedSession === undefined ? {} : { claimedSession }),
  };
}

function tokenFrom(text: string): string {
  if (text === "") throw new GateError("GH_NO_CREDENTIAL");
  if (!tokenText.test(text)) throw bad("it holds characters that no token has");
  return text;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad("the Basic credential is not UTF-8");
  }
}

export type TokenShape = "session" | "company" | "foreign" | "other";

const jwt = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
// https://github.blog/engineering/behind-githubs-new-authentication-token-formats/, and the 40 hex digits before them.
const gitHubToken = /^(?:gh[a-z]_|github_pat_|v1\.[0-9a-f]{40}$|[0-9a-f]{40}$)/i;

/** What kind of token this looks like; nothing is verified. */
export function shapeOf(unverifiedToken: string): TokenShape {
  if (unverifiedToken.startsWith("gho_") && jwt.test(unverifiedToken.slice(4))) return "session";
  if (gitHubToken.test(unverifiedToken)) return "foreign";
  return jwt.test(unverifiedToken) ? "company" : "other";
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_CREDENTIAL", { why });
}
