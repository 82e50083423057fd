// `gatehouse git-credential`: git asks for a user name and password, and gets the session's token (gitcredentials(7)).
import { forget } from "./account.ts";
import { hostUrl, readHosts } from "./hosts.ts";
import type { Env } from "./places.ts";
import { createTokenStore } from "./token-store.ts";

const maxInput = 64 * 1024;
/** What may stand in the user name; see the road's Basic credentials. */
const sessionName = /^[A-Za-z0-9._-]{1,64}$/;

export interface HelperAnswer {
  readonly out: string;
  /** For the person; git shows it. */
  readonly hint?: string;
}

/** Lines that this helper does not know, `capability[]` among them, are no trouble: git says to ignore them. */
export async function gitCredential(
  operation: string,
  input: string,
  env: Env,
  nowMs: number,
): Promise<HelperAnswer> {
  const asked = fieldsOf(input);
  const host = hostIn(asked);
  if (host === undefined) return { out: "" };
  if (operation === "get") return get(host, env, nowMs);
  // Git erases what the gateway refused. Only that very token: a newer one may lie there by now.
  if (operation === "erase" && asked.get("password") === (await createTokenStore(env).get(host)))
    await forget(host, env);
  return { out: "" };
}

async function get(host: string, env: Env, nowMs: number): Promise<HelperAnswer> {
  const given = givenByRun(host, env);
  if (given !== undefined) return { out: answer(given, undefined, "gatehouse", env) };
  const { hosts } = await readHosts(env);
  const about = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
  if (about === undefined) return { out: "" };
  const token = await createTokenStore(env).get(host);
  // Git must not go on to ask other helpers, or a person who has no password for this host.
  if (token === undefined || about.expiresAtMs <= nowMs)
    return {
      out: "quit=1\n",
      hint: `gatehouse: your sign-in at ${host} has ended. Run: gatehouse login ${host}`,
    };
  return { out: answer(token, about.expiresAtMs, about.login, env) };
}

/** `gatehouse run` hands its agent one token, which counts before what is kept. */
function givenByRun(host: string, env: Env): string | undefined {
  const { GATEHOUSE_HOST: ownHost = "", GATEHOUSE_TOKEN: token = "" } = env;
  return token !== "" && ownHost !== "" && hostUrl(ownHost) === host ? token : undefined;
}

function answer(token: string, expiresAtMs: number | undefined, login: string, env: Env): string {
  const session = env.COPILOT_AGENT_SESSION_ID ?? "";
  const username = sessionName.test(session) ? `copilot-session.${session}` : login;
  const expiry = expiresAtMs === undefined ? "" : `password_expiry_utc=${Math.floor(expiresAtMs / 1000)}\n`;
  return `username=${username}\npassword=${token}\n${expiry}`;
}

function fieldsOf(input: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of input.slice(0, maxInput).split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) fields.set(line.slice(0, equals), line.slice(equals + 1).replace(/\r$/, ""));
  }
  return fields;
}

function hostIn(asked: ReadonlyMap<string, string>): string | undefined {
  const address = `${asked.get("protocol") ?? ""}://${asked.get("host") ?? ""}`;
  if (!/^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(address)) return undefined;
  try {
    return hostUrl(address);
  } catch {
    return undefined;
  }
}
