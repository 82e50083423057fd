// Calls the reviewer API; whatever goes wrong becomes a Problem with a sentence that a person can act on.
import type { ApiError } from "../../model/api.ts";

export class Problem extends Error {
  readonly code: string;
  readonly reference: string | undefined;
  constructor(code: string, message: string, reference?: string) {
    super(message);
    this.code = code;
    this.reference = reference;
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("PAGE", "This page failed. Reload it.");
}

const base = "/_gatehouse/api";
let csrf = "";

/** The token that `/me` gave this page; every change sends it back. */
export function rememberCsrf(token: string): void {
  csrf = token;
}

export async function get<T>(path: string): Promise<T> {
  const response = await send(`${base}${path}`, { headers: { accept: "application/json" } });
  // The server is this page's own gateway: its answers are typed by the same model.
  return (await response.json()) as T;
}

export async function getText(path: string): Promise<string> {
  const response = await send(`${base}${path}`, {});
  return response.text();
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await send(`${base}${path}`, posted(body));
  return (await response.json()) as T;
}

export async function signOut(): Promise<void> {
  await send("/sign-out", { ...posted({}), redirect: "manual" });
}

function posted(body: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", "x-gatehouse-csrf": csrf },
    body: JSON.stringify(body),
  };
}

async function send(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { ...init, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Problem(
      "OFFLINE",
      "The gateway could not be reached. Check your connection; nothing was changed.",
    );
  }
  if (response.ok || response.type === "opaqueredirect") return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const error = (await response.json()) as ApiError;
    return new Problem(error.code, error.message, error.reference);
  } catch {
    return new Problem("UNREADABLE", `The gateway answered ${response.status} without saying why.`);
  }
}

/** Leaves for the company's sign-in and comes back to this very address. */
export function signInAgain(isFresh: boolean): void {
  const back = location.pathname + location.search + location.hash;
  location.assign(`/sign-in?${isFresh ? "fresh=1&" : ""}return=${encodeURIComponent(back)}`);
}
