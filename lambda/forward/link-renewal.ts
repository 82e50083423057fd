// Keeps a linked account's tokens fresh: GitHub takes each refresh token once, so one process of all trades it.
import { GateError } from "../model/errors.ts";
import type { Clock } from "../model/ports.ts";
import type { FoundLink, LinkStore } from "./link-store.ts";
import { AuthorizationRefused, type UserAuthorization, type UserTokens } from "./user-authorization.ts";

/** A long answer must not outlive the token that it was begun with. */
const refreshBeforeMs = 5 * 60_000;
/** Longer than GitHub may take to answer, and the writes after it. */
const refreshingForMs = 30_000;
const waitMs = 6_000;
const lookAgainMs = 200;
/** While GitHub cannot be asked and the token still serves, it is not asked for every call. */
const againAfterMs = 30_000;
const maxRounds = 8;
const keepTries = 5;
const maxRemembered = 10_000;

export interface LinkRenewal {
  /** Throws GH_NOT_LINKED, GH_LINK_BROKEN, GH_CREDENTIAL_UNAVAILABLE. */
  tokens(subject: string): Promise<UserTokens>;
  /**
   * GitHub did not accept this access token: others if there are any by now. Undefined when GitHub still knows it, or
   * cannot be asked. Throws GH_NOT_LINKED, GH_LINK_BROKEN.
   */
  after(subject: string, refusedAccess: string): Promise<UserTokens | undefined>;
}

export interface RenewalPorts {
  readonly store: LinkStore;
  readonly authorization: UserAuthorization;
  readonly clock: Clock;
  /** Where people link, for them to read. */
  readonly address: string;
}

interface Open {
  readonly found: FoundLink;
  readonly tokens: UserTokens;
}

export function createLinkRenewal({ store, authorization, clock, address }: RenewalPorts): LinkRenewal {
  const running = new Map<string, Promise<UserTokens>>();
  const quietUntil = new Map<string, number>();

  async function open(subject: string): Promise<Open> {
    const found = await store.find(subject);
    if (found === undefined) throw new GateError("GH_NOT_LINKED", { address });
    const { account, broken = "its tokens are gone" } = found.link;
    const tokens = await store.tokens(subject, found.link);
    if (tokens === undefined)
      throw new GateError("GH_LINK_BROKEN", { login: account.login, why: broken, address });
    return { found, tokens };
  }

  function serves({ accessUntilMs }: UserTokens, forMs: number): boolean {
    return accessUntilMs === undefined || accessUntilMs - clock.now() > forMs;
  }

  /** Calls that come in the same moment share one renewal. */
  function renewed(subject: string, isGood: (tokens: UserTokens) => boolean): Promise<UserTokens> {
    const known = running.get(subject);
    if (known !== undefined) return known;
    const started = renew(subject, isGood).finally(() => running.delete(subject));
    running.set(subject, started);
    return started;
  }

  async function renew(subject: string, isGood: (tokens: UserTokens) => boolean): Promise<UserTokens> {
    for (let round = 0; round < maxRounds; round += 1) {
      const { found, tokens } = await open(subject);
      if (isGood(tokens)) return tokens;
      if ((found.link.refreshingUntilMs ?? 0) > clock.now()) {
        // Another process is at it, or ended in the middle of it.
        if (await changes(subject, found)) continue;
        if (serves(tokens, 0)) return tokens;
        throw unavailable("another instance is renewing the link");
      }
      const next = await trade(subject, { found, tokens });
      if (next !== undefined) return next;
    }
    throw unavailable("the link changes too often");
  }

  async function changes(subject: string, { text }: FoundLink): Promise<boolean> {
    const untilMs = clock.now() + waitMs;
    while (clock.now() < untilMs) {
      await clock.sleep(lookAgainMs);
      if ((await store.find(subject))?.text !== text) return true;
    }
    return false;
  }

  /** Undefined when what is stored changed meanwhile: look again. */
  async function trade(subject: string, { found, tokens }: Open): Promise<UserTokens | undefined> {
    const untilMs = clock.now() + refreshingForMs;
    const mine = await store.replace(subject, found, { is: "refreshing", untilMs });
    if (mine === undefined) return undefined;
    if (tokens.refresh === undefined) {
      await store.replace(subject, mine, { is: "broken", why: "its token ended, and cannot be renewed" });
      return undefined;
    }
    try {
      return await keep(subject, mine, await authorization.refresh(tokens.refresh));
    } catch (error) {
      if (error instanceof AuthorizationRefused && error.reason === "bad_refresh_token") {
        const why = "it was revoked there, or not used for too long";
        await store.replace(subject, mine, { is: "broken", why });
        return undefined;
      }
      await store.replace(subject, mine, { is: "idle" });
      if (!serves(tokens, 0)) throw unavailable(whyOf(error));
      if (quietUntil.size >= maxRemembered) quietUntil.clear();
      quietUntil.set(subject, clock.now() + againAfterMs);
      return tokens;
    }
  }

  /** The old refresh token is spent: what came for it must not be lost over one failed write. */
  async function keep(subject: string, mine: FoundLink, tokens: UserTokens): Promise<UserTokens | undefined> {
    for (let tried = 1; ; tried += 1) {
      try {
        if (await store.replace(subject, mine, { is: "refreshed", tokens })) return tokens;
        break;
      } catch (error) {
        if (tried === keepTries) throw error;
        await clock.sleep(lookAgainMs * 2 ** tried);
      }
    }
    // Unlinked, or linked anew, while GitHub was asked: nobody will ever use these.
    await authorization.revoke(tokens.access, "token");
    return undefined;
  }

  return {
    async tokens(subject) {
      const { tokens } = await open(subject);
      const isQuiet = (quietUntil.get(subject) ?? 0) > clock.now() && serves(tokens, 0);
      if (isQuiet || serves(tokens, refreshBeforeMs)) return tokens;
      return renewed(subject, (now) => serves(now, refreshBeforeMs));
    },
    async after(subject, refusedAccess) {
      const isOther = ({ access }: UserTokens): boolean => access !== refusedAccess;
      const { found, tokens } = await open(subject);
      if (isOther(tokens)) return tokens;
      try {
        if ((await authorization.account(refusedAccess)) !== undefined) return undefined;
        if (tokens.refresh !== undefined) return await renewed(subject, isOther);
      } catch (error) {
        if (error instanceof GateError && error.code !== "GH_CREDENTIAL_UNAVAILABLE") throw error;
        return undefined;
      }
      await store.replace(subject, found, { is: "broken", why: "it was revoked there" });
      return (await open(subject)).tokens;
    },
  };
}

/** Ours or GitHub's own word; what else an error says may quote what was sent. */
function whyOf(error: unknown): string {
  const said = error instanceof Error && /^GitHub answered \w+/.exec(error.message)?.[0];
  return typeof said === "string"
    ? `${said} when the link was to be renewed`
    : "GitHub could not be asked to renew the link";
}

function unavailable(why: string): GateError {
  return new GateError("GH_CREDENTIAL_UNAVAILABLE", { why });
}
