// The gateways that this person knows: which is the usual one, and what was said of each sign-in. No token stands here.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { defaultDataDir } from "../local/paths.ts";
import { lastStarted } from "../local/token.ts";
import { configFolder, isMissing, type Env } from "./places.ts";

const known = z.object({
  /** The host that is meant when none is named. */
  current: z.string().optional(),
  hosts: z.record(z.string(), z.object({ login: z.string(), session: z.string(), expiresAtMs: z.number() })),
});

export type KnownHosts = z.output<typeof known>;

/** The gateway's address as tokens and settings are kept under it. Throws with what is expected. */
export function hostUrl(text: string): string {
  const whole = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const isPlain = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (url === undefined || !isPlain)
    throw new Error(`${text} is no host. Expected: gw.example.com, or https://gw.example.com`);
  if (url.protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw new Error(
      `${text} not accepted: a token must not travel without TLS. Expected: https://${url.host}`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

export async function readHosts(env: Env): Promise<KnownHosts> {
  try {
    return known.parse(JSON.parse(await readFile(fileOf(env), "utf8")));
  } catch (error) {
    if (isMissing(error)) return { hosts: {} };
    throw new Error(`${fileOf(env)} cannot be read as the list of hosts. Remove it, then sign in again.`, {
      cause: error,
    });
  }
}

export async function writeHosts(env: Env, hosts: KnownHosts): Promise<void> {
  await writePrivately(fileOf(env), `${JSON.stringify(hosts, undefined, 2)}\n`);
}

/** The named host, or $GATEHOUSE_HOST, or where this person signed in last, or the gateway that runs in this checkout. */
export async function chosenHost(named: string | undefined, env: Env): Promise<string> {
  const wanted = named ?? env.GATEHOUSE_HOST ?? "";
  if (wanted !== "") return hostUrl(wanted);
  const { current } = await readHosts(env);
  if (current !== undefined) return current;
  const running = await lastStarted(defaultDataDir);
  if (running !== undefined) return hostUrl(running.gateway);
  throw new Error("no gateway is known yet. Name it: gatehouse login gw.example.com");
}

/** Whole or not at all, and for this person's eyes only. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.new`;
  await writeFile(next, text, { mode: 0o600 });
  await rename(next, file);
}

function fileOf(env: Env): string {
  return join(configFolder(env), "hosts.json");
}
