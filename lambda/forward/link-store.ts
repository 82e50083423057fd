// What is kept of linked accounts: tokens locked away under their person, and each account claimed by one person only.
import * as z from "zod";
import { GateError } from "../model/errors.ts";
import type { LinkedAccount } from "../model/links.ts";
import type { Clock, KeyedStore, Lockbox } from "../model/ports.ts";
import type { UserTokens } from "./user-authorization.ts";

const dayMs = 24 * 60 * 60_000;
/**
 * Longer than any approval waits: nobody can ask with one company identity, unlink, link the same account to another
 * identity of theirs, and approve with that.
 */
const releasedAfterMs = 31 * dayMs;
const endlessMs = 3650 * dayMs;
const maxOpened = 1_000;

const stored = z.object({
  version: z.number(),
  account: z.object({ id: z.number(), login: z.string() }),
  sinceMs: z.number(),
  keptUntilMs: z.number(),
  /** Absent once the link is broken. */
  locked: z.string().exactOptional(),
  broken: z.string().exactOptional(),
  /** One process trades the refresh token; the others wait for it until then. */
  refreshingUntilMs: z.number().exactOptional(),
});
const claimed = z.object({ subject: z.string(), sinceMs: z.number() });

export type StoredLink = Readonly<z.infer<typeof stored>>;

export interface FoundLink {
  /** As it is stored: whoever replaces it must still find it so. */
  readonly text: string;
  readonly link: StoredLink;
}

export interface LinkStore {
  find(subject: string): Promise<FoundLink | undefined>;
  /** Undefined for a broken link. */
  tokens(subject: string, link: StoredLink): Promise<UserTokens | undefined>;
  /** The account is this person's alone from now on. Throws GH_LINK_TAKEN. */
  claim(subject: string, account: LinkedAccount): Promise<void>;
  put(subject: string, account: LinkedAccount, tokens: UserTokens): Promise<void>;
  /** What is stored from now on; undefined when somebody was faster. */
  replace(subject: string, found: FoundLink, change: LinkChange): Promise<FoundLink | undefined>;
  /** The claim outlives the link for a while. */
  remove(subject: string, account: LinkedAccount): Promise<void>;
}

export type LinkChange =
  | { readonly is: "refreshing"; readonly untilMs: number }
  | { readonly is: "idle" }
  | { readonly is: "refreshed"; readonly tokens: UserTokens }
  | { readonly is: "broken"; readonly why: string };

export function createLinkStore(ports: {
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  readonly clock: Pick<Clock, "now">;
}): LinkStore {
  const { keyed, lockbox, clock } = ports;
  /** By what is locked: it is opened once, not once for each call. */
  const opened = new Map<string, UserTokens>();

  function remember(locked: string, tokens: UserTokens): UserTokens {
    opened.delete(locked);
    opened.set(locked, tokens);
    const [oldest] = opened.keys();
    if (opened.size > maxOpened && oldest !== undefined) opened.delete(oldest);
    return tokens;
  }

  async function lock(subject: string, tokens: UserTokens): Promise<Pick<StoredLink, "locked">> {
    const locked = await lockbox.lock(subject, JSON.stringify(tokens));
    remember(locked, tokens);
    return { locked };
  }

  /** As long as something can be done with it, and a while longer so that the person is told what became of it. */
  const keptUntil = ({ refreshUntilMs, accessUntilMs }: UserTokens): number =>
    (refreshUntilMs ?? accessUntilMs ?? clock.now() + endlessMs) + releasedAfterMs;

  async function find(subject: string): Promise<FoundLink | undefined> {
    const text = await keyed.get(linkKey(subject));
    return text === undefined ? undefined : { text, link: stored.parse(JSON.parse(text)) };
  }

  async function changed(subject: string, { link }: FoundLink, change: LinkChange): Promise<StoredLink> {
    const { version, account, sinceMs, keptUntilMs, locked } = link;
    const rest = { version: version + 1, account, sinceMs, keptUntilMs };
    const same = locked === undefined ? {} : { locked };
    switch (change.is) {
      case "refreshing":
        return { ...rest, ...same, refreshingUntilMs: change.untilMs };
      case "idle":
        return { ...rest, ...same };
      case "refreshed":
        return {
          ...rest,
          ...(await lock(subject, change.tokens)),
          keptUntilMs: keptUntil(change.tokens),
        };
      case "broken":
        return { ...rest, broken: change.why };
      default:
        return change satisfies never;
    }
  }

  /** Their own, or somebody's who has no such link any more, and has not had one for a long time. */
  async function isFreeFor(subject: string, text: string, { id }: LinkedAccount): Promise<boolean> {
    const claim = claimed.parse(JSON.parse(text));
    if (claim.subject === subject) return true;
    if (clock.now() - claim.sinceMs < releasedAfterMs) return false;
    return (await find(claim.subject))?.link.account.id !== id;
  }

  return {
    find,
    async tokens(subject, { locked }) {
      if (locked === undefined) return undefined;
      const known = opened.get(locked);
      const tokens = known ?? (JSON.parse(await lockbox.unlock(subject, locked)) as UserTokens);
      return remember(locked, tokens);
    },
    async claim(subject, account) {
      const key = accountKey(account);
      const value = JSON.stringify({ subject, sinceMs: clock.now() });
      const untilMs = clock.now() + endlessMs;
      if (await keyed.putNew(key, value, untilMs)) return;
      const text = await keyed.get(key);
      const isFree = text !== undefined && (await isFreeFor(subject, text, account));
      if (!isFree || !(await keyed.replace(key, text, value, untilMs)))
        throw new GateError("GH_LINK_TAKEN", { login: account.login });
    },
    async put(subject, account, tokens) {
      const link: StoredLink = {
        version: 1,
        account,
        sinceMs: clock.now(),
        keptUntilMs: keptUntil(tokens),
        ...(await lock(subject, tokens)),
      };
      await keyed.put(linkKey(subject), JSON.stringify(link), link.keptUntilMs);
    },
    async replace(subject, found, change) {
      const link = await changed(subject, found, change);
      const text = JSON.stringify(link);
      const isMine = await keyed.replace(linkKey(subject), found.text, text, link.keptUntilMs);
      return isMine ? { text, link } : undefined;
    },
    async remove(subject, account) {
      const value = JSON.stringify({ subject, sinceMs: clock.now() });
      await keyed.put(accountKey(account), value, clock.now() + endlessMs);
      await keyed.remove(linkKey(subject));
    },
  };
}

function linkKey(subject: string): string {
  return `link:${subject}`;
}

function accountKey({ id }: LinkedAccount): string {
  return `linked-account:${id}`;
}
