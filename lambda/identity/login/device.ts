// The device flow (RFC 8628): a program asks for a code, and a person types it on a page of ours.
import { GateError } from "../../model/errors.ts";
import type { Answer, GatewayRequest } from "../../model/http.ts";
import { fields, problem } from "./answers.ts";
import { clientOf } from "./clients.ts";
import { deviceCodeSeconds, intervalSeconds, type DeviceCodes } from "./device-codes.ts";
import { takePlace, type Limit, type Place } from "./limits.ts";
import { codePage } from "./login-pages.ts";
import { addressOf, scopeIn } from "./asked.ts";
import { leadOn } from "./pages.ts";
import { parametersOf, queryOf } from "./parameters.ts";
import type { LoginPorts } from "./ports.ts";
import { userCodeIn } from "./user-code.ts";
import { refuseForeignForm, type Visits } from "./visits.ts";
import type { CompanySignIn } from "../company-sign-in.ts";

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;

/** Whole companies share one address, so only wrong codes stay counted. 10 a second over all is 1 in 10^6 per quarter hour and live code. */
const wrongCodes = {
  ofBrowser: { most: 5, windowMs: quarterMs },
  ofAddress: { most: 30, windowMs: quarterMs },
  ofAll: { most: 10, windowMs: 1_000 },
};
const newCodes = { ofAddress: { most: 60, windowMs: minuteMs }, ofAll: { most: 50, windowMs: 1_000 } };

export interface DeviceFlow {
  start(request: GatewayRequest): Promise<Answer>;
  page(request: GatewayRequest): Answer;
  typed(request: GatewayRequest): Promise<Answer>;
}

export function createDeviceFlow(
  ports: LoginPorts,
  codes: DeviceCodes,
  visits: Visits,
  company: CompanySignIn,
): DeviceFlow {
  const { store, clock } = ports;
  const gatewayUrl = ports.config.gateway.url;

  /** All of them, or none. */
  async function places(limits: readonly Limit[]): Promise<readonly Place[] | undefined> {
    const taken: Place[] = [];
    for (const limit of limits) {
      const place = await takePlace(store, clock, limit);
      if (place === undefined) {
        await Promise.all(taken.map((one) => one.release()));
        return undefined;
      }
      taken.push(place);
    }
    return taken;
  }

  return {
    async start(request) {
      const asked = await parametersOf(request);
      const client = clientOf(asked.get("client_id") ?? "");
      if (client === undefined)
        return problem(request, "incorrect_client_credentials", "client_id is missing, or no client has it.");
      const scope = scopeIn(asked.get("scope"));
      if (scope === undefined)
        return problem(request, "invalid_scope", "scope is not a list of scope names.");
      const address = addressOf(request);
      const free = await places([
        { of: `codes:${address}`, ...newCodes.ofAddress },
        { of: "codes", ...newCodes.ofAll },
      ]);
      if (free === undefined)
        return problem(
          request,
          "slow_down",
          "Too many codes were asked for from your address. Try again in a minute.",
        );
      const { deviceCode, userCode } = await codes.open({ client: client.id, scope, address });
      return fields(request, {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: `${gatewayUrl}/login/device`,
        expires_in: deviceCodeSeconds,
        interval: intervalSeconds,
      });
    },

    page(request) {
      // A code in a link would spare a tricked person the one moment of thought: it is not taken.
      queryOf(request);
      return codePage(gatewayUrl, visits.browserOf(request));
    },

    async typed(request) {
      const form = await parametersOf(request);
      refuseForeignForm(request, form.get("csrf"), gatewayUrl);
      const browser = visits.browserOf(request);
      const address = addressOf(request);
      const userCode = userCodeIn(form.get("user_code") ?? "");
      if (userCode === undefined)
        return codePage(
          gatewayUrl,
          browser,
          "A code has eight letters, as in BCDF-GHJK. Look at your program again.",
          400,
        );
      const taken = await places([
        { of: `wrong-codes:${browser.csrf}`, ...wrongCodes.ofBrowser },
        { of: `wrong-codes:${address}`, ...wrongCodes.ofAddress },
        { of: "wrong-codes", ...wrongCodes.ofAll },
      ]);
      if (taken === undefined)
        return codePage(
          gatewayUrl,
          browser,
          "Too many wrong codes. Wait 15 minutes, then start again in your program.",
          429,
        );
      const found = await codes.find(userCode);
      if (found === undefined) {
        if (taken.some(({ isLast }) => isLast)) await tooMany(address);
        return codePage(
          gatewayUrl,
          browser,
          "No program waits for this code: it is mistyped, older than 15 minutes, or used. Nothing was allowed.",
          400,
        );
      }
      await Promise.all(taken.map((place) => place.release()));
      const { client, scope, address: asker } = found.grant;
      const purpose = { flow: "device", key: found.key, client, scope, address: asker } as const;
      const secrets = await visits.begin(purpose, browser);
      const target = await company.address(secrets).catch((cause: unknown) => {
        throw new GateError("GH_SIGN_IN_FAILED", { why: "the company's sign-in did not answer" }, { cause });
      });
      return leadOn("To your company's sign-in", target, [browser.setCookie]);
    },
  };

  async function tooMany(address: string): Promise<void> {
    await ports.onEnded({
      outcome: "refused",
      flow: "device",
      client: "none: wrong codes were typed",
      address,
      why: "too many wrong codes",
    });
  }
}
