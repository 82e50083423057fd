// Who is calling: the verified person, the sitting the call belongs to, and the client in their hand.

/** A person as the company knows them. The subject is the only identity; login and e-mail are for display. */
export interface Person {
  /** `<issuer>#<sub>`: never reused, never an e-mail address. */
  readonly subject: string;
  readonly login: string;
  readonly name?: string;
  readonly email?: string;
  readonly teams: readonly string[];
  /** All identities of one person share this; defaults to the subject. Requester ≠ approver compares it. */
  readonly person: string;
}

export interface Caller extends Person {
  /** One sitting with one agent: the unit of replay and of the kill switch. */
  readonly session: string;
  /** The client as it names itself (User-Agent): a label, never authority. */
  readonly claimedClient: string;
  /** Which proof was shown: the company's own token, or a session token of this gateway. */
  readonly proof: "company-token" | "session-token";
  /** When the shown token was issued and when it ends, milliseconds since 1970. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Labels that a client claims about its own sitting (headers, user names): shown, never trusted. */
  readonly claimedLabels: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
}

/** A person signed in to the console. */
export interface Reviewer extends Person {
  /** When the person last proved themselves to the issuer (`auth_time`), milliseconds since 1970. */
  readonly signedInAtMs: number;
  /**
   * A browser sign-in can decide; a bearer token can do so in the sandbox only, and a button in Slack only where
   * `notices.slack.decides` says so.
   */
  readonly via: "browser" | "bearer" | "slack";
}
