// The credentials that GitHub sees, from the connector secret: read anew every few minutes, so that a rotated token is used soon.
import type { Credential, Credentials } from "../../model/ports.ts";
import type { SecretReader } from "./secrets.ts";

/** Makes credentials of a static token; the room that sends requests knows how. */
export type StaticConnector = (token: string) => Credentials;

export function createConnector(
  secrets: SecretReader,
  secretName: string,
  make: StaticConnector,
): Credentials {
  let known: { readonly text: string; readonly credentials: Credentials } | undefined;
  const madeOf = (text: string): Credentials => {
    if (known?.text !== text) known = { text, credentials: make(tokenIn(text, secretName)) };
    return known.credentials;
  };
  return {
    async credential(caller, effect, repository) {
      const text = await secrets.secret(secretName);
      const credential = await madeOf(text).credential(caller, effect, repository);
      return renewable(credential, async () => {
        const next = await secrets.renewed(secretName);
        return next === text ? undefined : madeOf(next).credential(caller, effect, repository);
      });
    },
  };
}

/** When it cannot be renewed, GitHub's refusal is the answer. */
function renewable(credential: Credential, renew: () => Promise<Credential | undefined>): Credential {
  return {
    kind: credential.kind,
    authorization: (upstream) => credential.authorization(upstream),
    secrets: () => credential.secrets(),
    refused: () => renew().catch(() => undefined),
  };
}

/** The secret's text stands in no error. */
function tokenIn(text: string, secretName: string): string {
  const { kind, token } = fieldsOf(text);
  if (kind === "static" && typeof token === "string") return token;
  const expected = 'Expected {"kind":"static","token":"…"}';
  if (kind === "unset")
    throw new Error(`the connector secret ${secretName} is not filled in yet. ${expected}.`);
  throw new Error(`the connector secret ${secretName} was not accepted. ${expected}.`);
}

function fieldsOf(text: string): { readonly kind?: unknown; readonly token?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
