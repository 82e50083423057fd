// The credentials that GitHub sees, from the connector secret: read anew every few minutes, so that a rotated token is used soon.
import type { Credentials, Secrets } from "../../model/ports.ts";

/** Makes credentials of a static token; the room that sends requests knows how. */
export type StaticConnector = (token: string) => Credentials;

export function createConnector(secrets: Secrets, secretName: string, make: StaticConnector): Credentials {
  let known: { readonly text: string; readonly credentials: Credentials } | undefined;
  return {
    async credential(caller, effect, repository) {
      const text = await secrets.secret(secretName);
      if (known?.text !== text) known = { text, credentials: make(tokenIn(text, secretName)) };
      return known.credentials.credential(caller, effect, repository);
    },
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
