// Stands between a gateway and its GitHub: passes everything on, except one path that a test answers itself, at its own pace.
import { createServer, request as send, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Detour {
  readonly path: string;
  readonly answer: (response: ServerResponse) => void;
}

export interface RunningDetour {
  readonly url: string;
  close(): Promise<void>;
}

export async function startDetour(upstream: string, { path, answer }: Detour): Promise<RunningDetour> {
  const server = createServer((incoming, response) => {
    if ((incoming.url ?? "").split("?", 1)[0] === path) {
      answer(response);
      return;
    }
    const { method, headers } = incoming;
    const passed = send(
      new URL(incoming.url ?? "/", upstream),
      { method: method ?? "GET", headers },
      (from) => {
        response.writeHead(from.statusCode ?? 502, from.rawHeaders);
        from.pipe(response);
      },
    );
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
