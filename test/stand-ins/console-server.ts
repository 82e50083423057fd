// Serves the console over HTTP on loopback, with a desk that a test controls.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { consoleAnswer } from "../../lambda/console/routes.ts";
import type { Desk } from "../../lambda/console/desk.ts";
import { buildConsole } from "../../lib/console-build.ts";

export interface ServedConsole {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveConsole(desk: Desk): Promise<ServedConsole> {
  const assets = await buildConsole();
  let url = "";
  const server = createServer((incoming, outgoing) => {
    const headers: [string, string][] = [];
    for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
      headers.push([incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? ""]);
    }
    const request = {
      method: incoming.method ?? "GET",
      target: incoming.url ?? "/",
      host: incoming.headers.host ?? "",
      headers,
      body: incoming,
      remoteAddress: "127.0.0.1",
      signal: new AbortController().signal,
    };
    void consoleAnswer(request, { desk, assets, consoleUrl: url, reference: () => "req_reference" }).then(
      async (answer) => {
        outgoing.writeHead(answer.status, answer.headers.flat());
        for await (const chunk of answer.body) outgoing.write(chunk);
        outgoing.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
