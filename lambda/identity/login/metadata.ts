// What clients can find out by themselves: RFC 8414, RFC 9728, and registration by RFC 7591.
import type { Answer, GatewayRequest } from "../../model/http.ts";
import { json, problem } from "./answers.ts";
import { isRegistrable, registeredId } from "./clients.ts";
import { jsonOf } from "./parameters.ts";

const scopes = ["repo", "read:org", "gist", "workflow"];

export function authorizationServer(gatewayUrl: string): Answer {
  return json({
    issuer: gatewayUrl,
    authorization_endpoint: `${gatewayUrl}/login/oauth/authorize`,
    token_endpoint: `${gatewayUrl}/login/oauth/access_token`,
    device_authorization_endpoint: `${gatewayUrl}/login/device/code`,
    registration_endpoint: `${gatewayUrl}/login/oauth/register`,
    revocation_endpoint: `${gatewayUrl}/login/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: ["none"],
    jwks_uri: `${gatewayUrl}/.well-known/jwks.json`,
    scopes_supported: scopes,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
    token_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  });
}

/** `below` is what follows `/.well-known/oauth-protected-resource`; RFC 9728, 3.1 puts the resource's path there. */
export function protectedResource(gatewayUrl: string, below: string): Answer | undefined {
  if (below !== "" && !/^\/mcp(?:\/[A-Za-z0-9_-]+)*\/?$/.test(below)) return undefined;
  return json({
    resource: `${gatewayUrl}${below}`,
    authorization_servers: [gatewayUrl],
    bearer_methods_supported: ["header"],
    scopes_supported: scopes,
    resource_name: "Gatehouse",
  });
}

/** Public clients only, and only redirects to the person's own machine or to VS Code. */
export async function register(request: GatewayRequest, nowMs: number): Promise<Answer> {
  const { redirect_uris: claimed, client_name: name = "" } = await jsonOf(request);
  const redirects = Array.isArray(claimed) ? claimed.filter((one) => typeof one === "string") : [];
  const refused = (error: "invalid_redirect_uri" | "invalid_client_metadata", why: string): Answer =>
    problem({ headers: [["Accept", "application/json"]] }, error, why, {}, 400);
  if (!Array.isArray(claimed) || redirects.length !== claimed.length || !redirects.every(isRegistrable))
    return refused(
      "invalid_redirect_uri",
      "redirect_uris must be a list of addresses on 127.0.0.1, [::1] or localhost over http, or VS Code's own.",
    );
  const id = typeof name === "string" ? registeredId({ name: name.slice(0, 60), redirects }) : undefined;
  if (id === undefined)
    return refused(
      "invalid_client_metadata",
      "Expected: client_name as text, and 1 to 10 redirect_uris of at most 1,000 characters together.",
    );
  return json(
    {
      client_id: id,
      client_id_issued_at: Math.floor(nowMs / 1000),
      client_name: name,
      redirect_uris: redirects,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    201,
  );
}
