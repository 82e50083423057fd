// The sandbox's company sign-in: an OpenID Connect provider with demo people, on the loopback address only.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type ClientMetadata, type Configuration, type KoaContextWithOIDC } from "oidc-provider";
import { openIssuerKeys, type IssuerKeys } from "./issuer-keys.ts";
import { deviceCodePage, deviceConfirmPage, messagePage, pageHeaders } from "./issuer-pages.ts";
import { serveSignIn } from "./issuer-sign-in.ts";
import { openIssuerStore, type IssuerStore } from "./issuer-store.ts";
import { commandLineClientId, mintCompanyToken, personClaims, type MintOptions } from "./issuer-tokens.ts";
import { sandboxAudience, type SandboxPerson } from "./people.ts";

export interface SandboxClient {
  readonly clientId: string;
  readonly redirectUris: readonly string[];
}

export interface SandboxIssuer {
  /** The `iss` of its tokens, and where discovery is. */
  readonly url: string;
  /** An access token of this person, signed without a browser. */
  tokenFor(login: string, options?: MintOptions): Promise<string>;
  close(): Promise<void>;
}

const scopes = "openid profile email groups";
const hour = 3600;
const day = 24 * hour;

export async function startIssuer(options: {
  dataDir: string;
  port: number;
  /** The host name in the issuer's address; it listens on 127.0.0.1 whatever the name. */
  host?: string;
  people: readonly SandboxPerson[];
  clients: readonly SandboxClient[];
  /** For `tokenFor`; the provider itself goes by the system's clock. */
  clock?: () => number;
}): Promise<SandboxIssuer> {
  const clock = options.clock ?? Date.now;
  const keys = await openIssuerKeys(options.dataDir);
  const store = openIssuerStore(options.dataDir, Date.now);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const url = `http://${options.host ?? "127.0.0.1"}:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, configuration(keys, store, options.people, options.clients));
  const serveProvider = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const served = (request.url ?? "").startsWith("/interaction/")
      ? serveSignIn(provider, options.people, url, request, response)
      : serveProvider(request, response);
    served.catch(() => {
      response.destroy();
    });
  });
  return {
    url,
    tokenFor: async (login, mint) => {
      const person = options.people.find((one) => one.login === login);
      if (person === undefined) {
        const known = options.people.map((one) => one.login).join(", ");
        throw new Error(`Nobody is called ${login} in the sandbox. Expected: ${known}`);
      }
      return mintCompanyToken({ url, keys, clock }, person, mint);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function clientMetadata(client: SandboxClient): ClientMetadata {
  return {
    client_id: client.clientId,
    client_name: "Gatehouse console",
    redirect_uris: [...client.redirectUris],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    require_auth_time: true,
  };
}

const deviceClient: ClientMetadata = {
  client_id: commandLineClientId,
  client_name: "Gatehouse on the command line",
  redirect_uris: [],
  response_types: [],
  grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
  token_endpoint_auth_method: "none",
};

function html(ctx: KoaContextWithOIDC, content: string): void {
  ctx.set(pageHeaders());
  ctx.body = content;
}

function configuration(
  keys: IssuerKeys,
  store: IssuerStore,
  people: readonly SandboxPerson[],
  clients: readonly SandboxClient[],
): Configuration {
  const find = (id: string | undefined): SandboxPerson | undefined =>
    people.find((person) => person.id === id);
  return {
    adapter: store.adapter,
    clients: [...clients.map(clientMetadata), deviceClient],
    jwks: { keys: [keys.signing] },
    // Cookies know no ports: names of our own keep them apart from the console's on the same host.
    cookies: {
      keys: [...keys.cookies],
      names: { interaction: "acme_interaction", resume: "acme_resume", session: "acme_session" },
    },
    pkce: { required: () => true },
    scopes: scopes.split(" "),
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    conformIdTokenClaims: false,
    responseTypes: ["code"],
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const person = find(id);
      if (person === undefined) return undefined;
      return { accountId: id, claims: () => ({ sub: id, ...personClaims(person) }) };
    },
    extraTokenClaims: (_ctx, token) => {
      const person = "accountId" in token ? find(token.accountId) : undefined;
      return person === undefined ? undefined : personClaims(person);
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    loadExistingGrant: grantEverything,
    renderError: (ctx, out) => {
      html(ctx, messagePage("Sign-in did not work", `${out.error}: ${out.error_description ?? ""}`));
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form, _out, problem) => {
          const text =
            problem === undefined ? undefined : "That code is not valid. Look at your device again.";
          html(ctx, deviceCodePage(form, text));
        },
        userCodeConfirmSource: (ctx, form, client, _device, code) => {
          html(ctx, deviceConfirmPage(form, client.clientName ?? client.clientId, code));
        },
        successSource: (ctx) => {
          html(ctx, messagePage("Signed in", "Your device goes on by itself. You can close this page."));
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => sandboxAudience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: scopes,
          audience: sandboxAudience,
          accessTokenTTL: hour,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 14 * day,
      IdToken: hour,
      Interaction: 600,
      RefreshToken: 14 * day,
      Session: 14 * day,
    },
  };
}

/** No consent page: the sandbox's clients are the company's own. */
async function grantEverything(
  ctx: KoaContextWithOIDC,
): Promise<InstanceType<Provider["Grant"]> | undefined> {
  const { client, session, provider } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = session.grantIdFor(client.clientId);
  const found = known === undefined ? undefined : await provider.Grant.find(known);
  if (found !== undefined) return found;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(scopes);
  grant.addResourceScope(sandboxAudience, scopes);
  await grant.save();
  return grant;
}
