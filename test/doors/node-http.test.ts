// The HTTP door adds nothing and loses nothing.
import { afterEach, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { createDoor } from "../../lambda/doors/node-http.ts";
import { streamOf, type Answer, type GatewayRequest } from "../../lambda/model/http.ts";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(
  handle: (request: GatewayRequest) => Promise<Answer>,
  failed: (error: unknown) => void = () => undefined,
): Promise<number> {
  server = createDoor(handle, failed).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1", () => socket.write(text));
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString()));
  await once(socket, "close");
  return heard;
}

const ok = (body: string): Answer => ({
  status: 200,
  headers: [
    ["X-Twice", "a"],
    ["X-Twice", "b"],
  ],
  body: streamOf(Buffer.from(body)),
});

describe("the HTTP door", () => {
  it("hands on the raw target and every header, in order and unmerged", async () => {
    let seen: GatewayRequest | undefined;
    const port = await serve((request) => {
      seen = request;
      return Promise.resolve(ok(""));
    });
    await raw(
      port,
      "GET /a%2Fb//../c?x=1&x=2 HTTP/1.1\r\nHost: GW.test\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n",
    );
    expect([seen?.target, seen?.host]).toEqual(["/a%2Fb//../c?x=1&x=2", "gw.test"]);
    expect(seen?.headers.filter(([name]) => name.toLowerCase() === "x-a")).toEqual([
      ["X-A", "1"],
      ["x-a", "2"],
    ]);
  });

  it("writes repeated headers as they are", async () => {
    const port = await serve(() => Promise.resolve(ok("body")));
    const heard = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(heard).toMatch(/X-Twice: a\r\nX-Twice: b/);
    expect(heard).toContain("body");
  });

  it("returns the body's iterator when the client leaves, even before the first byte", async () => {
    const left = new Promise<void>((resolve) => {
      void serve((request) =>
        Promise.resolve({
          status: 200,
          headers: [],
          body: {
            [Symbol.asyncIterator]: () => ({
              next: () => new Promise<IteratorResult<Uint8Array>>(() => undefined),
              return: () => {
                if (request.signal.aborted) resolve();
                return Promise.resolve({ done: true as const, value: undefined });
              },
            }),
          },
        }),
      ).then((port) => {
        const socket = connect(port, "127.0.0.1", () => {
          socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n", () => {
            socket.destroy();
          });
        });
      });
    });
    await expect(left).resolves.toBeUndefined();
  });

  it("breaks the answer off, and does not end it, when the body throws after the first byte", async () => {
    const failures: unknown[] = [];
    const port = await serve(
      () =>
        Promise.resolve({
          status: 200,
          headers: [],
          body: (async function* () {
            yield await Promise.resolve(Buffer.from("half"));
            throw new Error("died");
          })(),
        }),
      (error) => failures.push(error),
    );
    const heard = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(heard).toContain("half");
    expect(heard).not.toMatch(/0\r\n\r\n$/);
    expect(String(failures[0])).toContain("died");
  });

  it("says 500, and nothing of the cause, when nothing was sent yet and the flow failed", async () => {
    const port = await serve(() => Promise.reject(new Error("secret detail")));
    const heard = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(heard).toMatch(/^HTTP\/1\.1 500/);
    expect(heard).not.toContain("secret detail");
  });
});
