// What would happen to a call, for the person who asks: named, looked up and judged as on the road, and never sent.
import { classify } from "../classify/classify.ts";
import { draftPush } from "../classify/draft-push.ts";
import { resolve } from "../classify/resolve.ts";
import type { SignedIn } from "../console/desk.ts";
import type { Action } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { DraftCall, DraftRequest, Explanation } from "../model/explanation.ts";
import { streamOf, type GatewayRequest } from "../model/http.ts";
import { explainInput } from "../policy/explain.ts";
import { judge } from "./judge.ts";
import { noFinding, scan } from "./scanned.ts";
import type { World } from "./world.ts";

/** Throws GateError where the road would refuse before policy is asked. */
export async function explainDraft(who: SignedIn, draft: DraftCall, world: World): Promise<Explanation> {
  const action = await actionOf(draft, world);
  const target = await resolve(action, world.facts);
  const about = { login: who.login, title: action.title };
  const early = await judge(who, target, noFinding, world);
  if (early.verdict.is === "deny") {
    const explanation = explainInput(world.policies, early.input, about);
    return mayRead(who, early.input.access.readers)
      ? explanation
      : { ...explanation, facts: [], whatIfs: [] };
  }
  if ("push" in draft) return { ...explainInput(world.policies, early.input, about), note: noteOfPush };
  // Nothing is put into escrow: only a push has bytes that go there.
  const finding = await scan("", target, world);
  const { input } = await judge(who, target, finding, world);
  return explainInput(world.policies, input, about);
}

async function actionOf(draft: DraftCall, world: World): Promise<Action> {
  if ("push" in draft) return draftPush(draft.push, draft.refspecs);
  const { limits, gateway, upstream } = world.config;
  const action = await classify(requestOf(draft, world), {
    gatewayHost: new URL(gateway.url).host,
    limits,
    servesMcp: upstream.mcp !== undefined,
  });
  if (action.push !== undefined || action.surface === "lfs")
    throw new GateError("GH_BAD_DECISION", { why: "a call of git is asked about as a push of refspecs" });
  return action;
}

const noteOfPush =
  "What the commits of a push bring is known only when it comes: whether they change workflow files, and whether they keep history where the refspec has no +.";

/** Asking must not show the state of a repository that one may not read. */
function mayRead({ teams }: SignedIn, readers: readonly string[]): boolean {
  return readers.some((team) => teams.includes(team));
}

/** `/graphql` is where it is below GitHub's own API host; everything else is REST. */
function targetOf(path: string): string {
  if (path === "/graphql") return "/api/graphql";
  return path.startsWith("/api/") ? path : `/api/v3${path}`;
}

function requestOf({ method, path, body }: DraftRequest, world: World): GatewayRequest {
  const bytes = new TextEncoder().encode(body ?? "");
  return {
    method,
    target: targetOf(path),
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
