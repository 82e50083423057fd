// Forged, borrowed and bent tokens (RFC 8725, and what libraries got wrong): each one is nobody's.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { createHmac, createPublicKey } from "node:crypto";
import { exportSPKI, importJWK, CompactSign } from "jose";
import {
  audience,
  bearer,
  claimsWith,
  handmade,
  issuer,
  newCompany,
  newKey,
  nowSeconds,
  refusal,
  requestWith,
  signed,
  signedAnyway,
  type Company,
  type Key,
} from "../identity/fixtures.ts";

let rsa: Key;
let ec: Key;
let other: Key;
let company: Company;
let good: string;

beforeAll(async () => {
  [rsa, ec, other] = await Promise.all([
    newKey("RS256", "rsa-1"),
    newKey("ES256", "ec-1"),
    newKey("ES256", "evil-1"),
  ]);
  company = await newCompany([rsa, ec]);
  good = await signed(ec, claimsWith());
});

const is401 = async (token: string): Promise<void> => {
  const { code } = await refusal(company.identity.identify(bearer(token)));
  expect(["GH_BAD_CREDENTIAL", "GH_NO_CREDENTIAL", "GH_FOREIGN_CREDENTIAL", "GH_BAD_HEADERS"]).toContain(
    code,
  );
};
const parts = (token: string): [string, string, string] => {
  const [head = "", body = "", signature = ""] = token.split(".");
  return [head, body, signature];
};
const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

it("a sound token is somebody's, so that the refusals below mean something", async () => {
  expect((await company.identity.identify(bearer(good))).login).toBe("alice");
  expect((await company.identity.identify(bearer(await signed(rsa, claimsWith())))).login).toBe("alice");
});

describe("a header that brings its own key or rules [AUTH-01]", () => {
  it.each<[string, Record<string, unknown>]>([
    ["crit with something unknown", { crit: ["x"], x: 1 }],
    ["crit with b64", { crit: ["b64"], b64: false }],
    ["an empty crit", { crit: [] }],
    ["no algorithm", { alg: "none" }],
    ["no algorithm in capitals", { alg: "NONE" }],
    ["no algorithm in between", { alg: "nOnE" }],
    ["an empty algorithm", { alg: "" }],
    ["an algorithm that is no text", { alg: ["RS256"] }],
    ["an HMAC", { alg: "HS256" }],
    ["another curve", { alg: "ES384" }],
    ["another padding", { alg: "PS256" }],
    ["an unknown key's name", { kid: "nobody" }],
    ["a key's name that is a path", { kid: "../../dev/null" }],
    ["a key's name that is a query", { kid: "' OR 1=1 --" }],
    ["a key's name that is no text", { kid: { a: 1 } }],
    ["an encrypted type", { alg: "RSA-OAEP", enc: "A256GCM" }],
  ])("is refused: %s", async (_what, header) => {
    await is401(await signedAnyway(rsa, header, claimsWith()));
  });

  it.each(["jwk", "jku", "x5u", "x5c"])("never fetches or believes the key of %s", async (name) => {
    const fetchedBefore = company.fetched.length;
    const value = {
      jwk: other.jwk,
      jku: "https://evil.example/k",
      x5u: "https://evil.example/x",
      x5c: ["AAAA"],
    };
    const header = { alg: "ES256", kid: "evil-1", [name]: value[name as keyof typeof value] };
    const token = await new CompactSign(Buffer.from(JSON.stringify(claimsWith())))
      .setProtectedHeader(header)
      .sign(other.privateKey);
    await is401(token);
    expect(company.fetched.slice(fetchedBefore).join()).not.toContain("evil");
  });

  it("never takes a public key for a shared secret", async () => {
    const pem = await exportSPKI((await importJWK(rsa.jwk, "RS256")) as Parameters<typeof exportSPKI>[0]);
    const der = createPublicKey(pem).export({ type: "spki", format: "der" });
    for (const secret of [pem, pem.trim(), der, JSON.stringify(rsa.jwk), rsa.jwk.n ?? ""]) {
      const input = `${b64({ alg: "HS256", kid: "rsa-1" })}.${b64(claimsWith())}`;
      await is401(`${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`);
    }
  });
});

