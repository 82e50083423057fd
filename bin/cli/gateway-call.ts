// Calls to a gateway: short, bounded, and with troubles told in words that help.
import { z } from "zod";

const timeoutMs = 15_000;
const maxBytes = 256 * 1024;

export interface GatewayAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Headers;
}

/** Throws when the gateway cannot be reached, with the reason and what to do. */
export async function callGateway(
  url: string,
  options: { readonly form?: Readonly<Record<string, string>>; readonly token?: string } = {},
): Promise<GatewayAnswer> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: "application/json",
        "user-agent": "gatehouse",
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      ...(options.form === undefined ? {} : { method: "POST", body: new URLSearchParams(options.form) }),
    });
    const text = (await answer.text()).slice(0, maxBytes);
    return { status: answer.status, json: parsed(text), headers: answer.headers };
  } catch (cause) {
    throw new Error(`${new URL(url).origin} could not be reached: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  const { name } = failureIn(error);
  if (name === "TimeoutError") return "it did not answer within 15 seconds.";
  const { code, message } = failureIn(failureIn(error).cause ?? error);
  if (/CERT|SELF_SIGNED|ISSUER|VERIFY/.test(code))
    return `its certificate is not trusted (${code}). Name your company's CA in NODE_EXTRA_CA_CERTS.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `its name is not known (${code}). Check the name and your VPN.`;
  if (code === "ECONNREFUSED")
    return `nothing listens there (${code}). Check the address, and whether the gateway runs.`;
  return `${message}${code === "" ? "" : ` (${code})`}.`;
}

/** What fetch throws: the system's own error is its cause. */
function failureIn(error: unknown): { name: string; message: string; code: string; cause: unknown } {
  const field = (name: string): unknown =>
    typeof error === "object" && error !== null ? (Reflect.get(error, name) as unknown) : undefined;
  const text = (name: string): string => {
    const value = field(name);
    return typeof value === "string" ? value : "";
  };
  return {
    name: text("name"),
    message: text("message") || "unknown reason",
    code: text("code"),
    cause: field("cause"),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const session = z.object({
  login: z.string(),
  name: z.string().optional(),
  teams: z.array(z.string()).default([]),
  session: z.string(),
  expiresAtMs: z.number(),
  nowMs: z.number(),
  /** Where its people look and decide. */
  console: z.url({ protocol: /^https?$/ }),
  /** The person's own account at GitHub, where the gateway uses such. */
  githubAccount: z
    .object({ is: z.enum(["none", "linked", "broken"]), login: z.string().default(""), at: z.string() })
    .optional(),
});

export type OwnSession = z.output<typeof session>;

/** Whose token this is, as the gateway says; its refusal's sentence otherwise. */
export async function ownSession(
  host: string,
  token: string,
): Promise<OwnSession | { readonly refusal: string }> {
  const answer = await callGateway(`${host}/_gatehouse/session`, { token });
  const found = session.safeParse(answer.json);
  if (answer.status === 200 && found.success) return found.data;
  const message = z.object({ message: z.string() }).safeParse(answer.json);
  return {
    refusal: message.success ? message.data.message : `it answered ${answer.status}, so it is no Gatehouse`,
  };
}
