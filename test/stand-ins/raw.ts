// Sends bytes as they are over a socket: what no HTTP client would send.
import { connect } from "node:net";

export interface RawAnswer {
  /** Of the first answer; 0 when the connection closed without one. */
  readonly status: number;
  /** Everything that came back. */
  readonly text: string;
  /** How many answers came back on this connection. */
  readonly answers: number;
}

const patienceMs = 10_000;

/** Resolves when the server closes; say `Connection: close`. Rejects when it keeps the connection open for long. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    });
    socket.setTimeout(patienceMs, () => {
      socket.destroy();
      reject(new Error(`the connection stayed open: ${Buffer.concat(chunks).toString("latin1")}`));
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A reset is an answer too: the server would not hear more.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      const lines = text.match(/^HTTP\/1\.1 \d{3}/gm) ?? [];
      resolve({ status: Number(lines[0]?.slice(9) ?? 0), text, answers: lines.length });
    });
  });
}

/** A request with its header lines; `Host` and `Connection: close` are added. */
export function rawRequest(
  gateway: string,
  line: string,
  headers: readonly string[] = [],
  body: string | Buffer = "",
): Buffer {
  const host = new URL(gateway).host;
  const head = [`${line} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}
