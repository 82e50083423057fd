// What GitHub sees of the gateway: a connector's description, as it lies in a secret, and the credentials made from it.
import * as z from "zod";
import type { Clock, Credentials, KeyedStore, Lockbox } from "../model/ports.ts";
import { TokenCredential } from "./token-credential.ts";

const staticConnector = z.object({ kind: z.literal("static"), token: z.string() });

const appConnector = z.object({
  kind: z.literal("app"),
  appId: z.union([z.number().int().positive(), z.string().min(1)]),
  /** PEM, as GitHub gives it (PKCS#1) or as PKCS#8. */
  privateKey: z.string().regex(/^-----BEGIN (?:RSA )?PRIVATE KEY-----/),
  /** Account names to the numbers of their installations. */
  installations: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/), z.number().int().positive())
    .refine((installations) => Object.keys(installations).length > 0),
});

/** The same App, and its proof when people authorise it to act for them. */
const linkedConnector = appConnector.extend({
  kind: z.literal("linked"),
  clientId: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  clientSecret: z.string().regex(/^[\x21-\x7e]{1,200}$/),
});

const connector = z.discriminatedUnion("kind", [staticConnector, appConnector, linkedConnector]);

export type AppConnector = Omit<z.infer<typeof appConnector>, "kind">;
export type LinkedConnector = z.infer<typeof linkedConnector>;

export interface ConnectorPorts {
  readonly clock: Clock;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  /** Bases of GitHub's REST API, of its web pages and of the gateway's console, without a slash at the end. */
  readonly api: string;
  readonly git: string;
  readonly console: string;
}

const expected =
  'Expected {"kind":"static","token":"…"} or {"kind":"app","appId":…,"privateKey":"-----BEGIN …","installations":{"<account>":<number>}} or the latter with {"kind":"linked","clientId":"…","clientSecret":"…"}';

/**
 * Reads a connector secret's text. Further fields are allowed: other secrets stand beside it.
 * Throws with `name` and with which field is wrong; the text stands in no error.
 */
export async function createCredentials(
  text: string,
  name: string,
  ports: ConnectorPorts,
): Promise<Credentials> {
  const value = valueOf(text);
  if (value?.kind === "unset")
    throw new Error(`the connector secret ${name} is not filled in yet. ${expected}.`);
  const read = connector.safeParse(value);
  if (!read.success) {
    const fields = [...new Set(read.error.issues.map(({ path }) => path.join(".") || "kind"))].join(", ");
    throw new Error(`the connector secret ${name} was not accepted (${fields}). ${expected}.`);
  }
  if (read.data.kind === "static") return createStaticCredentials(read.data.token);
  // The App's library is only loaded by those who have an App.
  const { createAppCredentials } = await import("./app-credentials.ts");
  const app = createAppCredentials(read.data, ports);
  if (read.data.kind === "app") return app;
  const { createLinkedCredentials } = await import("./linked-credentials.ts");
  return createLinkedCredentials(read.data, app, ports);
}

/** One token for everything. Throws when it is empty or could break out of a header. */
export function createStaticCredentials(token: string): Credentials {
  const credential = new TokenCredential("static", token);
  return {
    credential: () => Promise.resolve(credential),
    secrets: () => Promise.resolve(credential.secrets()),
  };
}

function valueOf(text: string): { readonly kind?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
