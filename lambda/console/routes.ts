// Every path of the console's host: the page, its assets, signing in and out, and the reviewer API.
import { GateError } from "../model/errors.ts";
import { header, streamOf, type Answer, type Bytes, type GatewayRequest } from "../model/http.ts";
import { asset, page, problem, problemPage } from "./answers.ts";
import { findApiRoute } from "./api.ts";
import { emptyBody, readJson } from "./body.ts";
import type { Desk } from "./desk.ts";
import { refuseCrossSite } from "./guard.ts";
import { isPagePath, parseQuery, parseReturn, parseTarget, type Target } from "./target.ts";

export interface ConsoleDeps {
  readonly desk: Desk;
  /** By path: "/index.html" and "/assets/…", as `buildConsole` made them. */
  readonly assets: ReadonlyMap<string, { readonly bytes: Bytes; readonly type: string }>;
  /** The console's own base URL; its origin is the only one that may change anything. */
  readonly consoleUrl: string;
  /** A fresh reference for an error that a person may quote. */
  readonly reference: () => string;
  /** Told of errors that are not in the catalogue; the caller only sees GH_INTERNAL and the reference. */
  readonly trouble?: (reference: string, error: unknown) => void;
}

export async function consoleAnswer(request: GatewayRequest, deps: ConsoleDeps): Promise<Answer> {
  const answer = await routed(request, deps);
  // RFC 9110, 9.3.2: the same header fields as GET, and no content.
  return request.method === "HEAD" ? { ...answer, body: streamOf() } : answer;
}

async function routed(request: GatewayRequest, deps: ConsoleDeps): Promise<Answer> {
  try {
    return await route(request, parseTarget(request.target), deps);
  } catch (error) {
    return failed(error, request, deps);
  }
}

async function route(request: GatewayRequest, target: Target, deps: ConsoleDeps): Promise<Answer> {
  const [first, second] = target.segments;
  if (first === "_gatehouse" && second === "api") return api(request, target, deps);
  if (target.path === "/sign-in") return signIn(request, target, deps);
  if (target.path === "/sign-in/callback") {
    takes(request, "GET");
    return deps.desk.finishSignIn(request);
  }
  if (target.path === "/sign-out") return signOut(request, deps);
  if (first === "assets") return assetAt(request, target, deps);
  if (isPagePath(target.segments)) {
    takes(request, "GET");
    return page(indexOf(deps));
  }
  throw new GateError("GH_NOT_FOUND", { what: "page" });
}

async function signIn(request: GatewayRequest, target: Target, deps: ConsoleDeps): Promise<Answer> {
  takes(request, "GET");
  const query = parseQuery(target.query, ["return", "fresh"]);
  return deps.desk.startSignIn(parseReturn(query.get("return")), request);
}

async function signOut(request: GatewayRequest, deps: ConsoleDeps): Promise<Answer> {
  takes(request, "POST");
  const who = await deps.desk.signedIn(request);
  refuseCrossSite(request, who, deps.consoleUrl);
  await readJson(request, emptyBody);
  return deps.desk.signOut(request);
}

function assetAt(request: GatewayRequest, target: Target, deps: ConsoleDeps): Answer {
  takes(request, "GET");
  const found = deps.assets.get(target.path);
  if (found === undefined) throw new GateError("GH_NOT_FOUND", { what: "asset" });
  return asset(found);
}

async function api(request: GatewayRequest, target: Target, deps: ConsoleDeps): Promise<Answer> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = findApiRoute(method, target.segments.slice(2));
  if (found === undefined) throw new GateError("GH_NOT_FOUND", { what: "call of the reviewer API" });
  if (found.route === undefined) throw new WrongMethod(request.method, found.methods);
  const who = await deps.desk.signedIn(request);
  if (found.route.method !== "GET") refuseCrossSite(request, who, deps.consoleUrl);
  const query = parseQuery(target.query, found.route.query ?? []);
  return found.route.answer({ desk: deps.desk, who, request, id: found.id, query });
}

class WrongMethod extends GateError {
  readonly allowed: readonly string[];
  constructor(method: string, allowed: readonly string[]) {
    super("GH_METHOD_NOT_ALLOWED", { method: /^[A-Z]{1,20}$/.test(method) ? method : "This method" });
    this.allowed = allowed.flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
  }
}

function takes(request: GatewayRequest, method: "GET" | "POST"): void {
  const isTaken = request.method === method || (method === "GET" && request.method === "HEAD");
  if (!isTaken) throw new WrongMethod(request.method, [method]);
}

function indexOf(deps: ConsoleDeps): Bytes {
  const index = deps.assets.get("/index.html");
  if (index === undefined) throw new Error("the console was not built: no /index.html among its assets");
  return index.bytes;
}

/** A person who follows a link sees the sentence on a page; a program gets it as JSON. */
function failed(error: unknown, request: GatewayRequest, deps: ConsoleDeps): Answer {
  const reference = deps.reference();
  const known = error instanceof GateError ? error : new GateError("GH_INTERNAL", {}, { cause: error });
  if (known !== error) deps.trouble?.(reference, error);
  const wantsPage =
    (request.method === "GET" || request.method === "HEAD") &&
    !request.target.startsWith("/_gatehouse/") &&
    (header(request.headers, "accept") ?? "").includes("text/html");
  const index = deps.assets.get("/index.html");
  if (wantsPage && index !== undefined) return problemPage(index.bytes, known, reference);
  const extra: [string, string][] = [];
  if (error instanceof WrongMethod) extra.push(["Allow", error.allowed.join(", ")]);
  if (known.status === 401) extra.push(["WWW-Authenticate", "Bearer"]);
  return problem(known, reference, extra);
}
