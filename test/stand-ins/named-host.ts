// A gateway over TLS under a name that no resolver knows: clients reach it as in a company, through a proxy.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { LocalGateway } from "./gateway.ts";

export interface NamedHost {
  /** What clients take as `HTTPS_PROXY`. It leads to the gateway's names and nowhere else. */
  readonly proxy: string;
  /** Host names that clients asked for and that are not the gateway's: what goes past it. */
  readonly elsewhere: () => readonly string[];
  /** Asks the gateway itself, without the proxy. */
  readonly ask: (request: Request) => Promise<Response>;
  close(): Promise<void>;
}

export async function namedHost(gateway: LocalGateway): Promise<NamedHost> {
  const { hostname, port } = new URL(gateway.gateway);
  const ca = await readFile(gateway.caFile ?? "");
  const elsewhere = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer((_request, answer) => {
    answer.writeHead(502).end();
  });
  server.on("connect", (request, client: Socket, head: Buffer) => {
    const asked = (request.url ?? "").replace(/:\d+$/, "");
    if (asked !== hostname && !asked.endsWith(`.${hostname}`)) {
      elsewhere.add(asked);
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const upstream = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    elsewhere: () => [...elsewhere],
    ask: (request) => askOver(request, ca),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function askOver(request: Request, ca: Buffer): Promise<Response> {
  const url = new URL(request.url);
  const body = request.method === "GET" ? "" : await request.text();
  const sent = httpsRequest({
    host: "127.0.0.1",
    port: url.port,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    servername: url.hostname,
    headers: { ...Object.fromEntries(request.headers), host: url.host },
    agent: false,
    ca,
  });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (let at = 0; at < answer.rawHeaders.length; at += 2)
    headers.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
  return new Response(chunks.length === 0 ? null : Buffer.concat(chunks), {
    status: answer.statusCode ?? 0,
    headers,
  });
}
