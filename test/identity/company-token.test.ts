// What a company token must be, and the ways in which forgers have been let in elsewhere (RFC 8725).
import { beforeAll, describe, expect, it } from "@jest/globals";
import { exportSPKI, importJWK, SignJWT } from "jose";
import {
  audience,
  bearer,
  claimsWith,
  type Company,
  handmade,
  issuer,
  type Key,
  newCompany,
  newKey,
  nowSeconds,
  refusal,
  signed,
  signedAnyway,
} from "./fixtures.ts";

let rsa: Key;
let ec: Key;
let company: Company;

beforeAll(async () => {
  [rsa, ec] = await Promise.all([newKey("RS256", "rsa-1"), newKey("ES256", "ec-1")]);
  company = await newCompany([rsa, ec]);
});

const identify = (token: string, at: Company = company) => at.identity.identify(bearer(token));

describe("a company token", () => {
  it("names the caller by issuer and sub, with teams and login from its claims", async () => {
    const caller = await identify(await signed(rsa, claimsWith()));
    expect(caller).toMatchObject({
      subject: `${issuer}#u-1001`,
      person: `${issuer}#u-1001`,
      login: "alice",
      teams: ["engineering"],
      proof: "company-token",
      issuedAtMs: (nowSeconds - 60) * 1000,
      expiresAtMs: (nowSeconds + 3600) * 1000,
      remoteAddress: "192.0.2.7",
    });
    expect(caller.session).toMatch(/^ses_[a-z2-7]{26}$/);
  });

  it.each(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"])(
    "signed with %s is accepted",
    async (alg) => {
      const key = await newKey(alg, "k");
      await expect(identify(await signed(key, claimsWith()), await newCompany([key]))).resolves.toBeDefined();
    },
  );

  it("is remembered in the directory, so that session tokens find its teams", async () => {
    await identify(await signed(rsa, claimsWith({ sub: "u-7" })));
    expect(await company.directory.person(`${issuer}#u-7`)).toMatchObject({ teams: ["engineering"] });
  });

  it("shown twice is one session, and another token is another session", async () => {
    const one = await identify(await signed(rsa, claimsWith()));
    const again = await identify(await signed(rsa, claimsWith()));
    const other = await identify(await signed(rsa, claimsWith({ jti: "token-2" })));
    expect(again.session).toBe(one.session);
    expect(other.session).not.toBe(one.session);
  });

  it("cannot take over another person's session by copying a token id", async () => {
    const one = await identify(await signed(rsa, claimsWith()));
    const other = await identify(await signed(rsa, claimsWith({ sub: "u-2" })));
    expect(other.session).not.toBe(one.session);
  });
});

describe("claims that do not fit are refused", () => {
  it.each<[string, Record<string, unknown>]>([
    ["another issuer", { iss: "https://id.evil.example" }],
    ["the issuer with a slash at the end", { iss: `${issuer}/` }],
    ["the issuer in capitals", { iss: issuer.toUpperCase() }],
    ["no issuer", { iss: undefined }],
    ["another audience", { aud: "urn:payroll" }],
    ["our audience with something appended", { aud: `${audience}2` }],
    ["our audience among others", { aud: [audience, "urn:payroll"] }],
    ["no audience", { aud: undefined }],
    ["an empty list of audiences", { aud: [] }],
    ["no expiry", { exp: undefined }],
    ["an expiry an hour ago", { exp: nowSeconds - 3600 }],
    ["an expiry as text", { exp: String(nowSeconds + 60) }],
    ["a lifetime of more than a day", { exp: nowSeconds + 25 * 3600 }],
    ["nbf in ten minutes", { nbf: nowSeconds + 600 }],
    ["iat in ten minutes", { iat: nowSeconds + 600 }],
    ["no iat", { iat: undefined }],
    ["no sub", { sub: undefined }],
    ["an empty sub", { sub: "" }],
    ["a sub with a line break", { sub: "u-1\nu-2" }],
    ["a key binding (cnf)", { cnf: { jkt: "abc" } }],
    ["logout events", { events: { "http://schemas.openid.net/event/backchannel-logout": {} } }],
  ])("%s", async (_name, changes) => {
    const outcome = await refusal(identify(await signed(rsa, claimsWith(changes))));
    expect(outcome.code).toBe("GH_BAD_CREDENTIAL");
  });

  it.each<[string, Record<string, unknown>]>([
    ["expiring in one second", { exp: nowSeconds + 1 }],
    ["with nbf 60 s ahead of our clock", { nbf: nowSeconds + 60 }],
    ["with iat 60 s ahead of our clock", { iat: nowSeconds + 60 }],
    ["with its one audience in a list", { aud: [audience] }],
  ])("but a token %s passes", async (_name, changes) => {
    await expect(identify(await signed(rsa, claimsWith(changes)))).resolves.toBeDefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ["expiring now", { exp: nowSeconds }],
    ["with nbf 61 s ahead of our clock", { nbf: nowSeconds + 61 }],
    ["with iat 61 s ahead of our clock", { iat: nowSeconds + 61 }],
  ])("and a token %s does not", async (_name, changes) => {
    expect((await refusal(identify(await signed(rsa, claimsWith(changes))))).code).toBe("GH_BAD_CREDENTIAL");
  });
});

