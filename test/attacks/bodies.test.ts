// JSON, forms and encodings that two parsers read differently turn a write to dev into a write to main. The gateway
// decides on what it parsed, sends on only that, and refuses what has two readings.
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { settled, writesAtGitHub } from "../stand-ins/oracle.ts";

let gateway: GatewayUnderTest;
let bearer: string;
let sent = 0;
const session = "ses-attack-bodies";
const json = { "content-type": "application/json" };

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 500 } } });
  bearer = await gateway.token("alice", { session });
});
afterAll(async () => {
  try {
    expect(await writesAtGitHub(gateway)).toEqual([]);
    expect(await settled(gateway, session, sent)).toHaveLength(sent);
  } finally {
    await discard(gateway);
  }
});

async function put(body: string | Buffer, headers: Record<string, string> = json): Promise<string> {
  return send("PUT", "/repos/acme/app/contents/attack.txt", body, headers);
}

async function send(
  method: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = json,
): Promise<string> {
  sent += 1;
  const answer = await fetch(`${gateway.gateway}/api/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...headers },
    body: Buffer.from(body),
  });
  const text = await answer.text();
  return /"code":"(GH_\w+)"/.exec(text)?.[1] ?? String(answer.status);
}

const fields = '"message":"m","content":"eA=="';

describe("a body that names main in another way", () => {
  it.each([
    ["BODY-01", `{${fields},"br\\u0061nch":"main"}`],
    ["BODY-01", `{${fields},"branch":"\\u006dain"}`],
    ["BODY-05", `{${fields},"branch":"refs/heads/main"}`],
    ["BODY-05", `{${fields}}`],
    ["BODY-05", `{${fields},"Branch":"feature/discounts"}`],
    ["no body at all", "null"],
    ["white space", ` \r\n\t{ ${fields} , "branch" : "main" } \n`],
  ])("is held as a write to main: %s, %s", async (_id, body) => {
    expect(["GH_PENDING", "GH_BAD_BODY"]).toContain(await put(body));
    expect(await put(`{${fields},"branch":"main"}`)).toBe("GH_PENDING");
  });
});

describe("a body with two readings", () => {
  it.each<[string, string]>([
    ["BODY-02", `{${fields},"__proto__":{"branch":"feature/discounts"}}`],
    ["BODY-02", `{${fields},"constructor":{"prototype":{"branch":"x"}}}`],
    ["BODY-02", `{${fields},"author":{"__pr\\u006fto__":1}}`],
    ["BODY-03", `{${fields},"x":9007199254740993}`],
    ["BODY-03", `{${fields},"x":1e400}`],
    ["BODY-03", `{${fields},"x":-0}`],
    ["BODY-04", `{${fields}}{"branch":"main"}`],
    ["BODY-04", `{${fields}}\0`],
    ["BODY-04", `{${fields}}]`],
    ["BODY-05", `{${fields},"branch":["feature/discounts"]}`],
    ["BODY-05", `{${fields},"branch":{"name":"main"}}`],
    ["BODY-05", `{${fields},"branch":" main"}`],
    ["BODY-05", `{${fields},"branch":"main\\n"}`],
    ["BODY-05", `{${fields},"branch":"main\\u0000"}`],
    ["BODY-05", `{${fields},"branch":1}`],
    ["BODY-05", `{${fields},"branch":true}`],
    ["BODY-05", `{${fields},"branch":"heads/main"}`],
    ["BODY-05", `{${fields},"branch":"main^"}`],
    ["BODY-05", `{${fields},"branch":"feature/../main"}`],
    ["twice", `{${fields},"branch":"feature/discounts","branch":"main"}`],
    ["twice, once escaped", `{${fields},"branch":"feature/discounts","br\\u0061nch":"main"}`],
    ["an array", `[{${fields},"branch":"main"}]`],
    ["a string", `"branch=main"`],
    ["a mark at the start", `\uFEFF{${fields}}`],
    ["a comment", `{${fields}/*,"branch":"x"*/}`],
    ["a lone surrogate", `{${fields},"branch":"\\ud800"}`],
    ["single quotes", `{'branch':'main'}`],
  ])("is refused: %s, %s", async (_id, body) => {
    expect(["GH_BAD_BODY", "GH_BAD_REQUEST"]).toContain(await put(body));
  });

  it("is refused when its bytes are not UTF-8, or are UTF-16", async () => {
    expect(await put(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe("GH_BAD_BODY");
    expect(await put(Buffer.from(`{${fields}}`, "utf16le"))).toBe("GH_BAD_BODY");
  });

  it("is refused when it is nested deeply or is very large [BODY-06]", async () => {
    expect(await put(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`)).toBe("GH_BAD_BODY");
    expect(await put(`{"a":${'{"b":'.repeat(70)}1${"}".repeat(70)}}`)).toBe("GH_BAD_BODY");
    const code = await send("POST", "/repos/acme/app/issues", `{"title":"${"x".repeat(20_000_000)}"}`);
    expect(code).toBe("GH_BODY_TOO_LARGE");
  });
});

