// `gatehouse login`: by device flow, or by the browser of this machine; then the token is kept.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { callGateway } from "./gateway-call.ts";

const clientId = "gatehouse-cli";
const scope = "repo read:org gist workflow";
const browserWaitMs = 10 * 60_000;

export interface Talk {
  say(line: string): void;
  sleep(ms: number): Promise<void>;
  now(): number;
  /** Opens an address in the person's browser; false when there is none. */
  open(address: string): Promise<boolean>;
}

const deviceAnswer = z.object({
  device_code: z.string(),
  user_code: z.string().regex(/^[A-Z0-9-]{4,20}$/),
  verification_uri: z.url(),
  expires_in: z.number().positive().max(3600),
  interval: z.number().min(1).max(60).default(5),
});

const tokenAnswer = z.object({ access_token: z.string().regex(/^[\x21-\x7e]{1,4096}$/) });
const errorAnswer = z.object({ error: z.string(), error_description: z.string().optional() });

/** Throws with a sentence for a person when it did not come to a token. */
export async function signInByDevice(host: string, talk: Talk): Promise<string> {
  const asked = await callGateway(`${host}/login/device/code`, { form: { client_id: clientId, scope } });
  const code = deviceAnswer.safeParse(asked.json);
  if (!code.success) throw new Error(`${host} gave no code: ${problemIn(asked.json, asked.status)}`);
  const { device_code, user_code, verification_uri, expires_in } = code.data;
  talk.say(`Your code: ${user_code}`);
  talk.say(`Open ${verification_uri}, type the code, and sign in with your company.`);
  const endsAtMs = talk.now() + expires_in * 1000;
  let intervalMs = code.data.interval * 1000;
  while (talk.now() < endsAtMs) {
    await talk.sleep(intervalMs);
    const answer = await callGateway(`${host}/login/oauth/access_token`, {
      form: { client_id: clientId, device_code, grant_type: "urn:ietf:params:oauth:grant-type:device_code" },
    });
    const token = tokenAnswer.safeParse(answer.json);
    if (token.success) return token.data.access_token;
    const error = errorAnswer.safeParse(answer.json);
    // RFC 8628, 3.5
    if (error.data?.error === "slow_down") intervalMs += 5_000;
    else if (error.data?.error !== "authorization_pending")
      throw new Error(`you are not signed in: ${problemIn(answer.json, answer.status)}`);
  }
  throw new Error("you are not signed in: the code has expired. Run gatehouse login again.");
}

export async function signInByBrowser(host: string, talk: Talk): Promise<string> {
  const { calculatePKCECodeChallenge, randomPKCECodeVerifier, randomState } = await import("openid-client");
  const [verifier, state] = [randomPKCECodeVerifier(), randomState()];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  try {
    const returned = new Promise<URLSearchParams>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("you are not signed in: nobody came back from the browser within 10 minutes."));
      }, browserWaitMs);
      server.on("request", (request, response) => {
        const url = new URL(request.url ?? "/", redirect);
        const isOurs = url.pathname === "/callback" && url.searchParams.get("state") === state;
        response.writeHead(isOurs ? 200 : 404, {
          "content-type": "text/plain; charset=utf-8",
          connection: "close",
        });
        response.end(isOurs ? "You can close this page and go back to the terminal.\n" : "Not found.\n");
        if (!isOurs) return;
        clearTimeout(timer);
        resolve(url.searchParams);
      });
    });
    const address = new URL(`${host}/login/oauth/authorize`);
    address.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirect,
      scope,
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    talk.say(`Sign in with your company in the browser: ${address.href}`);
    await talk.open(address.href);
    const query = await returned;
    const code = query.get("code");
    // RFC 9207: an answer of another server is not ours to use.
    if (code === null || query.get("iss") !== host)
      throw new Error(
        `you are not signed in: ${query.get("error_description") ?? "the answer is not of this gateway"}`,
      );
    const form = { client_id: clientId, code, redirect_uri: redirect, code_verifier: verifier };
    const answer = await callGateway(`${host}/login/oauth/access_token`, { form });
    const token = tokenAnswer.safeParse(answer.json);
    if (!token.success) throw new Error(`you are not signed in: ${problemIn(answer.json, answer.status)}`);
    return token.data.access_token;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** By the system's own opener, as a separate process; its failing shows in the printed address only. */
export function openBrowser(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const opener =
    process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  return new Promise((resolve) => {
    const child = spawn(env.BROWSER ?? opener, [address], { stdio: "ignore", detached: true });
    child.once("error", () => {
      resolve(false);
    });
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}

function problemIn(json: unknown, status: number): string {
  const error = errorAnswer.safeParse(json);
  if (error.success) return error.data.error_description ?? error.data.error;
  const message = z.object({ message: z.string() }).safeParse(json);
  return message.success ? message.data.message : `it answered ${status}, so it may be no Gatehouse`;
}
