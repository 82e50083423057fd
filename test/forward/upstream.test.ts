// What really goes to GitHub, and how an answer that breaks is told from one that ends.
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { UpstreamRequest } from "../../lambda/model/action.ts";
import type { ConfigInput } from "../../lambda/model/config.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { header } from "../../lambda/model/http.ts";
import type { Credential } from "../../lambda/model/ports.ts";
import { userAgent } from "../../lambda/forward/outbound-headers.ts";
import { type ClosableUpstream, createUpstream } from "../../lambda/forward/upstream.ts";
import {
  bytesOf,
  chunksOf,
  codeOf,
  configFor,
  get,
  never,
  noCredential,
  read,
  type StandIn,
  startStandIn,
} from "./stand-in.ts";

let standIn: StandIn | undefined;
let upstream: ClosableUpstream | undefined;

afterEach(async () => {
  await standIn?.close();
  await upstream?.close();
  standIn = undefined;
  upstream = undefined;
});

async function connect(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  changes: Partial<ConfigInput> = {},
): Promise<ClosableUpstream> {
  standIn = await startStandIn(listener);
  upstream = createUpstream({
    config: configFor({ api: `${standIn.url}/api/v3`, git: standIn.url }, changes),
  });
  return upstream;
}

const send = (at: ClosableUpstream, request: UpstreamRequest, signal = never) =>
  at.send(request, noCredential, signal);

async function seenBy(
  request: UpstreamRequest,
): Promise<{ url: string; headers: NodeJS.Dict<string | string[]> }> {
  let seen: { url: string; headers: NodeJS.Dict<string | string[]> } | undefined;
  const at = await connect((incoming, response) => {
    seen = { url: incoming.url ?? "", headers: incoming.headers };
    response.end();
  });
  await bytesOf((await send(at, request)).body);
  if (seen === undefined) throw new Error("nothing arrived");
  return seen;
}

describe("the address", () => {
  it("is the configured base and each segment encoded once", async () => {
    const seen = await seenBy(
      get(["repos", "acme", "app", "contents", "a b", "50%25", "ü?#.md"], { query: [["ref", "heads/a&b"]] }),
    );
    expect(seen.url).toBe("/api/v3/repos/acme/app/contents/a%20b/50%2525/%C3%BC%3F%23.md?ref=heads%2Fa%26b");
  });

  it.each([[".."], ["."], [""], ["a", "..", "b"], ["\ud800"]])(
    "refuses the segments %j",
    async (...segments) => {
      const at = await connect((_request, response) => response.end());
      expect(await codeOf(send(at, get(segments)))).toBe("GH_BAD_TARGET");
    },
  );

  it.each([
    "//evil.example",
    "\\\\evil.example",
    "@evil.example",
    "http://evil.example",
    "a/../../b",
    "%2e%2e",
  ])("stays at the upstream for the segment %s", async (segment) => {
    const seen = await seenBy(get([segment]));
    expect(seen.url).toBe(`/api/v3/${encodeURIComponent(segment)}`);
    expect(seen.headers.host).toBe(new URL(standIn?.url ?? "").host);
  });

  it("that is not configured is refused", async () => {
    const at = await connect((_request, response) => response.end());
    expect(await codeOf(send(at, get([], { upstream: "capi" })))).toBe("GH_NOT_SERVED");
  });
});

