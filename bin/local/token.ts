// A sandbox token without a browser: signed with the running gateway's own key, which only its owner can read.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createSessionTokens, maxSessionLifetimeMs } from "../../lambda/identity/session-token.ts";
import type { Config } from "../../lambda/model/config.ts";
import { createClock } from "../../lambda/platform/clock.ts";
import { createIds } from "../../lambda/platform/ids.ts";
import { createTokenSigner } from "../../lambda/platform/local/token-signer.ts";
import { people } from "../sandbox/people.ts";
import { defaultDataDir } from "./paths.ts";

interface RunningFile {
  readonly gateway: string;
  readonly console: string;
  /** Its policy folder. */
  readonly policies?: string;
  readonly issuer: string;
  readonly isSandbox: boolean;
  readonly pid: number;
}

/** Throws with a sentence for a person when there is no running sandbox, or nobody of this name. */
export async function sandboxToken(options: {
  as: string;
  session?: string;
  for: "road" | "console";
  data?: string;
}): Promise<string> {
  const dataDir = resolve(options.data ?? defaultDataDir);
  const running = await runningGateway(dataDir);
  if (!running.isSandbox)
    throw new Error(
      "tokens without a sign-in exist in the sandbox only; sign in with your company's issuer.",
    );
  const person = people.find(({ login }) => login === options.as);
  if (person === undefined)
    throw new Error(
      `--as ${options.as} not known. Expected: ${people.map(({ login }) => login).join(", ")}.`,
    );
  const signer = await createTokenSigner(join(dataDir, "keys", "session-token.jwk"));
  const ids = createIds();
  // Minting needs to know only where the gateway stands.
  const config = { gateway: { url: running.gateway } } as Config;
  const subject = `${running.issuer}#${person.id}`;
  return createSessionTokens(config, signer, createClock(), ids).mint({
    person: { ...person, subject, person: subject },
    session: options.session ?? ids.next("ses"),
    client: "gatehouse token",
    audience: options.for,
    expiresInMs: maxSessionLifetimeMs,
  });
}

export async function runningGateway(dataDir: string): Promise<RunningFile> {
  const running = await lastStarted(dataDir);
  if (running !== undefined && isAlive(running.pid)) return running;
  throw new Error(
    `no gateway is running on the data folder ${dataDir}. Start one with npm start, or name its folder with --data.`,
  );
}

/** What the gateway said of itself at its start; nothing when it ended since. */
export async function lastStarted(dataDir: string): Promise<RunningFile | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, "running.json"), "utf8")) as RunningFile;
  } catch {
    return undefined;
  }
}

/** After a power cut the file is still there. Signal 0 only asks (kill(2)); EPERM says that it is somebody else's. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
