// GitHub's side of a linked account: a person authorises the App, and the App trades codes and refresh tokens for tokens.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
import { createHash } from "node:crypto";
import * as z from "zod";
import type { LinkedAccount, LinkSecrets } from "../model/links.ts";
import type { Clock } from "../model/ports.ts";
import { userAgent } from "./outbound-headers.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 256 * 1024;

export interface UserTokens {
  readonly access: string;
  /** Milliseconds since 1970; absent for an App whose tokens do not expire. */
  readonly accessUntilMs?: number;
  readonly refresh?: string;
  readonly refreshUntilMs?: number;
}

export interface UserAuthorization {
  address(secrets: LinkSecrets): string;
  /** Throws AuthorizationRefused, or whatever kept GitHub from answering. */
  exchange(code: string, verifier: string): Promise<UserTokens>;
  /** As `exchange`. GitHub takes each refresh token once. */
  refresh(refreshToken: string): Promise<UserTokens>;
  /** Whose token this is; undefined when GitHub does not know it (401). */
  account(accessToken: string): Promise<LinkedAccount | undefined>;
  /** Ends this token, or all that this person ever gave the App. False when GitHub did not confirm it. */
  revoke(accessToken: string, what: "token" | "grant"): Promise<boolean>;
}

/** GitHub's own word for why: `bad_refresh_token`, `incorrect_client_credentials`, … */
export class AuthorizationRefused extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`GitHub answered ${reason}`);
    this.name = "AuthorizationRefused";
    this.reason = reason;
  }
}

export interface UserAuthorizationOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Bases of GitHub's REST API and of its web pages, without a slash at the end. */
  readonly api: string;
  readonly git: string;
  /** Registered as the App's callback, letter by letter. */
  readonly redirect: string;
  readonly clock: Pick<Clock, "now">;
}

const token = z.string().regex(/^[\x21-\x7e]{1,1024}$/);
const seconds = z.number().int().positive();
const answered = z.object({
  access_token: token,
  expires_in: seconds.optional(),
  refresh_token: token.optional(),
  refresh_token_expires_in: seconds.optional(),
});
const refused = z.object({ error: z.string().regex(/^[a-z_]{1,60}$/) });
const user = z.object({ id: z.int().positive(), login: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) });

export function createUserAuthorization(options: UserAuthorizationOptions): UserAuthorization {
  const { clientId, clientSecret, api, git, redirect, clock } = options;

  async function trade(fields: Readonly<Record<string, string>>): Promise<UserTokens> {
    const answer = await asked(`${git}/login/oauth/access_token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields }).toString(),
    });
    // GitHub says no with 200.
    const no = refused.safeParse(answer.json);
    if (no.success) throw new AuthorizationRefused(no.data.error);
    const read = answered.safeParse(answer.json);
    if (answer.status !== 200 || !read.success)
      throw new Error(`GitHub answered ${answer.status} when asked for a token, and none was in it`);
    const { access_token: access, expires_in: accessFor } = read.data;
    const { refresh_token: refresh, refresh_token_expires_in: refreshFor } = read.data;
    const now = clock.now();
    return {
      access,
      ...(accessFor === undefined ? {} : { accessUntilMs: now + accessFor * 1000 }),
      ...(refresh === undefined ? {} : { refresh }),
      ...(refreshFor === undefined ? {} : { refreshUntilMs: now + refreshFor * 1000 }),
    };
  }

  return {
    address({ state, verifier }) {
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirect,
        state,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
        allow_signup: "false",
        prompt: "select_account",
      });
      return `${git}/login/oauth/authorize?${query.toString()}`;
    },
    exchange: (code, verifier) => trade({ code, redirect_uri: redirect, code_verifier: verifier }),
    refresh: (refreshToken) => trade({ grant_type: "refresh_token", refresh_token: refreshToken }),
    async account(accessToken) {
      const { status, json } = await asked(`${api}/user`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      if (status === 401) return undefined;
      const read = user.safeParse(json);
      if (status !== 200 || !read.success)
        throw new Error(`GitHub answered ${status} when asked whose token it is`);
      return { id: read.data.id, login: read.data.login };
    },
    async revoke(accessToken, what) {
      const proof = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
      const answer = await asked(`${api}/applications/${encodeURIComponent(clientId)}/${what}`, {
        method: "DELETE",
        headers: { authorization: `Basic ${proof}`, "content-type": "application/json" },
        body: JSON.stringify({ access_token: accessToken }),
      }).catch(() => undefined);
      // 404 and 422: GitHub does not know the token any more.
      return answer !== undefined && [204, 404, 422].includes(answer.status);
    },
  };
}

/** Never follows: a redirect would carry the proof elsewhere. Errors of `fetch` name addresses, never what was sent. */
async function asked(
  url: string,
  init: Omit<RequestInit, "headers"> & { readonly headers: Readonly<Record<string, string>> },
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(url, {
    ...init,
    headers: { accept: "application/json", "user-agent": userAgent, ...init.headers },
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await boundedText(answer);
  try {
    return { status: answer.status, json: JSON.parse(text) };
  } catch {
    return { status: answer.status, json: undefined };
  }
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error("GitHub's answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