describe("the fields that are sent", () => {
  it("are those of the request and ours, and no others", async () => {
    const seen = await seenBy(get(["user"], { headers: [["Accept", "application/json"]] }));
    expect(Object.keys(seen.headers).sort()).toEqual([
      "accept",
      "accept-encoding",
      "authorization",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(seen.headers).toMatchObject({
      authorization: "Bearer the-gateways-own",
      "accept-encoding": "gzip",
      "user-agent": userAgent,
    });
  });

  it("never are hop-by-hop, method overrides, ranges, or anybody's credential, even when a request carries them", async () => {
    const names = [
      "Authorization",
      "Cookie",
      "Proxy-Authorization",
      "X-HTTP-Method-Override",
      "Range",
      "If-Range",
    ];
    const more = [
      "Transfer-Encoding",
      "TE",
      "Upgrade",
      "Expect",
      "Host",
      "Content-Encoding",
      "X-Forwarded-Host",
    ];
    const seen = await seenBy(
      get([], { headers: [...names, ...more].map((name) => [name, "planted"] as const) }),
    );
    expect(JSON.stringify(seen.headers)).not.toContain("planted");
  });

  it("are not let through with a line break or with bytes beyond ASCII", async () => {
    const at = await connect((_request, response) => response.end());
    for (const value of ["a\r\nX-HTTP-Method-Override: PATCH", "a\nb", "a\0b", "é"]) {
      expect(await codeOf(send(at, get([], { headers: [["Accept", value]] })))).toBe("GH_BAD_HEADERS");
    }
    expect(await codeOf(send(at, get([], { headers: [["X-A:\r\nX-B", "1"]] })))).toBe("GH_BAD_HEADERS");
  });

  it("ask git for identity coding, since packs are compressed already", async () => {
    const seen = await seenBy(get(["acme", "app.git", "info", "refs"], { upstream: "git" }));
    expect(seen.headers["accept-encoding"]).toBe("identity");
    expect(seen.url).toBe("/acme/app.git/info/refs");
  });

  it("name the version that package.json has", async () => {
    const manifest = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(userAgent).toBe(`gatehouse/${manifest.version}`);
  });
});

describe("bodies", () => {
  it("stream up with the length that is known, or chunked", async () => {
    const seen: unknown[] = [];
    const at = await connect((request, response) => {
      void read(request).then((body) => {
        seen.push([request.headers["content-length"], request.headers["transfer-encoding"], body.toString()]);
        response.end();
      });
    });
    const post = (length?: number): UpstreamRequest => ({
      ...get([], { method: "POST" }),
      body: { is: "stream", stream: chunksOf("ab", "", "cd"), ...(length === undefined ? {} : { length }) },
    });
    await bytesOf((await send(at, post(4))).body);
    await bytesOf((await send(at, post())).body);
    await bytesOf(
      (await send(at, get([], { method: "PUT", body: { is: "bytes", bytes: Buffer.from("{}") } }))).body,
    );
    expect(seen).toEqual([
      ["4", undefined, "abcd"],
      [undefined, "chunked", "abcd"],
      ["2", undefined, "{}"],
    ]);
  });

  it("are not sent when they do not have the length that was announced", async () => {
    const at = await connect((request, response) => {
      request.resume().on("end", () => response.end());
    });
    const body = { is: "stream", stream: chunksOf("abc"), length: 5 } as const;
    expect(await codeOf(send(at, get([], { method: "POST", body })))).toBe("GH_UPSTREAM_UNREACHABLE");
  });

  it("that fail on the client's side fail the request with that reason", async () => {
    const at = await connect((request, response) => {
      request.resume().on("end", () => response.end());
    });
    const stream = (async function* () {
      yield await Promise.resolve(Buffer.from("ab"));
      throw new GateError("GH_BAD_PUSH", { why: "cut short" });
    })();
    expect(await codeOf(send(at, get([], { method: "POST", body: { is: "stream", stream } })))).toBe(
      "GH_BAD_PUSH",
    );
  });

  it("going up wait for a slow GitHub instead of piling up in memory", async () => {
    let resume: (() => void) | undefined;
    const isPaused = Promise.withResolvers<undefined>();
    const at = await connect((request, response) => {
      resume = () => void request.resume().on("end", () => response.end());
      isPaused.resolve(undefined);
    });
    const chunk = Buffer.alloc(256 * 1024);
    let produced = 0;
    const stream = (async function* () {
      for (; produced < 400; produced++) yield await Promise.resolve(chunk);
    })();
    const sent = send(at, get([], { method: "POST", body: { is: "stream", stream } }));
    await isPaused.promise;
    await settled(() => produced);
    expect(produced).toBeLessThan(100);
    resume?.();
    await bytesOf((await sent).body);
    expect(produced).toBe(400);
  });

  it("coming down wait for a slow client instead of piling up in memory", async () => {
    let written = 0;
    const at = await connect((_request, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (written < 400) {
          written++;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    const answer = await send(at, get([]));
    const iterator = answer.body[Symbol.asyncIterator]();
    await iterator.next();
    await settled(() => written);
    expect(written).toBeLessThan(100);
    let rest = 0;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      rest += next.value.length;
    expect(written).toBe(400);
    expect(rest).toBeGreaterThan(300 * 256 * 1024);
  });

  it("keep every repeated field of the answer", async () => {
    const at = await connect((_request, response) => {
      response.setHeader("Link", ["<a>", "<b>"]);
      response.end();
    });
    const answer = await send(at, get([]));
    expect(
      answer.headers.filter(([name]) => name.toLowerCase() === "link").map(([, value]) => value),
    ).toEqual(["<a>", "<b>"]);
    await bytesOf(answer.body);
  });
});

describe("an answer that breaks", () => {
  it.each<[string, (response: ServerResponse) => void]>([
    [
      "before its announced length",
      (response) => response.writeHead(200, { "content-length": "100" }).write("half"),
    ],
    ["in the middle of chunks", (response) => response.writeHead(200).write("half")],
  ])("%s never ends cleanly", async (_name, begin) => {
    const at = await connect((_request, response) => {
      begin(response);
      setImmediate(() => response.socket?.destroy());
    });
    const attempt = send(at, get([])).then((answer) => bytesOf(answer.body));
    expect(await codeOf(attempt)).toBe("GH_UPSTREAM_UNREACHABLE");
  });

  it("before its first byte is not sent again: a write may have arrived", async () => {
    let requests = 0;
    const at = await connect((request) => {
      requests++;
      request.socket.destroy();
    });
    for (const method of ["GET", "PUT"]) {
      expect(await codeOf(send(at, get([], { method })))).toBe("GH_UPSTREAM_UNREACHABLE");
    }
    expect(requests).toBe(2);
  });

  it("because nobody listens is unreachable, and the error shows no credential", async () => {
    const at = await connect((_request, response) => response.end());
    await standIn?.close();
    const error: unknown = await send(at, get([])).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "GH_UPSTREAM_UNREACHABLE", cause: "ECONNREFUSED" });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("the-gateways-own");
  });

  it("by taking too long, before or within the body, is a time-out", async () => {
    const limits = { upstreamHeadersMs: 100, upstreamIdleMs: 100 };
    const at = await connect(
      (request, response) => {
        if (request.url?.endsWith("/body") === true) response.write("half");
      },
      { limits },
    );
    const body = send(at, get(["body"])).then((answer) => bytesOf(answer.body));
    expect(await Promise.all([codeOf(send(at, get(["headers"]))), codeOf(body)])).toEqual([
      "GH_UPSTREAM_TIMEOUT",
      "GH_UPSTREAM_TIMEOUT",
    ]);
  });

  it("because the caller's session was stopped says so, and closes the connection", async () => {
    const isClosed = Promise.withResolvers<undefined>();
    const at = await connect((request, response) => {
      response.write("half");
      request.socket.on("close", () => {
        isClosed.resolve(undefined);
      });
    });
    const stop = new AbortController();
    const answer = await send(at, get([]), stop.signal);
    const rest = bytesOf(answer.body);
    stop.abort(new GateError("GH_SESSION_STOPPED"));
    expect(await codeOf(rest)).toBe("GH_SESSION_STOPPED");
    await isClosed.promise;
  });

  it("off because the client left closes the connection", async () => {
    const isClosed = Promise.withResolvers<undefined>();
    const at = await connect((request, response) => {
      response.write("half");
      request.socket.on("close", () => {
        isClosed.resolve(undefined);
      });
    });
    for await (const chunk of (await send(at, get([]))).body) {
      expect(Buffer.from(chunk).toString()).toBe("half");
      break;
    }
    await expect(isClosed.promise).resolves.toBeUndefined();
  });
});

describe("redirects", () => {
  it("are answers: nothing is sent to the new address", async () => {
    const seen: string[] = [];
    const at = await connect((request, response) => {
      seen.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await send(at, get(["a"]));
    await bytesOf(answer.body);
    expect([answer.status, header(answer.headers, "location")]).toEqual([302, "/elsewhere"]);
    expect(seen).toEqual(["/api/v3/a"]);
  });
});

/** Waits until the count has stood still for fifty turns of the event loop. */
async function settled(count: () => number): Promise<void> {
  let still = 0;
  while (still < 50) {
    const before = count();
    await new Promise((resolve) => setImmediate(resolve));
    still = count() === before ? still + 1 : 0;
  }
}

describe("a credential that GitHub refuses", () => {
  const named = (token: string, refused?: Credential["refused"]): Credential => ({
    kind: "static",
    authorization: () => token,
    secrets: () => [token],
    ...(refused === undefined ? {} : { refused }),
  });
  const seen: string[] = [];
  const used: string[] = [];

  async function asked(credential: Credential, body: UpstreamRequest["body"]): Promise<number> {
    seen.length = used.length = 0;
    standIn = await startStandIn((request, response) => {
      const { authorization = "" } = request.headers;
      seen.push(authorization);
      response.writeHead(authorization === "new" ? 200 : 401).end("an answer");
    });
    upstream = createUpstream({
      config: configFor({ api: `${standIn.url}/api/v3`, git: standIn.url }),
      uses: (one) => used.push(...one.secrets()),
    });
    const request = get(["user"], { method: body.is === "none" ? "GET" : "POST", body });
    const answer = await upstream.send(request, credential, never);
    await bytesOf(answer.body);
    return answer.status;
  }
  const renewable = named("old", () => Promise.resolve(named("new")));

  it("is replaced once by the one that came after it, which is told before it is used", async () => {
    await expect(asked(renewable, { is: "none" })).resolves.toBe(200);
    expect([seen, used]).toEqual([
      ["old", "new"],
      ["old", "new"],
    ]);
  });

  it("that only its owner can mend ends the call with what they have to do", async () => {
    const error = new GateError("GH_LINK_BROKEN", { login: "octo", why: "revoked", address: "there" });
    const broken = named("old", () => Promise.reject(error));
    await expect(asked(broken, { is: "none" })).rejects.toBe(error);
    expect(seen).toEqual(["old"]);
  });

  it("is not asked for a third", async () => {
    const twice = named("older", () => Promise.resolve(renewable));
    await expect(asked(twice, { is: "none" })).resolves.toBe(401);
    expect(seen).toEqual(["older", "old"]);
  });

  it.each([
    ["nothing newer", named("old", () => Promise.resolve(undefined))],
    ["one kind", named("old")],
  ])("passes GitHub's refusal on where there is %s", async (_what, credential) => {
    await expect(asked(credential, { is: "none" })).resolves.toBe(401);
    expect(seen).toEqual(["old"]);
  });

  it("is not replaced under a body that streams and is gone, but for whoever comes next", async () => {
    let renewals = 0;
    const counting = named("old", () => {
      renewals += 1;
      return Promise.resolve(named("new"));
    });
    const stream = { is: "stream", stream: chunksOf("pack"), length: 4 } as const;
    await expect(asked(counting, stream)).resolves.toBe(401);
    expect([seen, renewals]).toEqual([["old"], 1]);
  });
});
