// Finds a company issuer's public keys: by OIDC discovery, or where the configuration says.
import type { IssuerConfig } from "../model/config.ts";

const timeoutMs = 5_000;
const maxBytes = 1024 * 1024;

/** Reads a JSON document. Throws when there is none. */
export type FetchJson = (url: string) => Promise<unknown>;

/** The issuer's JWKS document, not checked yet. */
export async function fetchIssuerKeys(issuer: IssuerConfig, fetchJson: FetchJson): Promise<unknown> {
  return fetchJson(safeUrl(issuer.jwksUri ?? (await discoveredJwksUri(issuer, fetchJson)), issuer));
}

/** OpenID Connect Discovery 1.0, 4: the document must name the issuer that we asked for (4.3). */
async function discoveredJwksUri(issuer: IssuerConfig, fetchJson: FetchJson): Promise<string> {
  const address = `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = await fetchJson(safeUrl(address, issuer));
  const metadata = typeof document === "object" && document !== null ? document : {};
  if (!("issuer" in metadata) || metadata.issuer !== issuer.issuer) {
    throw new Error("the discovery document names another issuer");
  }
  if (!("jwks_uri" in metadata) || typeof metadata.jwks_uri !== "string") {
    throw new Error("the discovery document has no jwks_uri");
  }
  return metadata.jwks_uri;
}

/** Keys that came over plain http could be anybody's; only this machine's own loopback is exempt. */
function safeUrl(address: string, issuer: IssuerConfig): string {
  const url = new URL(address);
  if (url.protocol === "https:") return url.href;
  if (url.protocol === "http:" && isLoopback(url) && isLoopback(new URL(issuer.issuer))) return url.href;
  throw new Error("keys are read over https only");
}

export function isLoopback(url: URL): boolean {
  return (
    url.hostname === "localhost" || url.hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}

/** The default FetchJson: no redirects, bounded in time and size. */
export async function fetchJsonDocument(url: string): Promise<unknown> {
  const answer = await fetch(url, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok || answer.body === null) throw new Error(`the issuer answered ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error("the issuer's document is too large");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
