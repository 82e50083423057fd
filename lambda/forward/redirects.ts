// What to do when GitHub answers with a redirect: never follow a write, never carry the credential elsewhere.
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import { header } from "../model/http.ts";
import type { Upstream, UpstreamAnswer } from "../model/ports.ts";
import { atGateway, basesOf } from "./bases.ts";

const maxHops = 3;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface RedirectRules {
  readonly config: Config;
  readonly isRead: boolean;
  readonly upstream: Pick<Upstream, "anonymous">;
  readonly signal: AbortSignal;
}

/**
 * The answer to pass on. A target at GitHub's own configured addresses is left to the client, rewritten to the
 * gateway: its next request is classified and decided like any other. A target at a listed host is read here, without
 * a credential, so that the client never gets a signed link around the gateway. Everything else throws
 * GH_UPSTREAM_REDIRECT.
 */
export async function followRead(answer: UpstreamAnswer, rules: RedirectRules): Promise<UpstreamAnswer> {
  if (!redirectStatuses.has(answer.status)) return answer;
  const { config, isRead, upstream, signal } = rules;
  if (!isRead) {
    await discard(answer);
    throw refused("a write is decided for one address only");
  }
  const bases = basesOf(config);
  let current = answer;
  for (let hop = 0; hop < maxHops; hop++) {
    const location = header(current.headers, "location") ?? "";
    if (hop === 0 && atGateway(location, bases) !== undefined) return current;
    await discard(current);
    if (!URL.canParse(location)) throw refused("its Location is no absolute address");
    if (upstream.anonymous === undefined) throw refused("redirects are not followed here");
    current = await upstream.anonymous(new URL(location), signal);
    if (!redirectStatuses.has(current.status)) return current;
  }
  await discard(current);
  throw refused(`more than ${maxHops} hops`);
}

/** Frees the connection without reading on. */
async function discard(answer: UpstreamAnswer): Promise<void> {
  await answer.body[Symbol.asyncIterator]().return?.();
}

function refused(why: string): GateError {
  return new GateError("GH_UPSTREAM_REDIRECT", { why });
}
