// The sandbox's GitHub App: its installation's tokens, and the pages and calls by which people authorise it.
import { createHash, randomBytes, verify, type KeyObject } from "node:crypto";
import { GitHubError, notFound, ok, type Answer, type Json } from "./github-answers.ts";
import type { Grant, Grants } from "./github-grants.ts";
import { escapeHtml, pageHeaders, page } from "./issuer-pages.ts";
import { people } from "./people.ts";

export interface SandboxApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly publicKey: KeyObject;
  readonly installation: number;
  /** The only place a browser is sent back to. */
  readonly redirect: string;
  readonly grants: Grants;
  /** By code: who authorised, and the PKCE challenge; each of one use. */
  readonly codes: Map<string, { readonly login: string; readonly challenge: string }>;
}

export interface AppCall {
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readText(): Promise<string>;
}

const permissions = {
  contents: "write",
  issues: "write",
  metadata: "read",
  pull_requests: "write",
  workflows: "write",
};

/** Undefined for a path that is not the App's. */
export async function answerApp(app: SandboxApp, call: AppCall): Promise<Answer | undefined> {
  const what = `${call.method} ${call.pathname}`;
  const installation = `/api/v3/app/installations/${app.installation}`;
  switch (what) {
    case "GET /login/oauth/authorize":
      return askPage(app, call.query);
    case "POST /login/oauth/authorize":
      return authorized(app, call.query, new URLSearchParams(await call.readText()));
    case "POST /login/oauth/access_token":
      return traded(app, new URLSearchParams(await call.readText()));
    case `GET ${installation}`:
      return proven(app, call, () => ok({ id: app.installation, permissions }));
    case `POST ${installation}/access_tokens`:
      return proven(app, call, () => ({
        status: 201,
        json: { ...app.grants.installationToken(), permissions },
      }));
    case `DELETE /api/v3/applications/${app.clientId}/token`:
    case `DELETE /api/v3/applications/${app.clientId}/grant`:
      return ended(app, call);
    default:
      return undefined;
  }
}

/** Whom the token in the header stands for: a person, or the installation. */
export function whoseIs(app: SandboxApp, authorization: string): { readonly login?: string } | undefined {
  const [scheme = "", value = ""] = authorization.split(" ");
  const shown =
    scheme.toLowerCase() === "basic"
      ? Buffer.from(value, "base64").toString().split(":").slice(1).join(":")
      : value;
  return app.grants.whose(shown);
}

function askPage(app: SandboxApp, query: URLSearchParams): Answer {
  const isFit =
    query.get("client_id") === app.clientId &&
    query.get("redirect_uri") === app.redirect &&
    query.get("code_challenge_method") === "S256";
  if (!isFit) throw new GitHubError(404, "this is no authorisation of the sandbox's App");
  const buttons = people.map(
    ({ login, name }) =>
      `<button name="login" value="${escapeHtml(login)}"><b>${escapeHtml(login)}</b><small>${escapeHtml(name)}</small></button>`,
  );
  const html = page(
    "Authorise Gatehouse",
    `<p>The sandbox's GitHub: as which account may Gatehouse act for you?</p><form method="post">${buttons.join("")}<button name="login" value="">Cancel</button></form>`,
  );
  return {
    status: 200,
    raw: { type: "text/html; charset=utf-8", bytes: Buffer.from(html) },
    headers: pageHeaders([new URL(app.redirect).origin]),
  };
}

function authorized(app: SandboxApp, query: URLSearchParams, form: URLSearchParams): Answer {
  askPage(app, query);
  const login = people.find((one) => one.login === form.get("login"))?.login;
  const back = new URL(app.redirect);
  back.searchParams.set("state", query.get("state") ?? "");
  if (login === undefined) back.searchParams.set("error", "access_denied");
  else {
    const code = randomBytes(10).toString("hex");
    app.codes.set(code, { login, challenge: query.get("code_challenge") ?? "" });
    back.searchParams.set("code", code);
  }
  return { status: 302, headers: { Location: back.href } };
}

function traded(app: SandboxApp, form: URLSearchParams): Answer {
  if (form.get("client_id") !== app.clientId || form.get("client_secret") !== app.clientSecret)
    return ok({ error: "incorrect_client_credentials" });
  if (form.get("grant_type") === "refresh_token") {
    const next = app.grants.refresh(form.get("refresh_token") ?? "");
    return ok(next === undefined ? { error: "bad_refresh_token" } : tokens(next));
  }
  const code = form.get("code") ?? "";
  const found = app.codes.get(code);
  app.codes.delete(code);
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  const isFit = found?.challenge === challenge && form.get("redirect_uri") === app.redirect;
  return ok(isFit ? tokens(app.grants.begin(found.login)) : { error: "bad_verification_code" });
}

function tokens({ access, refresh }: Grant): Json {
  return {
    access_token: access,
    expires_in: 28_800,
    refresh_token: refresh,
    refresh_token_expires_in: 15_897_600,
    scope: "",
    token_type: "bearer",
  };
}

/** The App shows a JWT of its own; its times are the library's affair here. */
function proven(app: SandboxApp, { authorization }: AppCall, then: () => Answer): Answer {
  const [head = "", claims = "", signature = ""] = (authorization.split(" ")[1] ?? "").split(".");
  const signed = Buffer.from(`${head}.${claims}`);
  if (!verify("sha256", signed, app.publicKey, Buffer.from(signature, "base64url")))
    throw new GitHubError(401, "A JSON web token could not be decoded");
  return then();
}

async function ended(app: SandboxApp, call: AppCall): Promise<Answer> {
  const proof = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString("base64");
  if (call.authorization !== `Basic ${proof}`) throw notFound();
  const { access_token: access } = JSON.parse(await call.readText()) as { access_token?: unknown };
  const what = call.pathname.endsWith("/grant") ? "grant" : "token";
  if (typeof access !== "string" || !app.grants.end(access, what)) throw notFound();
  return { status: 204 };
}
