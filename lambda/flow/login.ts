// Signing in as at GitHub: the paths that come before any token, and what is recorded of each sign-in.
import { createLogin, type Login, type LoginEnded } from "../identity/login/login.ts";
import { GateError } from "../model/errors.ts";
import type { Answer, GatewayRequest } from "../model/http.ts";
import type { NewRecord } from "../model/record.ts";
import { emit } from "./emit.ts";
import { asGateError, describe, refusal } from "./refusal.ts";
import { signOut } from "./stop.ts";
import type { World } from "./world.ts";

const loginPath = /^\/(?:login|\.well-known)(?:\/|$)/;

export function createRoadLogin(world: Omit<World, "login">): Login {
  const { config, keyed, clock, ids, identity } = world;
  return createLogin({
    config,
    store: keyed,
    clock,
    ids,
    mint: (request) => identity.mint(request),
    revoke: async (unverifiedToken) => signOut(await identity.holder(unverifiedToken), world),
    onEnded: (ended) => told(ended, world),
  });
}

/** Undefined where the path is the road's own. Nothing below /login or /.well-known ever goes on to GitHub. */
export async function login(incoming: GatewayRequest, world: World): Promise<Answer | undefined> {
  const path = incoming.target.split("?", 1)[0] ?? "";
  if (!loginPath.test(path)) return undefined;
  try {
    const answer = await world.login.answer(incoming);
    if (answer !== undefined) return answer;
    throw new GateError("GH_UNKNOWN_PATH", { path: path.slice(0, 200) });
  } catch (error) {
    const entry = world.ids.next("ref");
    const known = asGateError(error);
    if (known.code === "GH_INTERNAL")
      world.log("sign-in-failed", { reference: entry, cause: describe(error) });
    return refusal(known, { entry, protocol: "rest", challenge: [] });
  }
}

/** The record first: a token that nobody wrote down is not given out. */
async function told(ended: LoginEnded, world: Omit<World, "login">): Promise<void> {
  const { outcome, flow, client, address, confirmedFrom, person, session, why } = ended;
  const who = person === undefined ? {} : { subject: person.subject, login: person.login };
  const record: NewRecord = {
    kind: "event",
    event: outcome === "granted" ? "signed-in" : "sign-in-refused",
    ...who,
    ...(session === undefined ? {} : { about: session }),
    details: {
      at: "road",
      flow,
      client,
      from: address,
      ...(confirmedFrom === undefined ? {} : { confirmedFrom }),
      ...(why === undefined ? {} : { why }),
    },
  };
  await world.ledger.write([record]);
  emit(world, {
    type: "sign-in",
    outcome,
    flow,
    client,
    from: address,
    ...who,
    ...(session === undefined ? {} : { session }),
    ...(why === undefined ? {} : { why }),
  });
}
