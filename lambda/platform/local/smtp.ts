// E-mail on one machine: over SMTP, to the server that the configuration names, and never in the clear across a network.
import { createTransport, type SMTPTransportOptions } from "nodemailer";
import type { Config } from "../../model/config.ts";
import type { NoticeMessage } from "../../model/notices.ts";
import type { Secrets } from "../../model/ports.ts";
import { mailHeaders } from "../mail-headers.ts";

export type SmtpConfig = NonNullable<Config["notices"]["smtp"]>;

export interface SmtpParts {
  readonly smtp: SmtpConfig;
  readonly secrets: Secrets;
  /** Certificate authority of the mail server, PEM; otherwise those that Node trusts. */
  readonly ca?: string | undefined;
}

/** Each step of the conversation; whoever sends a notice waits 8 seconds in all. */
const stepMs = 5_000;

/** Rejects when the server did not take it for every address. The error holds neither addresses nor the password. */
export async function sendBySmtp(
  { smtp, secrets, ca }: SmtpParts,
  channel: { readonly from: string; readonly to: readonly string[] },
  { id, email }: NoticeMessage,
): Promise<void> {
  const { host, security, port = security === "tls" ? 465 : 587, user, passwordName } = smtp;
  const auth =
    user === undefined || passwordName === undefined
      ? {}
      : { auth: { user, pass: (await secrets.secret(passwordName)).trim() } };
  // One connection for each message: they are rare, and a kept one would be stale when it is needed.
  const options: SMTPTransportOptions = {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
    ...auth,
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    dnsTimeout: stepMs,
    // A message is text and nothing else, whatever stands in it.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const transport = createTransport(options);
  const sent = await transport
    .sendMail({
      from: channel.from,
      to: [...channel.to],
      subject: email.subject,
      text: email.text,
      html: email.html,
      headers: mailHeaders(id),
      xMailer: false,
    })
    .catch((error: unknown) => {
      throw new Error(whatWentWrong(error, `${host}:${port}`));
    })
    .finally(() => {
      transport.close();
    });
  const refused = sent.rejected.length;
  if (refused > 0)
    throw new Error(`the mail server ${host}:${port} refused ${refused} of ${channel.to.length} addresses`);
}

const causes: Readonly<Record<string, string>> = {
  EAUTH: "did not take the user and password of notices.smtp",
  ETLS: "could not be spoken to under TLS; nothing was sent",
  EENVELOPE: "refused the sender or every address",
  EMESSAGE: "refused the message",
};

/** In our words: what the server says may quote anything. */
function whatWentWrong(error: unknown, server: string): string {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const name = typeof code === "string" && /^[A-Z_0-9]{1,40}$/.test(code) ? code : "unknown";
  const status = typeof responseCode === "number" ? ` (${responseCode})` : "";
  return `the mail server ${server} ${causes[name] ?? `could not be reached, ${name}`}${status}`;
}
