// GitHub-shaped sign-in, federated to the company's issuer: every path of it, and who answers there.
import { GateError } from "../../model/errors.ts";
import type { Answer, GatewayRequest } from "../../model/http.ts";
import { createCompanySignIn } from "../company-sign-in.ts";
import { problem } from "./answers.ts";
import { createAuthorizationCodes } from "./authorization-codes.ts";
import { createBrowserFlow } from "./browser-flow.ts";
import { callbackPath, createCompanyReturn } from "./company-return.ts";
import { createDeviceCodes } from "./device-codes.ts";
import { createDeviceFlow } from "./device.ts";
import { troublePage } from "./login-pages.ts";
import { authorizationServer, protectedResource, register } from "./metadata.ts";
import type { LoginPorts } from "./ports.ts";
import { revoked } from "./revocation.ts";
import { createTokenEndpoint } from "./token.ts";
import { createVisits } from "./visits.ts";

export type { LoginEnded } from "./ports.ts";

export interface Login {
  /** Undefined where the path is none of the sign-in's. Errors that are not the catalogue's are the caller's. */
  answer(request: GatewayRequest): Promise<Answer | undefined>;
}

interface Route {
  readonly for: "people" | "programs";
  readonly answer: (request: GatewayRequest) => Answer | Promise<Answer>;
}

const resourcePrefix = "/.well-known/oauth-protected-resource";

export function createLogin(ports: LoginPorts): Login {
  const { config, store, clock, ids } = ports;
  const gatewayUrl = config.gateway.url;
  const company = createCompanySignIn(config, clock, `${gatewayUrl}${callbackPath}`);
  const visits = createVisits(gatewayUrl, store, clock, ids);
  const deviceCodes = createDeviceCodes(store, clock, ids);
  const authorizationCodes = createAuthorizationCodes(store, clock, ids);
  const browserFlow = createBrowserFlow(gatewayUrl, visits, company);
  const device = createDeviceFlow(ports, deviceCodes, visits, company);
  const parts = { visits, company, deviceCodes, authorizationCodes, browserFlow };
  const companyReturn = createCompanyReturn(ports, parts);
  const tokens = createTokenEndpoint(ports, deviceCodes, authorizationCodes);

  const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
    "/login/device/code": { POST: { for: "programs", answer: (request) => device.start(request) } },
    "/login/device": {
      GET: { for: "people", answer: (request) => device.page(request) },
      POST: { for: "people", answer: (request) => device.typed(request) },
    },
    "/login/oauth/authorize": { GET: { for: "people", answer: (request) => browserFlow.authorize(request) } },
    [callbackPath]: { GET: { for: "people", answer: (request) => companyReturn.back(request) } },
    "/login/confirm": { POST: { for: "people", answer: (request) => companyReturn.confirmed(request) } },
    "/login/oauth/access_token": { POST: { for: "programs", answer: (request) => tokens.token(request) } },
    "/login/oauth/revoke": { POST: { for: "programs", answer: (request) => revoked(request, ports) } },
    "/login/oauth/register": {
      POST: { for: "programs", answer: (request) => register(request, clock.now()) },
    },
    "/.well-known/oauth-authorization-server": {
      GET: { for: "programs", answer: () => authorizationServer(gatewayUrl) },
    },
  };

  return {
    async answer(request) {
      const path = request.target.split("?", 1)[0] ?? "";
      if (request.method === "GET" && path.startsWith(resourcePrefix))
        return protectedResource(gatewayUrl, path.slice(resourcePrefix.length));
      const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (found === undefined) return undefined;
      const route = Object.hasOwn(found, request.method) ? found[request.method] : undefined;
      const reader = (route ?? Object.values(found)[0])?.for ?? "programs";
      try {
        if (route === undefined)
          throw new GateError("GH_METHOD_NOT_ALLOWED", { method: request.method.slice(0, 20) });
        return await route.answer(request);
      } catch (error) {
        if (!(error instanceof GateError)) throw error;
        return reader === "people"
          ? troublePage(error.message, error.status)
          : problem(
              request,
              error.status < 500 ? "invalid_request" : "server_error",
              error.message,
              {},
              error.status,
            );
      }
    },
  };
}
