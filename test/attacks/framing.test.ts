// Two parsers that disagree about where a request ends let one request hide in another's body. The door takes only what
// has one reading, closes the connection otherwise, and goes on serving everybody else.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { writesAtGitHub } from "../stand-ins/oracle.ts";
import { rawRequest, sendRaw } from "../stand-ins/raw.ts";

let gateway: GatewayUnderTest;
let auth: string;

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0 } } });
  auth = `Authorization: Bearer ${await gateway.token("alice", { session: "ses-attack-framing" })}`;
});
afterAll(() => discard(gateway));
afterEach(async () => {
  expect(await writesAtGitHub(gateway)).toEqual([]);
  expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
});

const hidden = "POST /api/v3/repos/acme/app/issues HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
const issue = "POST /api/v3/repos/acme/app/issues";
const json = "Content-Type: application/json";

describe("a request whose end has two readings [FRAMING-01]", () => {
  it.each([
    ["a length and chunks", ["Content-Length: 6", "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
    ["chunks and a length", ["Transfer-Encoding: chunked", "Content-Length: 6"], `0\r\n\r\n${hidden}`],
    ["two lengths", ["Content-Length: 0", "Content-Length: 95"], hidden],
    ["two lengths in one line", ["Content-Length: 0, 95"], hidden],
    ["a length with a sign", ["Content-Length: +0"], hidden],
    ["a length in hex", ["Content-Length: 0x0"], hidden],
    ["a negative length", ["Content-Length: -1"], hidden],
    ["an encoding that nobody knows", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${hidden}`],
    ["chunks not last", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${hidden}`],
    ["chunks twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], `0\r\n\r\n${hidden}`],
    ["space before the colon", ["Transfer-Encoding : chunked"], `0\r\n\r\n${hidden}`],
    ["a folded header", ["Transfer-Encoding:\r\n chunked"], `0\r\n\r\n${hidden}`],
    ["a vertical tab", ["Transfer-Encoding: \x0bchunked"], `0\r\n\r\n${hidden}`],
    ["a chunk size with a sign", ["Transfer-Encoding: chunked"], `+0\r\n\r\n${hidden}`],
    ["a chunk without its line end", ["Transfer-Encoding: chunked"], `2\r\n{}X\r\n0\r\n\r\n${hidden}`],
    ["a chunk size without end", ["Transfer-Encoding: chunked"], `${"F".repeat(70_000)}\r\n${hidden}`],
    ["bare line feeds in the header", ["X-A: 1\nTransfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
    ["a carriage return in the header", ["X-A: 1\rTransfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
    ["a null in a header", ["X-A: \0"], hidden],
  ])("is refused and answered once at most: %s", async (_what, headers, body) => {
    const { status, answers } = await sendRaw(
      gateway.gateway,
      rawRequest(gateway.gateway, issue, [auth, json, ...headers], body),
    );
    expect([0, 400, 413, 415, 431]).toContain(status);
    expect(answers).toBeLessThanOrEqual(1);
  });
});

describe("a request with something behind or around its body", () => {
  const body = "{}";
  const size = body.length.toString(16);
  const chunked = [json, "Transfer-Encoding: chunked"];
  it.each<[string, readonly string[], string, readonly number[]]>([
    [
      "trailers that repeat a header",
      chunked,
      `${size}\r\n${body}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`,
      [404],
    ],
    [
      "a trailer that overrides the method",
      chunked,
      `${size}\r\n${body}\r\n0\r\nX-HTTP-Method-Override: PUT\r\n\r\n`,
      [404],
    ],
    ["a chunk's extension", chunked, `${size};x="\r\n`.replace('"', "") + `${body}\r\n0\r\n\r\n`, [404]],
    [
      "an extension without end",
      chunked,
      `${size};${"x".repeat(70_000)}\r\n${body}\r\n0\r\n\r\n`,
      [0, 400, 413, 431],
    ],
    [
      "an expectation that nobody knows",
      [json, "Expect: 200-maybe", `Content-Length: ${body.length}`],
      body,
      [417],
    ],
    ["more bytes than were announced", [json, "Content-Length: 2"], `${body}${body}`, [0, 400, 404, 409]],
  ])("is read in one way only: %s", async (_what, headers, bytes, expected) => {
    const line = "PUT /api/v3/repos/acme/app/pulls/999/merge";
    const { status } = await sendRaw(
      gateway.gateway,
      rawRequest(gateway.gateway, line, [auth, ...headers], bytes),
    );
    expect(expected).toContain(status);
  });

  it("is decided as any other in the old version of the protocol, and where it says it comes from is not believed", async () => {
    const old = `GET /api/v3/repos/acme/vault HTTP/1.0\r\nHost: ${new URL(gateway.gateway).host}\r\n${auth}\r\n\r\n`;
    expect((await sendRaw(gateway.gateway, old)).text).toContain("403");
    const claims = ["X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Real-IP: 10.0.0.1"];
    const line = "GET /api/v3/repos/acme/app";
    expect(
      (await sendRaw(gateway.gateway, rawRequest(gateway.gateway, line, [auth, ...claims]))).status,
    ).toBe(200);
    const { json: view } = await gateway.review("erin", "GET", "/sessions/ses-attack-framing?limit=500");
    expect(JSON.stringify(view)).not.toContain("10.0.0.1");
  });

  it("is not read under another host's name: GitHub's hosts and the console's are not here", async () => {
    for (const host of ["api.github.com", "console.gw.example", "evil.example"]) {
      const bytes = `GET /_gatehouse/api/approvals HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${auth}\r\n\r\n`;
      expect([host, [400, 401, 403, 404].includes((await sendRaw(gateway.gateway, bytes)).status)]).toEqual([
        host,
        true,
      ]);
    }
  });
});

describe("a connection that is not a plain request", () => {
  it.each([
    ["a tunnel", "CONNECT api.github.com:443 HTTP/1.1\r\nHost: api.github.com\r\n\r\n"],
    ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["no request at all", "\r\n\r\n\r\nnonsense\r\n\r\n"],
    ["a version that nobody speaks", "GET / HTTP/3.7\r\nHost: x\r\n\r\n"],
    ["two hosts", "GET /api/v3/user HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
    ["no host", "GET /api/v3/user HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a header block without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(40_000)}\r\n\r\n`],
  ])("is turned away: %s", async (_what, bytes) => {
    const { status } = await sendRaw(gateway.gateway, bytes);
    expect([0, 400, 401, 404, 405, 431, 505]).toContain(status);
  });

  it("does not switch protocols", async () => {
    const headers = [auth, "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Connection: Upgrade"];
    const { status } = await sendRaw(
      gateway.gateway,
      rawRequest(gateway.gateway, "GET /api/v3/repos/acme/app", headers),
    );
    expect(status).toBe(200);
  });

  it("is not a way to another host by an absolute target [PATH-07]", async () => {
    for (const target of ["http://evil.example/api/v3/user", "//evil.example/api/v3/user", "*"]) {
      const { status } = await sendRaw(gateway.gateway, rawRequest(gateway.gateway, `GET ${target}`, [auth]));
      expect([target, status]).toEqual([target, 400]);
    }
  });

  it("answers two requests in a row one by one, each decided on its own", async () => {
    const first = rawRequest(gateway.gateway, "GET /api/v3/repos/acme/app", [auth])
      .toString("latin1")
      .replace("Connection: close\r\n", "");
    const second = rawRequest(gateway.gateway, "GET /api/v3/repos/acme/vault", [auth]).toString("latin1");
    const { text } = await sendRaw(gateway.gateway, first + second);
    expect(text.match(/^HTTP\/1\.1 \d{3}/gm)).toEqual(["HTTP/1.1 200", "HTTP/1.1 403"]);
  });
});
