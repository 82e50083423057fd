// A mail server on loopback: takes messages over STARTTLS or TLS, asks for a password, and keeps what it was given.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { localTls } from "../../bin/local/authority.ts";

export interface TakenMail {
  readonly user: string;
  readonly isSecure: boolean;
  readonly from: string;
  readonly to: readonly string[];
  /** As it came: headers and body. */
  readonly raw: string;
}

export interface MailServer {
  readonly port: number;
  /** Certificate authority, PEM. */
  readonly ca: string;
  readonly taken: readonly TakenMail[];
  close(): Promise<void>;
}

export interface MailServerOptions {
  /** Without it nobody is asked. */
  readonly password?: string;
  readonly security?: "starttls" | "tls" | "none";
  readonly refuses?: readonly string[];
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { password, security = "starttls", refuses = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-smtp-"));
  const { caFile, key, cert } = await localTls(folder, "localhost", Date.now());
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    key,
    cert,
    secure: security === "tls",
    disabledCommands: security === "none" ? ["STARTTLS"] : [],
    authOptional: password === undefined,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      if (auth.password === password) done(null, { user: auth.username });
      else done(new Error(`no such password: ${auth.password ?? ""}`));
    },
    onRcptTo({ address }, _session, done) {
      done(refuses.includes(address) ? new Error(`nobody here is ${address}`) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          user: String(session.user ?? ""),
          isSecure: session.secure,
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done(null);
      });
    },
  });
  // A client that goes away in the middle of a handshake is what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    ca: await readFile(caFile, "utf8"),
    taken,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
      await rm(folder, { recursive: true });
    },
  };
}
