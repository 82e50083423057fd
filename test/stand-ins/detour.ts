// Stands between a gateway and its GitHub: passes everything on, except what a test wants to answer itself.
import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers, and says true; or may change the request's headers, and says false: then it is passed on. */
export type Detour = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface RunningDetour {
  readonly url: string;
  close(): Promise<void>;
}

export async function startDetour(upstream: string, detour: Detour): Promise<RunningDetour> {
  const server = createServer((incoming, response) => {
    if (detour(incoming, response)) return;
    const { method = "GET", headers, url = "/" } = incoming;
    const passed = send(new URL(url, upstream), { method, headers }, (from) => {
      response.writeHead(from.statusCode ?? 502, from.rawHeaders);
      from.pipe(response);
    });
    passed.on("error", () => response.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
