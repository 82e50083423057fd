// Tokens of a GitHub App's installations: minted for one repository and one kind of call, and short-lived.
import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import type { Effect, RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { Credential, Credentials } from "../model/ports.ts";
import type { AppConnector, ConnectorPorts } from "./credentials.ts";
import { createFairShare } from "./fair-share.ts";
import { TokenCredential } from "./token-credential.ts";

type Permissions = Readonly<Record<string, string>>;

const timeoutMs = 10_000;
/** GitHub's tokens live for an hour; a long push must not outlive the one that it was begun with. */
const refreshBeforeMs = 5 * 60_000;
const grantedForMs = 60 * 60_000;
/** What an agent's everyday writes need. Everything else stays at reading, whatever the App was granted. */
const everydayWrites = new Set([
  "actions",
  "checks",
  "contents",
  "deployments",
  "discussions",
  "issues",
  "pull_requests",
  "statuses",
  "workflows",
]);

export function createAppCredentials(
  app: AppConnector,
  { clock, api }: Pick<ConnectorPorts, "clock" | "api">,
): Credentials {
  const calls = request.defaults({ baseUrl: api, request: { fetch: boundedFetch } });
  const auth = createAppAuth({ appId: app.appId, privateKey: app.privateKey, request: calls });
  const installations = new Map(
    Object.entries(app.installations).map(([account, id]) => [
      account.toLowerCase(),
      { id, share: createFairShare(clock), granted: undefined as Granted | undefined },
    ]),
  );
  type Installation = NonNullable<ReturnType<typeof installations.get>>;

  /** What the App was granted at this installation: asking for more fails as a whole. */
  async function grantedTo(installation: Installation): Promise<Permissions> {
    const known = installation.granted;
    if (known !== undefined && clock.now() - known.atMs < grantedForMs) return known.permissions;
    const { token } = await auth({ type: "app" });
    const { data } = await calls("GET /app/installations/{installation_id}", {
      installation_id: installation.id,
      headers: { authorization: `bearer ${token}` },
    });
    const permissions = data.permissions as Permissions;
    installation.granted = { permissions, atMs: clock.now() };
    return permissions;
  }

  async function mint(installation: Installation, effect: Effect, repository?: string): Promise<string> {
    const options = {
      type: "installation" as const,
      installationId: installation.id,
      permissions: narrowed(await grantedTo(installation), effect),
      ...(repository === undefined ? {} : { repositoryNames: [repository] }),
    };
    const kept = await auth(options);
    const leftMs = Date.parse(kept.expiresAt) - clock.now();
    return leftMs > refreshBeforeMs ? kept.token : (await auth({ ...options, refresh: true })).token;
  }

  return {
    async credential({ subject }, effect, repository): Promise<Credential> {
      const installation = installationOf(installations, repository);
      installation.share.take(subject);
      try {
        const token = await mint(installation, effect, repository?.name);
        return new TokenCredential("app", token, {
          heard: (headers) => {
            installation.share.heard(headers);
          },
        });
      } catch (cause) {
        throw new GateError("GH_CREDENTIAL_UNAVAILABLE", { why: whyOf(cause) }, { cause: whyOf(cause) });
      }
    },
    secrets: () => Promise.resolve([keyBody(app.privateKey)]),
  };
}

interface Granted {
  readonly permissions: Permissions;
  readonly atMs: number;
}

/** Calls without a repository go to the one installation there is; with several nobody could say to which. */
function installationOf<T>(installations: ReadonlyMap<string, T>, repository: RepositoryName | undefined): T {
  const [first] = installations.values();
  const found =
    repository === undefined
      ? installations.size === 1
        ? first
        : undefined
      : installations.get(repository.owner.toLowerCase());
  if (found === undefined)
    throw new GateError("GH_NOT_INSTALLED", {
      account: repository?.owner ?? "calls that name no repository (it has several installations)",
    });
  return found;
}

/** Reads get a token that cannot write: a write that was taken for a read then fails at GitHub. */
function narrowed(granted: Permissions, effect: Effect): Record<string, string> {
  const isRead = effect === "read" || effect === "read-many";
  const isEveryday = effect === "write" || effect === "branch-write" || effect === "indirect";
  return Object.fromEntries(
    Object.entries(granted).flatMap(([name, level]) => {
      if (isRead || (isEveryday && !everydayWrites.has(name)))
        return name === "workflows" ? [] : [[name, "read"]];
      return [[name, level]];
    }),
  );
}

/** Never follows: a redirect would carry the App's own proof of identity elsewhere. */
function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
}

/** GitHub's status and no more: what it says may quote what was sent. */
function whyOf(error: unknown): string {
  const status = typeof error === "object" && error !== null && "status" in error ? Number(error.status) : 0;
  if (status >= 400) return `GitHub answered ${String(status)} when asked for an installation token`;
  return "GitHub could not be asked for an installation token";
}

/** The one long line of a private key that no other text holds, whichever way its PEM is wrapped. */
function keyBody(pem: string): string {
  return pem.split(/\r?\n/).find((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line)) ?? pem;
}
