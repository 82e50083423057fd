// What a token is good for: its holder can ask who they are here, in which session, and until when. Nothing goes to GitHub.
import { challenge } from "../identity/challenge.ts";
import { streamOf, type Answer, type GatewayRequest } from "../model/http.ts";
import { asGateError, describe, refusal } from "./refusal.ts";
import { roadHeaders } from "./road-headers.ts";
import type { World } from "./world.ts";

export const whoAmIPath = "/_gatehouse/session";

export async function whoAmI(incoming: GatewayRequest, world: World): Promise<Answer> {
  try {
    const caller = await world.identity.identify(incoming);
    const bytes = new TextEncoder().encode(
      JSON.stringify({
        login: caller.login,
        ...(caller.name === undefined ? {} : { name: caller.name }),
        teams: caller.teams,
        session: caller.session,
        expiresAtMs: caller.expiresAtMs,
        nowMs: world.clock.now(),
        console: world.config.console.url,
        ...(await linkedAccount(caller.subject, world)),
      }),
    );
    return {
      status: 200,
      headers: [
        ...roadHeaders,
        ["Content-Type", "application/json"],
        ["Content-Length", String(bytes.length)],
        ["Cache-Control", "no-store"],
      ],
      body: streamOf(bytes),
    };
  } catch (error) {
    const entry = world.ids.next("ref");
    const known = asGateError(error);
    if (known.code === "GH_INTERNAL")
      world.log("who-am-i-failed", { reference: entry, cause: describe(error) });
    return refusal(known, { entry, protocol: "rest", challenge: challenge(world.config) });
  }
}

/** Nothing where no accounts of people are used, or nobody can tell now. */
async function linkedAccount(
  subject: string,
  { credentials, config }: World,
): Promise<{
  readonly githubAccount?: { readonly is: string; readonly login?: string; readonly at: string };
}> {
  const state = await credentials
    .links?.()
    .then((links) => links?.state(subject))
    .catch(() => undefined);
  if (state === undefined) return {};
  const login = state.is === "none" ? {} : { login: state.account.login };
  return { githubAccount: { is: state.is, ...login, at: `${config.console.url}/account` } };
}
