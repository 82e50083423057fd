// Where programs collect their token: for a device code that a person confirmed, or for an authorization code.
import type { Answer, GatewayRequest } from "../../model/http.ts";
import type { Person } from "../../model/caller.ts";
import { maxSessionLifetimeMs } from "../session-token.ts";
import { fields, problem, type OAuthError } from "./answers.ts";
import type { AuthorizationCodes } from "./authorization-codes.ts";
import { resourceTrouble } from "./browser-flow.ts";
import { clientOf, type Client } from "./clients.ts";
import { intervalSeconds, type DeviceCodes } from "./device-codes.ts";
import { parametersOf, type Parameters } from "./parameters.ts";
import type { LoginEnded, LoginPorts } from "./ports.ts";

const deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code";

const descriptions: Partial<Record<OAuthError, string>> = {
  authorization_pending: "Nobody has confirmed the code yet.",
  slow_down: "You ask too often. Wait for the interval.",
  expired_token: "The code has expired. Ask for a new one.",
  access_denied: "The sign-in was refused.",
  incorrect_device_code: "There is no such device code, or it was used already.",
  incorrect_client_credentials: "client_id is missing, or not the one that the code was given to.",
  bad_verification_code: "The code is wrong, expired or used already, or the code_verifier does not fit.",
  redirect_uri_mismatch: "redirect_uri is not the one that the code was asked for with.",
  unsupported_grant_type: `Only authorization_code and ${deviceGrantType} are served.`,
};

export interface TokenEndpoint {
  token(request: GatewayRequest): Promise<Answer>;
}

/** A `client_secret` is ignored: all clients are public, and what binds a code is PKCE. */
export function createTokenEndpoint(
  ports: LoginPorts,
  deviceCodes: DeviceCodes,
  authorizationCodes: AuthorizationCodes,
): TokenEndpoint {
  const refused = (request: GatewayRequest, error: OAuthError): Answer =>
    problem(
      request,
      error,
      descriptions[error] ?? "The request was not accepted.",
      error === "slow_down" ? { interval: 2 * intervalSeconds } : {},
    );

  /** A session of its own for each sign-in; recorded before anybody holds its token. */
  async function granted(
    request: GatewayRequest,
    client: Client,
    person: Person,
    about: Pick<LoginEnded, "flow" | "address" | "confirmedFrom"> & { readonly scope: string },
  ): Promise<Answer> {
    const { scope, ...where } = about;
    const session = ports.ids.next("ses");
    await ports.onEnded({ outcome: "granted", client: client.name, person, session, ...where });
    const token = await ports.mint({
      person,
      session,
      client: client.name,
      audience: "road",
      expiresInMs: maxSessionLifetimeMs,
    });
    return fields(request, {
      access_token: token,
      token_type: "bearer",
      scope,
      expires_in: maxSessionLifetimeMs / 1000,
    });
  }

  async function forDevice(request: GatewayRequest, asked: Parameters, client: Client): Promise<Answer> {
    if (asked.get("grant_type") !== deviceGrantType) return refused(request, "unsupported_grant_type");
    const result = await deviceCodes.poll(asked.get("device_code") ?? "", client.id);
    if (result.is === "not-yet") return refused(request, result.error);
    const { person, grant, confirmedFrom } = result;
    const { address, scope } = grant;
    return granted(request, client, person, { flow: "device", address, confirmedFrom, scope });
  }

  async function forCode(request: GatewayRequest, asked: Parameters, client: Client): Promise<Answer> {
    // GitHub's own clients leave grant_type out.
    if ((asked.get("grant_type") ?? "authorization_code") !== "authorization_code")
      return refused(request, "unsupported_grant_type");
    const grant = await authorizationCodes.redeem({
      code: asked.get("code") ?? "",
      client: client.id,
      redirect: asked.get("redirect_uri"),
      verifier: asked.get("code_verifier"),
    });
    if (typeof grant === "string") return refused(request, grant);
    const { person, address, confirmedFrom, scope } = grant;
    return granted(request, client, person, { flow: "browser", address, confirmedFrom, scope });
  }

  return {
    async token(request) {
      const asked = await parametersOf(request);
      const client = clientOf(asked.get("client_id") ?? "");
      if (client === undefined) return refused(request, "incorrect_client_credentials");
      const trouble = resourceTrouble(asked.get("resource"), ports.config.gateway.url);
      if (trouble !== undefined) return problem(request, ...trouble);
      return asked.has("device_code") ? forDevice(request, asked, client) : forCode(request, asked, client);
    },
  };
}
