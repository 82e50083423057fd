// What API Gateway hands over is the same request as the one that arrived, or one that the flow refuses.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readTarget } from "../../lambda/classify/target.ts";
import { headOf, requestOf, type HttpEvent } from "../../lambda/doors/api-event.ts";

function event(parts: Partial<HttpEvent> = {}): HttpEvent {
  return {
    httpMethod: "GET",
    path: "/api/v3/user",
    headers: {},
    multiValueHeaders: {},
    multiValueQueryStringParameters: null,
    requestContext: { identity: { sourceIp: "192.0.2.7" } },
    body: null,
    isBase64Encoded: false,
    ...parts,
  };
}

async function bytesOf(parts: Partial<HttpEvent>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of requestOf(event(parts), "").body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const target = (path: string, prefix = ""): string => requestOf(event({ path }), prefix).target;

describe("the path", () => {
  it.each([
    ["keeps its escapes as they came", "/a/b%2Fc%20d", "/a/b%2Fc%20d"],
    ["is encoded where it was decoded on the way", "/a/é b", "/a/%C3%A9%20b"],
    ["cannot start a query or a fragment", "/a?b#c", "/a%3Fb%23c"],
    ["keeps the signs that stand for themselves", "/a/!$&'()*+,;=:@-._~", "/a/!$&'()*+,;=:@-._~"],
  ])("%s", (_what, path, expected) => {
    expect(target(path)).toBe(expected);
  });

  it.each([
    "/a/%zz",
    "/a/%2",
    "/a//b",
    "/a/../b",
    "/a/%2e%2e/b",
    "/a/b%5Cc",
    "/a/b\\c",
    "/a/\u0000",
    "/a/%252e",
  ])("%j is still the flow's to refuse", (path) => {
    expect(() => readTarget(target(path))).toThrow(/more than one way/);
  });

  it("loses a base path at a segment's end and nowhere else", () => {
    expect([target("/base/a", "/base"), target("/base", "/base"), target("/based/a", "/base")]).toEqual([
      "/a",
      "/",
      "/based/a",
    ]);
  });

  it("reads as the same segments, whether it arrives encoded or decoded", () => {
    const segment = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
    const plain = segment.filter(
      (text) => !/[/\\%\p{Cc}\p{Cs}]/u.test(text) && text !== "." && text !== "..",
    );
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 5 }), (segments) => {
        const encoded = `/${segments.map(encodeURIComponent).join("/")}`;
        expect(readTarget(target(encoded)).segments).toEqual(segments);
        expect(readTarget(target(`/${segments.join("/")}`)).segments).toEqual(segments);
      }),
    );
  });
});

describe("the query", () => {
  it("reads as the names and values that API Gateway decoded, repetitions included", () => {
    const value = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    const name = fc.stringMatching(/^[a-z_]{1,10}$/).filter((text) => text !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(value, { minLength: 1, maxLength: 3 })), (parameters) => {
        const { target: text } = requestOf(event({ multiValueQueryStringParameters: parameters }), "");
        const expected = Object.entries(parameters).flatMap(([key, values]) =>
          values.map((one) => [key, one]),
        );
        expect(readTarget(text).query).toEqual(expected);
      }),
    );
  });

  it("is absent without parameters", () => {
    expect(requestOf(event({ multiValueQueryStringParameters: {} }), "").target).toBe("/api/v3/user");
  });
});

describe("headers", () => {
  it("keep every value of a repeated name, so that the flow sees two credentials", () => {
    const { headers } = requestOf(
      event({
        headers: { Authorization: "b" },
        multiValueHeaders: { Authorization: ["a", "b"], Accept: ["*/*"] },
      }),
      "",
    );
    expect(headers).toEqual([
      ["Authorization", "a"],
      ["Authorization", "b"],
      ["Accept", "*/*"],
    ]);
  });

  it("are found where only single values came", () => {
    expect(requestOf(event({ headers: { Host: "GW.example" }, multiValueHeaders: null }), "")).toMatchObject({
      host: "gw.example",
      headers: [["Host", "GW.example"]],
      remoteAddress: "192.0.2.7",
    });
  });
});

describe("the body", () => {
  it("is bytes again after base64, and text otherwise", async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    expect(await bytesOf({ body: bytes.toString("base64"), isBase64Encoded: true })).toEqual(bytes);
    expect((await bytesOf({ body: '{"é":1}' })).toString()).toBe('{"é":1}');
  });

  it("of bytes that came as text, and so were replaced, is refused and not guessed at [FRAMING-02]", async () => {
    const pack = Buffer.from([0x50, 0x41, 0x43, 0x4b, 0xff, 0xfe]).toString("utf8");
    await expect(bytesOf({ body: pack, isBase64Encoded: false })).rejects.toMatchObject({
      code: "GH_BAD_BODY",
    });
    const encoded = Buffer.from("\ufffd").toString("base64");
    expect((await bytesOf({ body: encoded, isBase64Encoded: true })).toString()).toBe("\ufffd");
  });

  it("is empty when there is none", async () => {
    expect([(await bytesOf({ body: null })).length, (await bytesOf({ body: "" })).length]).toEqual([0, 0]);
  });
});

describe("the head of an answer", () => {
  it("has single fields and repeated ones apart, each value kept", () => {
    const headers = [
      ["Content-Type", "text/plain"],
      ["Set-Cookie", "a=1"],
      ["set-cookie", "b=2"],
    ] as const;
    expect(headOf({ status: 204, headers })).toEqual({
      statusCode: 204,
      headers: { "Content-Type": "text/plain" },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
    });
  });
});
