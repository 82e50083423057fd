// The road behind every door: readiness, the gateway's public keys, sign-in, and everything else to the flow.
import { githubHook, githubHookPath } from "../flow/github-hook.ts";
import { login } from "../flow/login.ts";
import { request } from "../flow/request.ts";
import { slackHook, slackHookPath } from "../flow/slack-hook.ts";
import { whoAmI, whoAmIPath } from "../flow/who-am-i.ts";
import type { World } from "../flow/world.ts";
import { streamOf, type Answer, type GatewayRequest } from "../model/http.ts";

export function serveRoad(world: World): (request: GatewayRequest) => Promise<Answer> {
  return async (incoming) => {
    const path = incoming.target.split("?", 1)[0];
    if (incoming.method === "GET" && path === "/_gatehouse/health")
      return json({ status: "ok", policyHash: world.policies.hash });
    if (incoming.method === "GET" && path === "/.well-known/jwks.json")
      return json(await world.signer.jwks());
    if (incoming.method === "POST" && path === slackHookPath) return slackHook(incoming, world);
    if (incoming.method === "POST" && path === githubHookPath) return githubHook(incoming, world);
    // Copilot's clients send it unasked, some without a credential, and log what is refused. It ends here.
    if (incoming.method === "POST" && path?.startsWith("/telemetry/") === true) return nothing();
    if (incoming.method === "GET" && path === whoAmIPath) return whoAmI(incoming, world);
    return (await login(incoming, world)) ?? request(incoming, world);
  };
}

function nothing(): Answer {
  return { status: 204, headers: [["Cache-Control", "no-store"]], body: streamOf() };
}

function json(value: unknown): Answer {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    status: 200,
    headers: [
      ["Content-Type", "application/json"],
      ["Content-Length", String(bytes.length)],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
    ],
    body: streamOf(bytes),
  };
}
