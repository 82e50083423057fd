// The linked connector: a person's own tokens where GitHub wants a person's seat, the App's installations for all else.
import { GateError } from "../model/errors.ts";
import type { LinkedAccount, Links } from "../model/links.ts";
import type { Credential, Credentials } from "../model/ports.ts";
import type { ConnectorPorts, LinkedConnector } from "./credentials.ts";
import { createLinkRenewal } from "./link-renewal.ts";
import { createLinkStore, type LinkStore } from "./link-store.ts";
import { TokenCredential } from "./token-credential.ts";
import {
  AuthorizationRefused,
  createUserAuthorization,
  type UserAuthorization,
  type UserTokens,
} from "./user-authorization.ts";

/** `app` serves the calls that take the gateway's own seat. */
export function createLinkedCredentials(
  connector: LinkedConnector,
  app: Credentials,
  ports: ConnectorPorts,
): Credentials {
  // The console's own page: what GitHub sends back goes on to the reviewer API with its session and its token.
  const redirect = `${ports.console}/account`;
  const { clientId, clientSecret } = connector;
  const { api, git, clock } = ports;
  const authorization = createUserAuthorization({ clientId, clientSecret, api, git, redirect, clock });
  const store = createLinkStore(ports);
  const renewal = createLinkRenewal({ clock, store, authorization, address: redirect });
  const links = createLinks(store, authorization);

  function credentialOf(subject: string, tokens: UserTokens): Credential {
    return new TokenCredential("linked", tokens.access, {
      secrets: tokens.refresh === undefined ? [] : [tokens.refresh],
      async refused() {
        const next = await renewal.after(subject, tokens.access);
        return next === undefined ? undefined : credentialOf(subject, next);
      },
    });
  }

  return {
    credential: async (caller, effect, repository, seat) =>
      seat === "person"
        ? credentialOf(caller.subject, await renewal.tokens(caller.subject))
        : app.credential(caller, effect, repository, seat),
    secrets: async () => [...(await app.secrets()), clientSecret],
    links: () => Promise.resolve(links),
  };
}

function createLinks(store: LinkStore, authorization: UserAuthorization): Links {
  /** Who authorised. Whoever it is, nothing of it is kept yet. */
  async function arrived(
    code: string,
    verifier: string,
  ): Promise<{ tokens: UserTokens; account: LinkedAccount }> {
    try {
      const tokens = await authorization.exchange(code, verifier);
      const account = await authorization.account(tokens.access);
      if (account === undefined) throw new Error("GitHub does not know the token that it gave");
      return { tokens, account };
    } catch (cause) {
      const why =
        cause instanceof AuthorizationRefused
          ? `${cause.message} to the code of this authorisation`
          : "GitHub could not be asked who authorised it";
      throw new GateError("GH_LINK_FAILED", { why }, { cause });
    }
  }

  return {
    address: (secrets) => authorization.address(secrets),
    async link(subject, { code, verifier }, record) {
      const { tokens, account } = await arrived(code, verifier);
      const before = await store.find(subject);
      const old = before === undefined ? undefined : await store.tokens(subject, before.link);
      try {
        await store.claim(subject, account);
        await record(account);
        if (before !== undefined && before.link.account.id !== account.id)
          await store.remove(subject, before.link.account);
        await store.put(subject, account, tokens);
      } catch (error) {
        // Of this token only: the account may be somebody else's, whose link goes on.
        await authorization.revoke(tokens.access, "token");
        throw error;
      }
      if (before !== undefined && old !== undefined)
        await authorization.revoke(old.access, before.link.account.id === account.id ? "token" : "grant");
    },
    async state(subject) {
      const found = await store.find(subject);
      if (found === undefined) return { is: "none" };
      const { account, sinceMs, broken } = found.link;
      return broken === undefined
        ? { is: "linked", account, sinceMs }
        : { is: "broken", account, sinceMs, why: broken };
    },
    async unlink(subject) {
      const found = await store.find(subject);
      if (found === undefined) return { isRevoked: true };
      const tokens = await store.tokens(subject, found.link).catch(() => undefined);
      await store.remove(subject, found.link.account);
      return { isRevoked: tokens !== undefined && (await authorization.revoke(tokens.access, "grant")) };
    },
  };
}