describe("a signature that is not one", () => {
  const bent: [string, (token: string) => string][] = [
    ["none", (token) => token.replace(/[^.]*$/, "")],
    ["no third part", (token) => token.replace(/\.[^.]*$/, "")],
    ["a fourth part", (token) => `${token}.x`],
    ["five parts", (token) => `${token}.x.y`],
    ["zeros", (token) => token.replace(/[^.]*$/, Buffer.alloc(64).toString("base64url"))],
    [
      "zeros in DER",
      (token) => token.replace(/[^.]*$/, Buffer.from("3006020100020100", "hex").toString("base64url")),
    ],
    ["r and s of one", (token) => token.replace(/[^.]*$/, halves(1n, 1n))],
    ["r and s of the order", (token) => token.replace(/[^.]*$/, halves(order, order))],
    ["r of zero", (token) => token.replace(/[^.]*$/, halves(0n, 1n))],
    ["cut by a byte", (token) => token.replace(/[^.]*$/, (text) => slice(text, 0, -1))],
    ["longer by a byte", (token) => token.replace(/[^.]*$/, (text) => longer(text))],
    ["half of it", (token) => token.replace(/[^.]*$/, (text) => slice(text, 0, 32))],
    ["its halves swapped", (token) => token.replace(/[^.]*$/, (text) => swapped(text))],
    ["its last bit changed", (token) => token.replace(/[^.]*$/, (text) => flipped(text))],
    ["with padding", (token) => `${token}==`],
    ["in plain base64", (token) => `${token.slice(0, -2)}+/`],
    ["with white space", (token) => `${token.slice(0, -4)} ${token.slice(-4)}`],
    ["with a NUL", (token) => `${token}\0`],
    ["of another body", (token) => replaced(token, 1, b64(claimsWith({ sub: "u-2" })))],
    ["of another header", (token) => replaced(token, 0, b64({ alg: "ES256", kid: "ec-1", typ: "at+jwt" }))],
    ["of a body that spells the same", (token) => replaced(token, 1, `${parts(token)[1]}=`)],
  ];
  it.each(bent)("is refused: %s", async (_what, bend) => {
    await is401(bend(good));
  });

  it("is refused when it is DER instead of the two halves", async () => {
    const [head, body, signature] = parts(good);
    const raw = Buffer.from(signature, "base64url");
    const integer = (bytes: Buffer): Buffer => {
      const positive = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
      return Buffer.concat([Buffer.from([2, positive.length]), positive]);
    };
    const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
    const der = Buffer.concat([Buffer.from([0x30, both.length]), both]);
    await is401(`${head}.${body}.${der.toString("base64url")}`);
  });

  it("is refused when another key of the world made it, under a known name", async () => {
    await is401(await signed({ ...other, kid: "ec-1" }, claimsWith()));
  });
});

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function halves(r: bigint, s: bigint): string {
  return Buffer.from(r.toString(16).padStart(64, "0") + s.toString(16).padStart(64, "0"), "hex").toString(
    "base64url",
  );
}

function slice(text: string, from: number, to: number): string {
  return Buffer.from(text, "base64url").subarray(from, to).toString("base64url");
}

function longer(text: string): string {
  return Buffer.concat([Buffer.from(text, "base64url"), Buffer.from([0])]).toString("base64url");
}

function swapped(text: string): string {
  const bytes = Buffer.from(text, "base64url");
  return Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString("base64url");
}

function flipped(text: string): string {
  const bytes = Buffer.from(text, "base64url");
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes.toString("base64url");
}

function replaced(token: string, at: number, part: string): string {
  return token
    .split(".")
    .map((one, index) => (index === at ? part : one))
    .join(".");
}

