// From a request to an action: which surface, which operation, which repository and branches. No look-ups, no upstream.
import type { Action } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import { header, type GatewayRequest } from "../model/http.ts";
import { classifyGit } from "./git.ts";
import { classifyGraphQL } from "./graphql.ts";
import { classifyAccountCall, classifyModelCall } from "./copilot.ts";
import { carriedHeaders, checkHeaders } from "./headers.ts";
import { classifyMcp } from "./mcp.ts";
import { classifyRest } from "./rest.ts";
import { readTarget, type Target } from "./target.ts";

export interface ClassifyDeps {
  /** The gateway's own host with its port, lower case, as clients name it. */
  readonly gatewayHost: string;
  readonly limits: Config["limits"];
  /** Whether an MCP server stands behind the gateway. */
  readonly servesMcp?: boolean;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/** What the request asks for. Throws a GateError for everything that cannot be named without doubt. */
export async function classify(request: GatewayRequest, deps: ClassifyDeps): Promise<Action> {
  if (!methods.has(request.method)) {
    const method = request.method.replace(/[^A-Za-z-]/g, "?").slice(0, 20);
    throw new GateError("GH_METHOD_NOT_ALLOWED", { method });
  }
  const target = readTarget(request.target);
  checkHeaders(request.headers);
  // Fails early on values that could not be carried, whatever the surface.
  carriedHeaders(request.headers);
  switch (subHost(request.host, deps.gatewayHost)) {
    case "":
      return bareHost(request, target, deps);
    case "api":
      return target.segments[0] === "graphql"
        ? graphQL(request, target, 1, deps)
        : classifyRest(request, target, target.segments, deps.limits);
    case "uploads":
      return notServed("Uploading files");
    case "raw":
      return notServed("Raw file content by host name");
    case "copilot-api":
      // The address of VS Code's built-in GitHub server.
      return target.segments[0] === "mcp" ? mcp(request, target, deps) : unknownPath(target);
    default:
      return unknownPath(target);
  }
}

/** The first segments that belong to the gateway: a repository owner of that name is out of reach here. */
const reserved: Readonly<Record<string, string>> = {
  raw: "Raw file content by host name",
  telemetry: "Copilot's telemetry",
  login: "GitHub-shaped sign-in",
};

function bareHost(request: GatewayRequest, target: Target, deps: ClassifyDeps): Promise<Action> {
  const [first = "", second] = target.segments;
  const surface = Object.hasOwn(reserved, first) ? reserved[first] : undefined;
  if (surface !== undefined) return notServed(surface);
  if (first === "capi") return classifyModelCall(request, target, target.segments.slice(1), deps.limits);
  if (first === "copilot" || first === "copilot_internal")
    return classifyAccountCall(request, target, target.segments, deps.limits);
  if (first === "mcp") return mcp(request, target, deps);
  if (first !== "api") return classifyGit(request, target, deps.limits);
  switch (second) {
    case "v3":
      return classifyRest(request, target, target.segments.slice(2), deps.limits);
    case "graphql":
      return graphQL(request, target, 2, deps);
    case "uploads":
      return notServed("Uploading files");
    default:
      return unknownPath(target);
  }
}

function mcp(request: GatewayRequest, target: Target, deps: ClassifyDeps): Promise<Action> {
  const { limits, servesMcp, gatewayHost } = deps;
  // A page in a browser may reach an address of this machine or network by a name of its own (DNS rebinding).
  const origin = header(request.headers, "origin");
  if (
    origin !== undefined &&
    canonicalHost(origin.replace(/^https?:\/\//, "")) !== canonicalHost(gatewayHost)
  )
    throw new GateError("GH_FOREIGN_ORIGIN", { origin: origin.replace(/[^\x21-\x7e]/g, "?").slice(0, 100) });
  return servesMcp === true
    ? classifyMcp(request, target, target.segments.slice(1), limits)
    : notServed("MCP");
}

function graphQL(
  request: GatewayRequest,
  target: Target,
  segments: number,
  { limits }: ClassifyDeps,
): Promise<Action> {
  return target.segments.length === segments ? classifyGraphQL(request, target, limits) : unknownPath(target);
}

const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])(?=:|$)/;

/** "" for the gateway itself, "api", "uploads" or "raw" for its sub-hosts, undefined for a host that is not ours. */
function subHost(host: string, gatewayHost: string): string | undefined {
  const own = canonicalHost(gatewayHost);
  const asked = canonicalHost(host);
  if (asked === own) return "";
  const dot = asked.indexOf(".");
  if (dot < 0) return undefined;
  const sub = asked.slice(0, dot);
  return canonicalHost(asked.slice(dot + 1)) === own ? sub : undefined;
}

/** Default ports and the names of this machine are spelled in several ways. */
function canonicalHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/:(?:80|443)$/, "")
    .replace(loopback, "localhost");
}

function notServed(surface: string): never {
  throw new GateError("GH_NOT_SERVED", { surface });
}

function unknownPath(target: Target): never {
  throw new GateError("GH_UNKNOWN_PATH", { path: target.path });
}
