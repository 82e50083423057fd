// Signing in, signing out and saying who is signed in: tokens and the list of hosts, kept in step.
import { callGateway, ownSession } from "./gateway-call.ts";
import { chosenHost, hostUrl, readHosts, writeHosts } from "./hosts.ts";
import type { Env } from "./places.ts";
import { signInByBrowser, signInByDevice, type Talk } from "./sign-in.ts";
import { createTokenStore } from "./token-store.ts";

export interface Kept {
  readonly host: string;
  readonly token: string;
  readonly login: string;
  readonly session: string;
  readonly expiresAtMs: number;
}

/** A new sign-in; nothing of it is kept yet. */
export async function signIn(
  named: string | undefined,
  by: "device" | "browser",
  env: Env,
  talk: Talk,
): Promise<Kept> {
  const host = named === undefined ? await chosenHost(undefined, env) : hostUrl(named);
  const token = await (by === "browser" ? signInByBrowser(host, talk) : signInByDevice(host, talk));
  const who = await ownSession(host, token);
  if ("refusal" in who) throw new Error(`the new token was not accepted: ${who.refusal}`);
  const { login, session, expiresAtMs } = who;
  return { host, token, login, session, expiresAtMs };
}

/** Where the token was put. */
export async function keep({ host, token, ...about }: Kept, env: Env): Promise<string> {
  const store = createTokenStore(env);
  await store.put(host, token);
  const { hosts } = await readHosts(env);
  await writeHosts(env, { current: host, hosts: { ...hosts, [host]: about } });
  return store.place;
}

/** Ends the session at its gateway and forgets the token. Undefined when nobody was signed in; else why it was not ended. */
export async function signOut(host: string, env: Env, nowMs: number): Promise<SignedOut | undefined> {
  const { hosts } = await readHosts(env);
  const about = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
  const token = await createTokenStore(env).get(host);
  if (about === undefined && token === undefined) return undefined;
  const isOver = token === undefined || (about !== undefined && about.expiresAtMs <= nowMs);
  const trouble = isOver ? undefined : await revocationTrouble(host, token);
  await forget(host, env);
  return trouble === undefined ? {} : { trouble };
}

export interface SignedOut {
  /** The token was forgotten here, and is still good there. */
  readonly trouble?: string;
}

async function revocationTrouble(host: string, token: string): Promise<string | undefined> {
  try {
    const { status } = await callGateway(`${host}/login/oauth/revoke`, { form: { token } });
    return status === 200 ? undefined : `it answered ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** False when there was nothing to forget. */
export async function forget(host: string, env: Env): Promise<boolean> {
  const { current, hosts } = await readHosts(env);
  const { [host]: gone, ...rest } = hosts;
  await createTokenStore(env).remove(host);
  const next = current === host ? Object.keys(rest)[0] : current;
  await writeHosts(env, { ...(next === undefined ? {} : { current: next }), hosts: rest });
  return gone !== undefined;
}

/** The kept token that is still good. Throws with what to do otherwise. */
export async function keptToken(named: string | undefined, env: Env, nowMs: number): Promise<Kept> {
  const host = await chosenHost(named, env);
  const { hosts } = await readHosts(env);
  const about = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
  const token = about === undefined ? undefined : await createTokenStore(env).get(host);
  if (about === undefined || token === undefined)
    throw new Error(`nobody is signed in at ${host}. Run: gatehouse login ${host}`);
  if (about.expiresAtMs <= nowMs)
    throw new Error(
      `the sign-in at ${host} has ended (${clockTime(about.expiresAtMs)}). Run: gatehouse login ${host}`,
    );
  return { host, token, ...about };
}

export function clockTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").slice(0, 16) + " UTC";
}
