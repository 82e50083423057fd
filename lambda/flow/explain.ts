// What would happen to a REST call, for the person who asks: named, looked up and judged as on the road, and never sent.
import { classify } from "../classify/classify.ts";
import { resolve } from "../classify/resolve.ts";
import type { SignedIn } from "../console/desk.ts";
import { GateError } from "../model/errors.ts";
import type { DraftCall, Explanation } from "../model/explanation.ts";
import { streamOf, type GatewayRequest } from "../model/http.ts";
import { explainInput } from "../policy/explain.ts";
import { judge } from "./judge.ts";
import { noFinding, scan } from "./scanned.ts";
import type { World } from "./world.ts";

/** Throws GateError where the road would refuse before policy is asked. */
export async function explainDraft(who: SignedIn, draft: DraftCall, world: World): Promise<Explanation> {
  const action = await classify(requestOf(draft, world), {
    gatewayHost: new URL(world.config.gateway.url).host,
    limits: world.config.limits,
    servesMcp: world.config.upstream.mcp !== undefined,
  });
  if (action.push !== undefined)
    throw new GateError("GH_BAD_DECISION", {
      why: "a push can be explained only once it was tried: by its entry",
    });
  const target = await resolve(action, world.facts);
  const about = { login: who.login, title: action.title };
  const early = await judge(who, target, noFinding, world);
  if (early.verdict.is === "deny") {
    const explanation = explainInput(world.policies, early.input, about);
    return mayRead(who, early.input.access.readers)
      ? explanation
      : { ...explanation, facts: [], whatIfs: [] };
  }
  // Nothing is put into escrow: only a push has bytes that go there.
  const finding = await scan("", target, world);
  const { input } = await judge(who, target, finding, world);
  return explainInput(world.policies, input, about);
}

/** Asking must not show the state of a repository that one may not read. */
function mayRead({ teams }: SignedIn, readers: readonly string[]): boolean {
  return readers.some((team) => teams.includes(team));
}

function requestOf({ method, path, body }: DraftCall, world: World): GatewayRequest {
  const bytes = new TextEncoder().encode(body ?? "");
  return {
    method,
    target: path.startsWith("/api/") ? path : `/api/v3${path}`,
    host: new URL(world.config.gateway.url).host,
    headers:
      body === undefined
        ? []
        : [
            ["Content-Type", "application/json"],
            ["Content-Length", String(bytes.length)],
          ],
    body: body === undefined ? streamOf() : streamOf(bytes),
    remoteAddress: "",
    signal: new AbortController().signal,
  };
}
