// A person's own GitHub account, linked once to their company identity: for calls that need a person's seat at GitHub.

export interface LinkedAccount {
  /** GitHub's number of the account; logins change. */
  readonly id: number;
  readonly login: string;
}

export type LinkState =
  | {
      readonly is: "none";
      /** Just unlinked, and GitHub did not confirm that this account's tokens ended. */
      readonly left?: string;
    }
  | { readonly is: "linked"; readonly account: LinkedAccount; readonly sinceMs: number }
  /** GitHub takes its tokens no more; only linking again helps. */
  | {
      readonly is: "broken";
      readonly account: LinkedAccount;
      readonly sinceMs: number;
      readonly why: string;
    };

/** As the console shows it; unused where the connector takes no accounts of people. */
export type LinkView = LinkState | { readonly is: "unused" };

/** One authorisation at GitHub, from the browser's way there to its way back. */
export interface LinkSecrets {
  readonly state: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

export interface Links {
  /** Where the person lets the gateway's App act for them. */
  address(secrets: LinkSecrets): string;
  /**
   * Trades GitHub's code for tokens and keeps them. `record` is told who it is before the link counts; when it throws,
   * nothing is linked. Throws GH_LINK_FAILED, and GH_LINK_TAKEN for another person's account.
   */
  link(
    subject: string,
    answer: { readonly code: string; readonly verifier: string },
    record: (account: LinkedAccount) => Promise<void>,
  ): Promise<void>;
  state(subject: string): Promise<LinkState>;
  /** Forgets the tokens and asks GitHub to end them. False when GitHub did not confirm that. */
  unlink(subject: string): Promise<{ readonly isRevoked: boolean }>;
}