describe("a type that is not what the operation takes", () => {
  const form = "base=main&head=feature%2Fdiscounts";
  const merge = '{"base":"main","head":"feature/discounts"}';
  it.each([
    ["a form [CONTENTTYPE-01]", "application/x-www-form-urlencoded", form],
    ["JSON that says it is a form [CONTENTTYPE-01]", "application/x-www-form-urlencoded", merge],
    ["multipart [CONTENTTYPE-01]", "multipart/form-data; boundary=x", `--x\r\n\r\n${merge}\r\n--x--`],
    ["text [CONTENTTYPE-01]", "text/plain", merge],
    ["another character set", "application/json; charset=utf-16", merge],
    ["two types", "application/json, text/plain", merge],
    ["YAML", "application/yaml", merge],
    ["a type with a NUL's escape", "application/json%00", merge],
  ])("is refused: %s", async (_what, type, body) => {
    const code = await send("POST", "/repos/acme/app/merges", body, { "content-type": type });
    expect(["GH_UNSUPPORTED_MEDIA", "GH_BAD_HEADERS"]).toContain(code);
  });

  it("is not a road for any amount of anything [CONTENTTYPE-02]", async () => {
    const code = await send("POST", "/markdown/raw", "x".repeat(20_000_000), {
      "content-type": "text/plain",
    });
    expect(["GH_BODY_TOO_LARGE", "GH_UNSUPPORTED_MEDIA", "GH_DENIED"]).toContain(code);
  });
});

describe("an encoding", () => {
  const body = `{${fields},"branch":"main"}`;
  it("that is taken is read before the decision", async () => {
    expect(["GH_PENDING", "GH_UNSUPPORTED_MEDIA"]).toContain(
      await put(gzipSync(body), { ...json, "content-encoding": "gzip" }),
    );
  });

  it.each<[string, string, Buffer]>([
    ["brotli [ENCODING-02]", "br", brotliCompressSync(body)],
    ["plain text called brotli [ENCODING-02]", "br", Buffer.from(body)],
    ["deflate", "deflate", deflateSync(body)],
    ["gzip twice", "gzip, gzip", gzipSync(gzipSync(body))],
    ["plain text called gzip", "gzip", Buffer.from(body)],
    ["a bomb [ENCODING-01]", "gzip", gzipSync(Buffer.alloc(100 * 1024 * 1024, " "))],
    ["gzip with a second member", "gzip", Buffer.concat([gzipSync("{}"), gzipSync(body)])],
    ["half of gzip", "gzip", gzipSync(body).subarray(0, 20)],
    ["an unknown name", "x-unknown", Buffer.from(body)],
  ])("is refused when it is %s", async (_what, encoding, bytes) => {
    const code = await put(bytes, { ...json, "content-encoding": encoding });
    expect(["GH_UNSUPPORTED_MEDIA", "GH_UNSUPPORTED_ENCODING", "GH_BAD_BODY", "GH_BODY_TOO_LARGE"]).toContain(
      code,
    );
  });
});

describe("a query and a body that do not agree", () => {
  it.each([
    ["QUERY-01", "DELETE", "/repos/acme/app/contents/README.md?branch=main&sha=x&message=m"],
    ["QUERY-01", "PUT", "/repos/acme/app/contents/README.md?branch=main"],
    ["QUERY-02", "PUT", "/repos/acme/app/contents/README.md?ref=a&ref=b"],
    ["QUERY-03", "PUT", "/repos/acme/app/contents/README.md?branch[]=main"],
    ["QUERY-03", "PUT", "/repos/acme/app/contents/README.md?branch%5B0%5D=main"],
  ])("are refused: %s, %s %s", async (_id, method, path) => {
    const body = `{${fields},"sha":"${"a".repeat(40)}","branch":"feature/discounts"}`;
    expect(await send(method, path, body)).toBe("GH_BAD_QUERY");
  });
});
