// The sandbox's GitHub: real git repositories behind git over HTTP and the REST API, on the loopback address only.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ModelScript, servesCopilot } from "./copilot.ts";
import { errorAnswer, GitHubError, notFound, send, type Json } from "./github-answers.ts";
import { answerApp, whoseIs, type SandboxApp } from "./github-app.ts";
import { isAuthorized } from "./github-authorization.ts";
import { servesGit } from "./github-git-front.ts";
import { answerGraphQL, namedOperation } from "./github-graphql.ts";
import { answerMcp } from "./github-mcp.ts";
import { countedBody, RequestLog, type LoggedRequest } from "./github-log.ts";
import { serveStorage } from "./github-lfs.ts";
import { defaultBranch } from "./github-history.ts";
import { sandboxRepositories, type SandboxRepository } from "./github-repositories.ts";
import { answerRest } from "./github-rest.ts";
import { presentName } from "./github-renames.ts";
import { seedRepository } from "./github-seed.ts";
import { answerControl, readJson, readText } from "./github-control.ts";
import { Faults, makeTrouble, type Fault } from "./github-faults.ts";
import { graphQLWorld, replacing, toolWorld } from "./github-within.ts";

export interface SandboxGitHub {
  readonly url: string;
  readonly repositories: readonly {
    readonly fullName: string;
    readonly defaultBranch: string;
    /** Branch patterns that this GitHub says are protected. */
    readonly protected: readonly string[];
  }[];
  /** What it received, oldest first; the same as `GET /_sandbox/requests`. */
  requests(): readonly LoggedRequest[];
  /** The same as `POST /_sandbox/faults` and `DELETE /_sandbox/faults`. */
  addFault(fault: Fault): void;
  clearFaults(): void;
  close(): Promise<void>;
}

interface Upstream {
  repositories: readonly SandboxRepository[];
  readonly token: string;
  /** Then an App's tokens are taken instead of the one. */
  readonly app: SandboxApp | undefined;
  readonly clock: () => number;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly script: ModelScript;
  readonly mcpSessions: Set<string>;
  base: string;
}

