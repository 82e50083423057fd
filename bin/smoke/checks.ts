// What a live gateway must show from outside, as a list: each check says what it proves, and what it saw instead.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Asked {
  readonly gateway: string;
  readonly console?: string;
  readonly token?: string;
  /** `owner/name` */
  readonly repository?: string;
}

export interface Check {
  /** A sentence that is true when the check succeeds. */
  readonly proves: string;
  readonly needs?: readonly ("aws" | "console" | "token" | "repository")[];
  /** Resolves with what was seen instead; undefined: all is well. */
  readonly look: (asked: Asked, signal: AbortSignal) => Promise<string | undefined>;
}

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const maxText = 1_000_000;
/** What an answer must never show: GitHub's own tokens. The gateway's session tokens are `gho_` and a JWT. */
const githubToken = /\bgh[psu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bghs_\w{30,}/;

export const checks: readonly Check[] = [
  {
    proves: "the function starts, reads its configuration and loads its policies",
    async look({ gateway }, signal) {
      const { status, text } = await ask(`${gateway}/_gatehouse/health`, { signal });
      return status === 200 && text.includes("policyHash") ? undefined : saw(status, text);
    },
  },
  {
    proves:
      "a call without a token is refused, and learns how to sign in (git by Basic, MCP clients by Bearer)",
    async look({ gateway }, signal) {
      const { status, headers, text } = await ask(`${gateway}/api/v3/repos/acme/app`, { signal });
      if (status !== 401) return saw(status, text);
      const challenge = headers.get("www-authenticate") ?? "";
      const isWhole =
        challenge.includes("Basic realm=") && /Bearer .*resource_metadata="http/.test(challenge);
      return isWhole ? undefined : `WWW-Authenticate is "${challenge}"`;
    },
  },
  {
    proves: "git's first request is answered by a challenge, not by a page",
    async look({ gateway }, signal) {
      const { status, headers, text } = await ask(
        `${gateway}/acme/app.git/info/refs?service=git-upload-pack`,
        { signal },
      );
      const isAsked = status === 401 && (headers.get("www-authenticate") ?? "").includes("Basic realm=");
      return isAsked ? undefined : saw(status, text);
    },
  },
  {
    proves: "tokens that nobody issued are refused: nonsense, an empty one, a forged session token",
    async look({ gateway }, signal) {
      for (const token of ["nonsense", " ", forgedToken()]) {
        const { status, text } = await ask(`${gateway}/api/v3/user`, {
          signal,
          headers: { authorization: `Bearer ${token}` },
        });
        if (status !== 401) return `${token.slice(0, 8)}… got ${saw(status, text)}`;
      }
      return undefined;
    },
  },
  {
    proves: "the keys that session tokens are verified by are public, elliptic and hold no private part",
    async look({ gateway }, signal) {
      const { status, text } = await ask(`${gateway}/.well-known/jwks.json`, { signal });
      if (status !== 200) return saw(status, text);
      const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
      const areFit = keys.length > 0 && keys.every((key) => key.crv === "P-256" && key.d === undefined);
      return areFit ? undefined : `the keys are ${text.slice(0, 200)}`;
    },
  },
  {
    proves: "refusals cannot act as pages: content is sandboxed, its type is not guessed",
    async look({ gateway }, signal) {
      const { headers } = await ask(`${gateway}/api/v3/repos/acme/app`, { signal });
      const csp = headers.get("content-security-policy") ?? "none";
      const isFirm = csp.includes("sandbox") && headers.get("x-content-type-options") === "nosniff";
      return isFirm ? undefined : `Content-Security-Policy is "${csp}"`;
    },
  },
  {
    proves: "a path that can be read in two ways is refused",
    needs: ["token"],
    async look(asked, signal) {
      const { status, text } = await ask(`${asked.gateway}/api/v3/repos/acme%2Fapp/..%2Fsite`, {
        signal,
        headers: bearer(asked),
      });
      return status === 400 || status === 403 || status === 404 ? undefined : saw(status, text);
    },
  },
  {
    proves:
      "protection cannot be weakened: removing it (of a branch that does not exist) is refused by policy",
    needs: ["token", "repository"],
    async look(asked, signal) {
      const branch = `gatehouse-smoke-${Date.now()}`;
      const { status, text } = await ask(
        `${asked.gateway}/api/v3/repos/${asked.repository ?? ""}/branches/${branch}/protection`,
        { method: "DELETE", signal, headers: bearer(asked) },
      );
      return status === 403 && text.includes("GH_DENIED") ? undefined : saw(status, text);
    },
  },
  {
    proves: "a signed-in read reaches GitHub, comes back, and shows no token of GitHub's",
    needs: ["token", "repository"],
    async look(asked, signal) {
      const { status, text } = await ask(`${asked.gateway}/api/v3/repos/${asked.repository ?? ""}`, {
        signal,
        headers: bearer(asked),
      });
      if (status !== 200) return saw(status, text);
      if (githubToken.test(text)) return "the answer shows a token of GitHub's";
      const { full_name: name } = JSON.parse(text) as { full_name?: unknown };
      return name === asked.repository ? undefined : `it is about ${String(name)}`;
    },
  },
  {
    proves: "the real git client lists refs through the gateway",
    needs: ["token", "repository"],
    async look({ gateway, token = "", repository = "" }, signal) {
      const { stdout } = await promisify(execFile)(
        "git",
        ["-c", "credential.helper=", "ls-remote", "--heads", `${gateway}/${repository}.git`],
        {
          signal,
          env: {
            PATH: process.env.PATH ?? "",
            GIT_TERMINAL_PROMPT: "0",
            // By the environment, so that no list of processes shows the token.
            GIT_CONFIG_COUNT: "1",
            GIT_CONFIG_KEY_0: "http.extraHeader",
            GIT_CONFIG_VALUE_0: `Authorization: Bearer ${token}`,
          },
        },
      );
      return stdout.includes("refs/heads/") ? undefined : "it listed no branch";
    },
  },
  {
    proves: "11 MB at once are turned away with 413, before any of our code",
    needs: ["aws"],
    async look({ gateway }, signal) {
      const body = new Uint8Array(11 * 1024 * 1024);
      const { status, text } = await ask(`${gateway}/acme/app.git/git-receive-pack`, {
        method: "POST",
        signal,
        body,
        headers: { "content-type": "application/x-git-receive-pack-request" },
      });
      return status === 413 ? undefined : saw(status, text);
    },
  },
  {
    proves: "the console shows its page, and no other site may frame it or add scripts",
    needs: ["console"],
    async look({ console = "" }, signal) {
      const { status, headers, text } = await ask(`${console}/`, { signal });
      if (status !== 200 || !/<!doctype html>/i.test(text)) return saw(status, text);
      const csp = headers.get("content-security-policy") ?? "none";
      const isFirm = csp.includes("frame-ancestors 'none'") && csp.includes("script-src 'self'");
      return isFirm ? undefined : `Content-Security-Policy is "${csp}"`;
    },
  },
  {
    proves: "the reviewer API answers nobody who did not sign in at the console",
    needs: ["console"],
    async look({ console = "" }, signal) {
      const { status, text } = await ask(`${console}/_gatehouse/api/approvals?state=pending`, { signal });
      return status === 401 ? undefined : saw(status, text);
    },
  },
  {
    proves: "an agent's token is worth nothing at the console: no agent approves itself",
    needs: ["console", "token"],
    async look(asked, signal) {
      const { status, text } = await ask(`${asked.console ?? ""}/_gatehouse/api/me`, {
        signal,
        headers: bearer(asked),
      });
      return status === 401 || status === 403 ? undefined : saw(status, text);
    },
  },
];

async function ask(url: string, init: RequestInit): Promise<Seen> {
  const answer = await fetch(url, { redirect: "manual", ...init });
  const text = (await answer.text()).slice(0, maxText);
  return { status: answer.status, headers: answer.headers, text };
}

function bearer({ token = "" }: Asked): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function saw(status: number, text: string): string {
  return `saw ${status} ${text.replace(/\s+/g, " ").slice(0, 160)}`;
}

/** In the form of ours, signed by nobody. */
function forgedToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: "smoke", aud: "road", exp: Math.floor(Date.now() / 1000) + 3600 };
  return `gho_${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`;
}