describe("forgeries are refused", () => {
  it("alg none, in any spelling, with and without a signature", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      const token = handmade({ alg, kid: "rsa-1" }, claimsWith());
      expect((await refusal(identify(token))).code).toBe("GH_BAD_CREDENTIAL");
      expect((await refusal(identify(token.slice(0, token.lastIndexOf(".") + 1)))).code).toBe(
        "GH_BAD_CREDENTIAL",
      );
    }
  });

  it("HS256 with the public key as the shared secret", async () => {
    const publicKey = await importJWK(rsa.jwk, "RS256", { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error("not a public key");
    const pem = new TextEncoder().encode(await exportSPKI(publicKey));
    const token = await new SignJWT(claimsWith())
      .setProtectedHeader({ alg: "HS256", kid: "rsa-1" })
      .sign(pem);
    expect(await refusal(identify(token))).toMatchObject({ why: expect.stringContaining("algorithm") });
  });

  it("a key that the token brings along (jwk), under a known and under a new key id", async () => {
    const evil = await newKey("RS256", "evil");
    for (const kid of ["rsa-1", "evil"]) {
      const token = await signed(evil, claimsWith(), { kid, jwk: evil.jwk });
      expect((await refusal(identify(token))).code).toBe("GH_BAD_CREDENTIAL");
    }
  });

  it("a key address that the token brings along (jku, x5u), which is not even fetched", async () => {
    const evil = await newKey("RS256", "evil");
    const token = await signed(evil, claimsWith(), {
      jku: "https://evil.example/keys",
      x5u: "https://evil.example/cert",
    });
    expect((await refusal(identify(token))).code).toBe("GH_BAD_CREDENTIAL");
    expect(company.fetched.filter((url) => url.includes("evil"))).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["crit", { crit: ["b64"] }, "extensions"],
    ["crit of something unknown", { crit: ["http://acme.example/must-understand"] }, "extensions"],
    ["an unencoded payload (b64)", { b64: false }, "extensions"],
    ["no key id", { kid: undefined }, "names no key"],
    ["a key id that is a list", { kid: ["rsa-1"] }, "well-formed"],
    ["the type of a logout token", { typ: "logout+jwt" }, "type"],
    ["the type of a DPoP proof", { typ: "dpop+jwt" }, "type"],
    ["a type that is not text", { typ: 1 }, "type"],
    ["no algorithm", { alg: undefined }, "algorithm"],
    ["an algorithm of an encrypted token", { alg: "RSA-OAEP" }, "algorithm"],
    ["PS256, which is not on the list", { alg: "PS256" }, "algorithm"],
    ["an algorithm that the key is not for", { alg: "RS512" }, "key"],
  ])("a signed header with %s", async (_name, changes, why) => {
    const token = await signedAnyway(rsa, changes, claimsWith());
    expect(await refusal(identify(token))).toEqual({
      code: "GH_BAD_CREDENTIAL",
      why: expect.stringContaining(why),
    });
  });

  it.each(["JWT", "at+jwt", "application/at+jwt", "AT+JWT"])(
    "but a signed header with typ %s passes",
    async (typ) => {
      await expect(identify(await signedAnyway(rsa, { typ }, claimsWith()))).resolves.toBeDefined();
    },
  );

  it("claims changed after signing", async () => {
    const [header = "", , signature = ""] = (await signed(rsa, claimsWith())).split(".");
    const payload = Buffer.from(JSON.stringify(claimsWith({ sub: "u-root" }))).toString("base64url");
    expect(await refusal(identify(`${header}.${payload}.${signature}`))).toMatchObject({
      why: "its signature does not fit",
    });
  });

  it("an algorithm that is not the key's: ES384 named on a P-256 key without alg", async () => {
    const key = await newKey("ES256", "plain");
    const jwk = { ...key.jwk };
    delete jwk.alg;
    const at = await newCompany([{ ...key, jwk }]);
    await expect(identify(await signed(key, claimsWith()), at)).resolves.toBeDefined();
    const [, payload = "", signature = ""] = (await signed(key, claimsWith())).split(".");
    for (const wrong of ["ES384", "RS256", "EdDSA"]) {
      const header = Buffer.from(JSON.stringify({ alg: wrong, kid: "plain" })).toString("base64url");
      const outcome = await refusal(identify(`${header}.${payload}.${signature}`, at));
      expect(outcome.code).toBe("GH_BAD_CREDENTIAL");
    }
  });

  it("an ECDSA signature of zeros (CVE-2022-21449)", async () => {
    const zeros = Buffer.alloc(64).toString("base64url");
    const token = handmade({ alg: "ES256", kid: "ec-1" }, claimsWith(), zeros);
    expect((await refusal(identify(token))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("an RSA key of 1024 bits, even when the issuer publishes it and the signature fits", async () => {
    const weak = await weakKey();
    const token = await signedAnyway(weak, {}, claimsWith());
    expect(await refusal(identify(token, await newCompany([weak])))).toMatchObject({
      why: expect.stringContaining("2048"),
    });
  });

  it("a token longer than 16 kB, before anything is parsed", async () => {
    const token = await signed(rsa, claimsWith({ groups: Array(3000).fill("team") }));
    expect(await refusal(identify(token))).toMatchObject({ why: "it is too long" });
  });
});

describe("when the configuration lists clients [AUTH-04]", () => {
  const listed = () => newCompany([rsa], { issuers: [{ issuer, audience, clients: ["copilot"] }] });

  it.each<[string, Record<string, unknown>]>([
    ["azp on the list", { azp: "copilot" }],
    ["client_id on the list", { client_id: "copilot" }],
    ["further audiences, and azp on the list", { aud: [audience, "urn:other"], azp: "copilot" }],
  ])("a token with %s passes", async (_name, changes) => {
    await expect(identify(await signed(rsa, claimsWith(changes)), await listed())).resolves.toBeDefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ["azp of another client", { azp: "payroll" }],
    ["neither azp nor client_id", {}],
    ["azp on the list and client_id not", { azp: "copilot", client_id: "payroll" }],
    ["further audiences, and azp of another client", { aud: [audience, "urn:other"], azp: "payroll" }],
  ])("a token with %s is refused", async (_name, changes) => {
    const outcome = await refusal(identify(await signed(rsa, claimsWith(changes)), await listed()));
    expect(outcome.code).toBe("GH_BAD_CREDENTIAL");
  });
});

async function weakKey(): Promise<Key> {
  const pair = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const { n = "", e = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return {
    kid: "weak",
    alg: "RS256",
    privateKey: pair.privateKey,
    jwk: { kty: "RSA", n, e, kid: "weak", use: "sig" },
  };
}
