// Slack on loopback: takes webhooks, chat.postMessage and answers to buttons, and keeps what it was given.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface TakenPost {
  /** As the sender asked for it: `https://hooks.slack.com/…`. */
  readonly url: string;
  readonly authorization: string;
  readonly body: unknown;
}

export interface SlackStandIn {
  /** For the port that senders take: Slack's hosts lead here, and there are no others. */
  readonly fetch: typeof fetch;
  readonly taken: readonly TakenPost[];
  answer: { status: number; body: string };
  close(): Promise<void>;
}

const hosts = ["hooks.slack.com", "slack.com"];

export async function startSlack(): Promise<SlackStandIn> {
  const taken: TakenPost[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      taken.push({
        url: String(request.headers["x-asked-for"]),
        authorization: request.headers.authorization ?? "",
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      response.writeHead(standIn.answer.status).end(standIn.answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const standIn: SlackStandIn = {
    taken,
    answer: { status: 200, body: "ok" },
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (!hosts.includes(url.host)) return Promise.reject(new Error(`there is no ${url.host} here`));
      const headers = new Headers(init?.headers);
      headers.set("x-asked-for", url.href);
      const { port } = server.address() as AddressInfo;
      return fetch(`http://127.0.0.1:${port}${url.pathname}`, { ...init, headers });
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return standIn;
}
