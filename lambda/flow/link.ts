// A person links their GitHub account at the console: there and back in one console session, and every end of it recorded.
import type { SignedIn } from "../console/desk.ts";
import { hashed, randomText } from "../identity/console-session.ts";
import { GateError } from "../model/errors.ts";
import type { LinkedAccount, Links, LinkView } from "../model/links.ts";
import type { World } from "./world.ts";

const pendingMs = 10 * 60_000;

interface Pending {
  readonly subject: string;
  /** The console session that began it. */
  readonly session: string;
  readonly verifier: string;
}

export async function linkOf({ subject }: SignedIn, world: World): Promise<LinkView> {
  const links = await world.credentials.links?.();
  return links === undefined ? { is: "unused" } : links.state(subject);
}

/** Where the browser goes: GitHub asks the person there. */
export async function startLink(who: SignedIn, world: World): Promise<{ readonly address: string }> {
  const links = await linksFor(who, world);
  const [state, verifier] = [randomText(world.ids), randomText(world.ids)];
  const pending: Pending = { subject: who.subject, session: hashed(who.csrf), verifier };
  await world.keyed.put(
    `link-state:${hashed(state)}`,
    JSON.stringify(pending),
    world.clock.now() + pendingMs,
  );
  return { address: links.address({ state, verifier }) };
}

export async function finishLink(
  who: SignedIn,
  answer: { readonly code: string; readonly state: string },
  world: World,
): Promise<LinkView> {
  const links = await linksFor(who, world);
  // Single use: whoever comes second with the same state finds nothing.
  const text = await world.keyed.take(`link-state:${hashed(answer.state)}`);
  if (text === undefined) throw failed("it was finished already, or took longer than 10 minutes");
  const { subject, session, verifier } = JSON.parse(text) as Pending;
  // An address made by somebody else must not link their account to whoever opens it.
  if (subject !== who.subject || session !== hashed(who.csrf))
    throw failed("it was started in another console session");
  try {
    await links.link(subject, { code: answer.code, verifier }, (account) =>
      record("account-linked", who, named(account), world),
    );
  } catch (error) {
    if (error instanceof GateError && error.code === "GH_LINK_TAKEN") {
      const details = { account: error.details.login ?? "", why: "it is linked to another person" };
      await record("account-link-refused", who, details, world);
    }
    throw error;
  }
  return links.state(subject);
}

export async function unlink(who: SignedIn, world: World): Promise<LinkView> {
  const links = await linksFor(who, world);
  const before = await links.state(who.subject);
  if (before.is === "none") return before;
  await record("account-unlinked", who, named(before.account), world);
  const { isRevoked } = await links.unlink(who.subject);
  return { is: "none", ...(isRevoked ? {} : { left: before.account.login }) };
}

/** A bearer token is what an agent could hold, and a linked account is what agents' calls are made with. */
async function linksFor(who: SignedIn, world: World): Promise<Links> {
  const links = await world.credentials.links?.();
  if (links === undefined) throw new GateError("GH_NOT_FOUND", { what: "linked account" });
  if (who.via !== "browser" && !world.config.isSandbox) throw new GateError("GH_BROWSER_REQUIRED");
  return links;
}

async function record(
  event: "account-linked" | "account-unlinked" | "account-link-refused",
  { subject, login }: SignedIn,
  details: Readonly<Record<string, string>>,
  world: World,
): Promise<void> {
  await world.ledger.write([{ kind: "event", event, subject, login, details }]);
}

function named({ login, id }: LinkedAccount): Readonly<Record<string, string>> {
  return { account: login, accountId: String(id) };
}

function failed(why: string): GateError {
  return new GateError("GH_LINK_FAILED", { why });
}
