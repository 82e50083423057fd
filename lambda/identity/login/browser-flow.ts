// The browser flow (RFC 6749, 4.1 with PKCE): a program opens a browser here, and the code goes back to that program.
import { GateError } from "../../model/errors.ts";
import type { Answer, GatewayRequest } from "../../model/http.ts";
import type { CompanySignIn } from "../company-sign-in.ts";
import type { OAuthError } from "./answers.ts";
import { addressOf, scopeIn } from "./asked.ts";
import { challengeText } from "./authorization-codes.ts";
import { clientOf, type Client } from "./clients.ts";
import { leadOn } from "./pages.ts";
import { queryOf, type Parameters } from "./parameters.ts";
import { withParameters } from "./redirects.ts";
import type { Purpose, Visits } from "./visits.ts";

/** RFC 6749, appendix A.5; VS Code puts a whole address into it. */
const stateText = /^[\x20-\x7e]{1,2000}$/;

export interface BrowserFlow {
  authorize(request: GatewayRequest): Promise<Answer>;
  /** Back to the program; `fields` are `code`, or `error` with its description. */
  returning(
    purpose: Extract<Purpose, { flow: "browser" }>,
    title: string,
    fields: Readonly<Record<string, string>>,
  ): Answer;
}

export function createBrowserFlow(gatewayUrl: string, visits: Visits, company: CompanySignIn): BrowserFlow {
  /** RFC 9207: the client can tell whose answer this is. */
  function returning(
    { redirect, state }: { readonly redirect: string; readonly state: string | undefined },
    title: string,
    fields: Readonly<Record<string, string>>,
  ): Answer {
    const all = { ...fields, ...(state === undefined ? {} : { state }), iss: gatewayUrl };
    return leadOn(title, withParameters(redirect, all));
  }

  return {
    returning,
    async authorize(request) {
      const asked = queryOf(request);
      // Until client and redirect are known to be good, nobody is sent anywhere (RFC 6749, 4.1.2.1).
      const client = clientIn(asked);
      const redirect = redirectIn(asked, client);
      const state = asked.get("state");
      if (state !== undefined && !stateText.test(state)) throw failed("state is too long, or not plain text");
      const trouble = troubleWith(asked, gatewayUrl);
      if (trouble !== undefined) {
        const [error, description] = trouble;
        return returning({ redirect, state }, "This sign-in cannot go on", {
          error,
          error_description: description,
        });
      }
      const browser = visits.browserOf(request);
      const purpose: Purpose = {
        flow: "browser",
        client: client.id,
        redirect,
        state,
        scope: scopeIn(asked.get("scope")) ?? "",
        challenge: asked.get("code_challenge") ?? "",
        address: addressOf(request),
      };
      const secrets = await visits.begin(purpose, browser);
      const address = await company.address(secrets).catch((cause: unknown) => {
        throw new GateError("GH_SIGN_IN_FAILED", { why: "the company's sign-in did not answer" }, { cause });
      });
      return leadOn("To your company's sign-in", address, [browser.setCookie]);
    },
  };
}

function clientIn(asked: Parameters): Client {
  const client = clientOf(asked.get("client_id") ?? "");
  if (client === undefined) throw failed("client_id is missing, or no client has it");
  return client;
}

function redirectIn(asked: Parameters, client: Client): string {
  const claimed = asked.get("redirect_uri");
  if (claimed === undefined) throw failed("redirect_uri is missing");
  if (!client.mayReturnTo(claimed))
    throw failed(
      "redirect_uri is none that this client may use. Allowed: http://127.0.0.1, http://[::1] and http://localhost on any port; for VS Code also its own addresses",
    );
  return claimed;
}

function troubleWith(asked: Parameters, gatewayUrl: string): readonly [OAuthError, string] | undefined {
  const type = asked.get("response_type") ?? "code";
  if (type !== "code") return ["unsupported_response_type", "Only response_type=code is served."];
  if (asked.get("code_challenge_method") !== "S256" || !challengeText.test(asked.get("code_challenge") ?? ""))
    return [
      "invalid_request",
      "PKCE is required: code_challenge_method=S256 and a code_challenge of 43 characters. Use the device flow if this client has no PKCE.",
    ];
  if (scopeIn(asked.get("scope")) === undefined)
    return ["invalid_scope", "scope is not a list of scope names."];
  return resourceTrouble(asked.get("resource"), gatewayUrl);
}

/** RFC 8707: a token from here is good at this gateway only. */
export function resourceTrouble(
  resource: string | undefined,
  gatewayUrl: string,
): readonly [OAuthError, string] | undefined {
  if (resource === undefined || resource === gatewayUrl || resource.startsWith(`${gatewayUrl}/`))
    return undefined;
  return ["invalid_target", `resource is not of this gateway. Expected: an address below ${gatewayUrl}`];
}

function failed(why: string): GateError {
  return new GateError("GH_SIGN_IN_FAILED", { why });
}
