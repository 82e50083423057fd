// What clients get from the sign-in: GitHub's shapes, as JSON where they ask for it, else as a form.
import { header, streamOf, type Answer, type GatewayRequest, type HeaderList } from "../../model/http.ts";

export type Fields = Readonly<Record<string, string | number>>;

/** GitHub's error names; RFC 6749, 5.2 and RFC 8628, 3.5 where they have one. */
export type OAuthError =
  | "access_denied"
  | "authorization_pending"
  | "bad_verification_code"
  | "expired_token"
  | "incorrect_client_credentials"
  | "incorrect_device_code"
  | "invalid_client_metadata"
  | "invalid_redirect_uri"
  | "invalid_request"
  | "invalid_scope"
  | "invalid_target"
  | "redirect_uri_mismatch"
  | "server_error"
  | "slow_down"
  | "temporarily_unavailable"
  | "unsupported_grant_type"
  | "unsupported_response_type";

const sealed: HeaderList = [
  ["Cache-Control", "no-store"],
  ["Content-Security-Policy", "sandbox; default-src 'none'"],
  ["X-Content-Type-Options", "nosniff"],
];

export function json(value: unknown, status = 200, extra: HeaderList = []): Answer {
  return answer(status, "application/json; charset=utf-8", JSON.stringify(value), extra);
}

/** GitHub answers with a form unless it is asked for JSON. */
export function fields(request: Pick<GatewayRequest, "headers">, values: Fields, status = 200): Answer {
  if (/\bjson\b/i.test(header(request.headers, "accept") ?? "")) return json(values, status);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) form.set(name, String(value));
  return answer(status, "application/x-www-form-urlencoded; charset=utf-8", form.toString(), []);
}

/** Like GitHub's, with status 200: its clients read `error`, whatever the status, and some give up on others. */
export function problem(
  request: Pick<GatewayRequest, "headers">,
  error: OAuthError,
  description: string,
  extra: Fields = {},
  status = 200,
): Answer {
  return fields(request, { error, error_description: description, ...extra }, status);
}

function answer(status: number, type: string, text: string, extra: HeaderList): Answer {
  const bytes = new TextEncoder().encode(text);
  return {
    status,
    headers: [["Content-Type", type], ["Content-Length", String(bytes.length)], ...sealed, ...extra],
    body: streamOf(bytes),
  };
}