export async function startGitHub(options: {
  dataDir: string;
  port: number;
  /** The one credential that this upstream takes. */
  token: string;
  app?: SandboxApp | undefined;
  clock: () => number;
}): Promise<SandboxGitHub> {
  const repositories = await Promise.all(
    sandboxRepositories(options.dataDir).map(async (repository) => {
      await seedRepository(repository, options.clock());
      return presentName(repository);
    }),
  );
  const upstream: Upstream = {
    repositories,
    token: options.token,
    app: options.app,
    clock: options.clock,
    log: new RequestLog(),
    faults: new Faults(),
    script: new ModelScript(),
    mcpSessions: new Set(),
    base: "",
  };
  const server = createServer((request, response) => {
    serve(upstream, request, response).catch(() => {
      response.destroy();
    });
  });
  // Slow large pushes are legitimate here; the default would answer 408 after 5 minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  upstream.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: upstream.base,
    repositories: await Promise.all(
      repositories.map(async ({ fullName, directory, classic, rulesets }) => ({
        fullName,
        defaultBranch: await defaultBranch(directory),
        protected: [...classic, ...rulesets],
      })),
    ),
    requests: () => upstream.log.items(),
    addFault: (fault) => {
      upstream.faults.add(fault);
    },
    clearFaults: () => {
      upstream.faults.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function serve(upstream: Upstream, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? "/";
  if (target.startsWith("/_sandbox/")) {
    const answer = await answerControl(upstream, request);
    send(request, response, answer, upstream.clock());
    return;
  }
  const item = upstream.log.note(request, upstream.clock());
  const body = countedBody(request, item);
  const fault = upstream.faults.take(request.method ?? "", target);
  if (fault !== undefined && (await makeTrouble(fault, request, response, upstream.clock))) return;
  try {
    await serveGitHub(upstream, request, body, response, item);
  } catch (error) {
    if (response.headersSent) throw error;
    const shown = error instanceof GitHubError ? error : new GitHubError(500, "Server Error");
    if (shown.status === 401) response.setHeader("WWW-Authenticate", 'Basic realm="GitHub"');
    send(request, response, errorAnswer(shown), upstream.clock());
  }
  // What nobody read still arrives: it is counted, and the connection stays usable.
  if (!request.readableEnded) await drain(request, item);
}

async function serveGitHub(
  upstream: Upstream,
  request: IncomingMessage,
  body: AsyncGenerator<Uint8Array>,
  response: ServerResponse,
  item: LoggedRequest,
): Promise<void> {
  // Not by URL: that would resolve `..` on the way, and hide from a test what really arrived.
  const [, pathname = "", search = ""] = /^([^?]*)\??(.*)$/s.exec(request.url ?? "/") ?? [];
  if (pathname.startsWith("/_storage/")) {
    await serveStorage(upstream.repositories, request, body, response);
    return;
  }
  const isGraphQL = pathname === "/api/graphql";
  const isMcp = pathname === "/mcp" || pathname.startsWith("/mcp/");
  const isRest =
    isGraphQL || pathname === "/api/v3" || pathname.startsWith("/capi/") || pathname.startsWith("/api/v3/");
  if (upstream.app !== undefined) {
    const answer = await answerApp(upstream.app, {
      method: request.method ?? "",
      pathname,
      query: new URLSearchParams(search),
      authorization: request.headers.authorization ?? "",
      readText: () => readText(body),
    });
    if (answer !== undefined) {
      send(request, response, answer, upstream.clock());
      return;
    }
  }
  const { login } = authorized(upstream, request.headers.authorization ?? "", pathname, isRest, isMcp);
  if (upstream.app !== undefined) item.as = login ?? "installation";
  if (isMcp) {
    const answer = await answerMcp({
      method: request.method ?? "",
      path: pathname.slice("/mcp".length),
      headers: request.headers,
      readBody: () => readJson(body),
      sessions: upstream.mcpSessions,
      world: toolWorld(upstream),
      note: (what) => {
        item.mcp = what;
      },
    });
    send(request, response, answer, upstream.clock());
    return;
  }
  const { repositories, base } = upstream;
  const readBody = (): Promise<unknown> => readJson(body);
  const call = { repositories, login, base, pathname, search, nowMs: upstream.clock(), body, readBody };
  if (await servesCopilot({ ...call, script: upstream.script }, request, response)) return;
  if (await servesGit(call, request, response)) return;
  if (isGraphQL) {
    if (request.method !== "POST") throw notFound();
    const document = (await readJson(body)) as Json;
    const operation = namedOperation(document);
    if (operation !== undefined) item.graphql = operation;
    send(
      request,
      response,
      await answerGraphQL(graphQLWorld(upstream), document, upstream.clock()),
      upstream.clock(),
    );
    return;
  }
  if (!isRest && !pathname.startsWith("/raw/")) throw notFound();
  const answer = await answerRest({
    repositories: upstream.repositories,
    method: request.method === "HEAD" ? "GET" : (request.method ?? "GET"),
    path: isRest ? pathname.slice("/api/v3".length) : pathname,
    query: new URLSearchParams(search),
    accept: request.headers.accept ?? "",
    base: upstream.base,
    nowMs: upstream.clock(),
    readBody,
    ...(login === undefined ? {} : { login }),
    replace: replacing(upstream),
  });
  send(request, response, answer, upstream.clock());
}

/** An App's installation has no seat of Copilot, and is no user. Throws 401 and 403 as GitHub does. */
function authorized(
  { app, token }: Upstream,
  authorization: string,
  pathname: string,
  isRest: boolean,
  isMcp: boolean,
): { readonly login?: string } {
  const isGit = !isRest && !isMcp;
  const known: { readonly login?: string } | undefined = isAuthorized(token, authorization, isGit)
    ? {}
    : undefined;
  const who = app === undefined ? known : whoseIs(app, authorization);
  if (who === undefined) throw new GitHubError(401, isRest ? "Bad credentials" : "Authentication required");
  const isPersons = isMcp || /^\/(?:capi\/|api\/v3\/(?:user$|copilot))/.test(pathname);
  if (app !== undefined && isPersons && who.login === undefined)
    throw new GitHubError(403, "Resource not accessible by integration");
  return who;
}

async function drain(request: IncomingMessage, item: LoggedRequest): Promise<void> {
  const rest = countedBody(request, item);
  while ((await rest.next()).done !== true);
}
