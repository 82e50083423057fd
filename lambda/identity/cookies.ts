// The console's two cookies. The `__Host-` prefix ties them to the console's host, https and path "/".
import { GateError } from "../model/errors.ts";
import { type HeaderList, headerValues } from "../model/http.ts";

/** The signed-in person. Strict: no other site can make the browser send it. */
export const sessionCookie = "__Host-gatehouse";
/** One sign-in on its way through the issuer. Lax, because the way back starts at another site. */
export const signInCookie = "__Host-gatehouse-sign-in";

export function setCookie(
  name: string,
  value: string,
  sameSite: "Strict" | "Lax",
  maxAgeSeconds: number,
): readonly [string, string] {
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; Secure; HttpOnly; SameSite=${sameSite}`;
  return ["Set-Cookie", `${name}=${value}; ${attributes}`];
}

export function clearCookie(name: string, sameSite: "Strict" | "Lax"): readonly [string, string] {
  return setCookie(name, "", sameSite, 0);
}

/** The cookie's value if it looks like one of ours. Two cookies of one name are refused: one may be planted. */
export function readCookie(headers: HeaderList, name: string): string | undefined {
  const values = headerValues(headers, "cookie")
    .flatMap((field) => field.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length > 1) {
    throw new GateError("GH_BAD_HEADERS", { why: `more than one ${name} cookie` });
  }
  const [value] = values;
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}
