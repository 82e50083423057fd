// How a "no" looks to the client that asked: GitHub-shaped JSON, plain text for git, or git's own report.
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type HeaderList } from "../model/http.ts";
import type { Action } from "../model/action.ts";

/** Road answers can never act as the console, whatever they contain. */
export const roadHeaders: HeaderList = [
  ["Content-Security-Policy", "sandbox; default-src 'none'"],
  ["X-Content-Type-Options", "nosniff"],
];

/** Turns anything thrown into a catalogue error; what is not from the catalogue tells the client nothing. */
export function asGateError(error: unknown): GateError {
  return error instanceof GateError ? error : new GateError("GH_INTERNAL", {}, { cause: error });
}

/** Whether the client is git (it shows text, and hides JSON). */
export function isGitTarget(target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  return /\/(info\/refs|git-upload-pack|git-receive-pack)$/.test(path);
}

export function refusal(
  error: GateError,
  about: { readonly entry: string; readonly isGit: boolean; readonly challenge: HeaderList },
  extra: Readonly<Record<string, unknown>> = {},
): Answer {
  const reference = `Reference ${about.entry}.`;
  const headers: HeaderList = [
    ...roadHeaders,
    ["Cache-Control", "no-store"],
    ["X-Gatehouse-Entry", about.entry],
    ...(error.status === 401 ? about.challenge : []),
  ];
  if (about.isGit)
    return body(error.status, "text/plain; charset=utf-8", `${error.message} ${reference}\n`, headers);
  const json = {
    message: `${error.message} ${reference}`,
    documentation_url: `https://github.com/gatehouse/gatehouse/blob/main/docs/errors.md#${error.code.toLowerCase()}`,
    status: String(error.status),
    gatehouse: { code: error.code, entry: about.entry, ...extra },
  };
  return body(error.status, "application/json; charset=utf-8", JSON.stringify(json), headers);
}

function body(status: number, type: string, text: string, headers: HeaderList): Answer {
  const bytes = new TextEncoder().encode(text);
  return {
    status,
    headers: [["Content-Type", type], ["Content-Length", String(bytes.length)], ...headers],
    body: streamOf(bytes),
  };
}

/** Whether this action's refusal goes into git's report, so that git shows it per ref. */
export function refusesInReport(action: Action | undefined): boolean {
  return action?.push !== undefined && action.push.commands.length > 0;
}

/** For the operators' log. */
export function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause) || "";
}
