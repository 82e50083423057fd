// The way back from the company's sign-in, and the person's last word: who it is, and whether the program may act for them.
import { GateError } from "../../model/errors.ts";
import type { Answer, GatewayRequest } from "../../model/http.ts";
import { personOf, type CompanySignIn } from "../company-sign-in.ts";
import { addressOf } from "./asked.ts";
import type { AuthorizationCodes } from "./authorization-codes.ts";
import type { BrowserFlow } from "./browser-flow.ts";
import { clientOf, type Client } from "./clients.ts";
import type { DeviceCodes } from "./device-codes.ts";
import { confirmPage, donePage } from "./login-pages.ts";
import { parametersOf } from "./parameters.ts";
import type { LoginEnded, LoginPorts } from "./ports.ts";
import type { Purpose, Visits } from "./visits.ts";

export const callbackPath = "/login/oauth/callback";

export interface CompanyReturn {
  back(request: GatewayRequest): Promise<Answer>;
  confirmed(request: GatewayRequest): Promise<Answer>;
}

export interface ReturnParts {
  readonly visits: Visits;
  readonly company: CompanySignIn;
  readonly deviceCodes: DeviceCodes;
  readonly authorizationCodes: AuthorizationCodes;
  readonly browserFlow: Pick<BrowserFlow, "returning">;
}

export function createCompanyReturn(ports: LoginPorts, parts: ReturnParts): CompanyReturn {
  const { config, onEnded } = ports;
  const { visits, company, deviceCodes, authorizationCodes, browserFlow } = parts;

  /** The program hears of it too, and stops waiting. */
  async function refused(
    purpose: Purpose,
    about: Pick<LoginEnded, "person" | "why" | "confirmedFrom">,
  ): Promise<Answer> {
    await onEnded({
      outcome: "refused",
      flow: purpose.flow,
      client: named(purpose).name,
      address: purpose.address,
      ...about,
    });
    if (purpose.flow === "browser")
      return browserFlow.returning(purpose, "Refused", {
        error: "access_denied",
        error_description: `The sign-in was refused: ${about.why ?? "no reason was given"}.`,
      });
    await deviceCodes.decide(purpose.key, { is: "refused" });
    return donePage("Refused", "The program was not let in. You can close this page.");
  }

  return {
    async back(request) {
      const returned = new URL(`${config.gateway.url}${callbackPath}`);
      returned.search = new URL(request.target, returned).search;
      const { purpose, ...secrets } = await visits.back(returned, request);
      // Only the company's own plain no ends the program's wait; of anything else the person can try again.
      if (returned.searchParams.get("error") === "access_denied")
        return refused(purpose, { why: "the company's sign-in refused the person" });
      const claims = await company.claims(returned, secrets).catch((cause: unknown) => {
        throw new GateError("GH_SIGN_IN_FAILED", { why: "the company's answer was not accepted" }, { cause });
      });
      const person = personOf(claims, config);
      const ticket = await visits.await(purpose, person, request);
      return confirmPage({
        gatewayUrl: config.gateway.url,
        ticket,
        person,
        client: named(purpose),
        purpose,
        address: addressOf(request),
      });
    },

    async confirmed(request) {
      const form = await parametersOf(request);
      const { purpose, person } = await visits.confirmed(form.get("ticket") ?? "", request);
      const confirmedFrom = addressOf(request);
      if (form.get("decision") !== "allow")
        return refused(purpose, { person, confirmedFrom, why: "the person said no" });
      if (purpose.flow === "browser") {
        const { client, redirect, scope, challenge, address } = purpose;
        const code = await authorizationCodes.issue({
          client,
          redirect,
          scope,
          challenge,
          address,
          confirmedFrom,
          person,
        });
        return browserFlow.returning(purpose, "Signed in", { code });
      }
      if (!(await deviceCodes.decide(purpose.key, { is: "granted", person, confirmedFrom })))
        throw new GateError("GH_SIGN_IN_FAILED", { why: "the code expired, or was used by somebody else" });
      return donePage("Signed in", `${named(purpose).name} goes on by itself. You can close this page.`);
    },
  };
}

function named({ client }: Purpose): Client {
  const found = clientOf(client);
  if (found === undefined) throw new Error("a stored client id is none");
  return found;
}