describe("claims of somebody else, of another place or time", () => {
  it.each<[string, Record<string, unknown>]>([
    ["AUTH-02, another tenant", { iss: "https://login.microsoftonline.com/other/v2.0" }],
    ["AUTH-02, a slash at the end", { iss: `${issuer}/` }],
    ["AUTH-02, a look-alike", { iss: issuer.replace("acme", "аcme") }],
    ["AUTH-02, two issuers", { iss: [issuer] }],
    ["AUTH-03, another audience", { aud: "another-app" }],
    ["AUTH-03, ours among others", { aud: [audience, "another-app"] }],
    ["AUTH-03, none", { aud: undefined }],
    ["AUTH-03, an empty list", { aud: [] }],
    ["AUTH-03, in capitals", { aud: audience.toUpperCase() }],
    ["AUTH-05, over", { exp: nowSeconds - 3600 }],
    ["AUTH-05, not yet", { nbf: nowSeconds + 600 }],
    ["AUTH-05, from the future", { iat: nowSeconds + 86_400 }],
    ["AUTH-05, without end", { exp: undefined }],
    ["AUTH-05, an end in words", { exp: "tomorrow" }],
    ["AUTH-05, an end in milliseconds", { exp: nowSeconds * 1000 }],
    ["AUTH-05, no end at all", { exp: Number.MAX_SAFE_INTEGER }],
    ["AUTH-06, nobody", { sub: undefined }],
    ["AUTH-06, an empty name", { sub: "" }],
    ["AUTH-06, no text", { sub: 1001 }],
    ["AUTH-06, two people", { sub: ["u-1001", "u-2"] }],
  ])("are refused: %s", async (_what, changes) => {
    await is401(await signed(ec, claimsWith(changes)));
  });

  it("make no other person by e-mail or login [AUTH-06]", async () => {
    const claims = claimsWith({ sub: "u-6", email: "bob@acme.example", preferred_username: "bob" });
    const one = await company.identity.identify(bearer(await signed(ec, claims)));
    expect(one.subject).toBe(`${issuer}#u-6`);
    expect(one.person).toBe(`${issuer}#u-6`);
  });

  it.each([
    ["missing", { groups: undefined }],
    [
      "left out, with a hint where to ask",
      { groups: undefined, _claim_names: { groups: "src1" }, hasgroups: true },
    ],
    ["no list", { groups: { "platform-team": true } }],
  ])("give no team when groups are %s [AUTH-07]", async (_what, changes) => {
    const token = await signed(ec, claimsWith(changes));
    const found = await company.identity.identify(bearer(token)).catch(() => ({ teams: [] }));
    expect(found.teams).toEqual([]);
  });
});

describe("an Authorization header that is not plain", () => {
  it.each<[string, (token: string) => string]>([
    ["two spaces", (token) => `Bearer  ${token}`],
    ["a tab", (token) => `Bearer\t${token}`],
    ["two credentials", (token) => `Bearer ${token}, Basic eDp5`],
    ["no scheme", (token) => token],
    ["an unknown scheme", (token) => `Digest ${token}`],
    ["only a scheme", () => "Bearer"],
    ["a GitHub token [HEADERS-02]", () => `token ${["ghp", "a".repeat(36)].join("_")}`],
    [
      "a fine-grained GitHub token [HEADERS-02]",
      () => `Bearer ${["github", "pat", "a".repeat(22)].join("_")}`,
    ],
    ["a GitHub App's token [HEADERS-02]", () => `Bearer ${["ghs", "a".repeat(36)].join("_")}`],
    ["a token within a token", () => `Bearer ${handmade({ alg: "none" }, claimsWith())}`],
  ])("is refused: %s [AUTH-10]", async (_what, value) => {
    const { code } = await refusal(company.identity.identify(requestWith([["Authorization", value(good)]])));
    expect(code).toMatch(/^GH_(BAD|NO|FOREIGN)_/);
  });

  it("is refused when it stands twice [HEADERS-01]", async () => {
    const twice = requestWith([
      ["Authorization", `Bearer ${good}`],
      ["authorization", `Bearer ${good}`],
    ]);
    expect((await refusal(company.identity.identify(twice))).code).toMatch(/^GH_BAD_/);
  });
});
