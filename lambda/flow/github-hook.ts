// GitHub says that something changed there: what the gateway remembers of it is forgotten, and asked for anew.
import { maxWebhookBytes, readWebhook } from "../forward/webhook.ts";
import { collected } from "../classify/body.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type GatewayRequest } from "../model/http.ts";
import { emit } from "./emit.ts";
import { asGateError, refusal } from "./refusal.ts";
import { roadHeaders } from "./road-headers.ts";
import type { World } from "./world.ts";

export const githubHookPath = "/_gatehouse/hooks/github";
/** Every remembered fact is forgotten sooner by itself, so that an older replay has nothing to gain. */
const onceForMs = 60 * 60_000;

type Hooked = Pick<World, "clock" | "config" | "events" | "forget" | "ids" | "keyed" | "log" | "secrets">;

export async function githubHook(incoming: GatewayRequest, world: Hooked): Promise<Answer> {
  try {
    const { event, delivery, onceKey, makesStale } = await provenHook(incoming, world);
    const isNew = await world.keyed.putNew(onceKey, delivery, world.clock.now() + onceForMs);
    if (isNew && makesStale.is !== "nothing")
      await world
        .forget(makesStale.is === "repository" ? makesStale.id : undefined)
        .catch(async (error: unknown) => {
          // GitHub shows this delivery as failed, and its next try must not count as seen.
          await world.keyed.remove(onceKey);
          throw error;
        });
    world.log("github-hook", { event, delivery, stale: isNew ? makesStale.is : "seen before" });
    return { status: 202, headers: [...roadHeaders, ["Content-Length", "0"]], body: streamOf() };
  } catch (error) {
    const known = asGateError(error);
    const entry = world.ids.next("ref");
    world.log("github-hook-refused", { entry, code: known.code });
    if (known.code === "GH_BAD_SIGNATURE") emit(world, { type: "finding", what: "forged-webhook", entry });
    return refusal(known, { entry, protocol: "rest", challenge: [] });
  }
}

async function provenHook(incoming: GatewayRequest, world: Hooked): Promise<ReturnType<typeof readWebhook>> {
  const { githubSecretName } = world.config.hooks;
  if (githubSecretName === undefined) throw new GateError("GH_UNKNOWN_PATH", { path: githubHookPath });
  const body = await collected(incoming.body, "identity", { bytes: maxWebhookBytes, operation: "a webhook" });
  const secret = await world.secrets.secret(githubSecretName);
  return readWebhook(incoming.headers, body, secret.trim());
}
