// The credentials that GitHub sees, from the connector secret: read anew every few minutes, so that a rotated one is used soon.
import type { Clock, Credential, Credentials, KeyedStore, Lockbox } from "../../model/ports.ts";
import type { SecretReader } from "./secrets.ts";

/** What credentials may keep and lock away. */
export interface ConnectorStores {
  readonly clock: Clock;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
}

/** Makes credentials of a connector secret's text; the room that sends requests knows how. Its name is for errors. */
export type MakeCredentials = (
  text: string,
  secretName: string,
  stores: ConnectorStores,
) => Promise<Credentials>;

export function createConnector(
  secrets: SecretReader,
  secretName: string,
  make: MakeCredentials,
  stores: ConnectorStores,
): Credentials {
  let known: { readonly text: string; readonly credentials: Promise<Credentials> } | undefined;
  const madeOf = (text: string): Promise<Credentials> => {
    if (known?.text === text) return known.credentials;
    const made = { text, credentials: make(text, secretName, stores) };
    known = made;
    made.credentials.catch(() => {
      if (known === made) known = undefined;
    });
    return made.credentials;
  };
  return {
    async credential(caller, effect, repository, seat) {
      const text = await secrets.secret(secretName);
      const credential = await (await madeOf(text)).credential(caller, effect, repository, seat);
      return renewable(credential, async () => {
        const next = await secrets.renewed(secretName);
        return next === text ? undefined : (await madeOf(next)).credential(caller, effect, repository, seat);
      });
    },
    links: async () => (await madeOf(await secrets.secret(secretName))).links?.(),
    secrets: async () => (await madeOf(await secrets.secret(secretName))).secrets(),
  };
}

/** When the secret is still the same, it is for the credential to say what now. */
function renewable(credential: Credential, renew: () => Promise<Credential | undefined>): Credential {
  return {
    kind: credential.kind,
    authorization: (upstream) => credential.authorization(upstream),
    secrets: () => credential.secrets(),
    heard: (headers) => credential.heard?.(headers),
    refused: async () => (await renew().catch(() => undefined)) ?? credential.refused?.(),
  };
}
