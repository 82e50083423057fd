// What the AWS edition reads when it starts, and what it keeps in memory.
import { KMSClient } from "@aws-sdk/client-kms";
import { describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { openAwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import { joseSignature } from "../../../lambda/platform/aws/ecdsa-signature.ts";
import { createTokenSigner } from "../../../lambda/platform/aws/token-signer.ts";
import { services } from "./services.ts";

describe("the AWS edition", () => {
  const on = services();
  const first = ["gh", "p_first"].join("");
  const second = ["gh", "p_second"].join("");
  const fill = (value: unknown): void => {
    const name = on.deployment.env.GATEHOUSE_CONNECTOR_SECRET ?? "";
    on.aws.secrets.set(name, typeof value === "string" ? value : JSON.stringify(value));
  };
  const authorization = async (): Promise<string> =>
    (await on.platform.credentials.credential({ subject: "" }, "read", undefined, "gateway")).authorization(
      "api",
    );

  it("names everything that its environment does not say", () => {
    const open = (): unknown =>
      openAwsPlatform(
        { ...on.deployment.env, GATEHOUSE_TABLE: undefined, GATEHOUSE_EVENT_BUS: "" },
        {
          config: { notices: { teams: {} } },
          connector: () => Promise.reject(new Error("none")),
          log: () => undefined,
        },
      );
    expect(open).toThrow("the environment does not say GATEHOUSE_TABLE, GATEHOUSE_EVENT_BUS");
  });

  it("sends GitHub the connector secret's token, read once in five minutes", async () => {
    fill({ kind: "static", token: first });
    await expect(authorization()).resolves.toBe(`Bearer ${first}`);
    const reads = on.aws.secrets.reads();
    fill({ kind: "static", token: second });
    await on.clock.advance(5 * 60_000 - 1);
    await expect(authorization()).resolves.toBe(`Bearer ${first}`);
    expect(on.aws.secrets.reads()).toBe(reads);
    await on.clock.advance(1);
    await expect(authorization()).resolves.toBe(`Bearer ${second}`);
  });

  it("asks again at once for a token that GitHub refuses, at most every ten seconds", async () => {
    fill({ kind: "static", token: first });
    const used = await on.platform.credentials.credential({ subject: "" }, "read", undefined, "gateway");
    fill({ kind: "static", token: second });
    await on.clock.advance(9_999);
    await expect(used.refused?.()).resolves.toBeUndefined();
    await on.clock.advance(1);
    const renewed = await used.refused?.();
    expect(renewed?.authorization("api")).toBe(`Bearer ${second}`);
    await expect(authorization()).resolves.toBe(`Bearer ${second}`);
  });

  it("has no other token for GitHub when Secrets Manager cannot be asked", async () => {
    fill({ kind: "static", token: first });
    const used = await on.platform.credentials.credential({ subject: "" }, "read", undefined, "gateway");
    fill("no JSON");
    await on.clock.advance(10_000);
    await expect(used.refused?.()).resolves.toBeUndefined();
  });

  it("says that the connector secret is not filled in yet", async () => {
    fill({ kind: "unset" });
    await expect(authorization()).rejects.toThrow(/is not filled in yet\. Expected/);
  });

  it.each(["no JSON", "[]", "null", '{"kind":"static"}', '{"kind":"app","token":"x"}'])(
    "does not take %s as a connector secret, and does not repeat it",
    async (text) => {
      fill(text);
      await expect(authorization()).rejects.toThrow(/was not accepted/);
      await expect(authorization()).rejects.not.toThrow(text);
    },
  );

  it("serves on with the last secret while Secrets Manager fails, for an hour", async () => {
    fill({ kind: "static", token: first });
    await authorization();
    const { GetSecretValue: works } = on.aws.secrets.operations;
    on.aws.secrets.operations.GetSecretValue = () => {
      throw new Error("not now");
    };
    try {
      await on.clock.advance(60 * 60_000 - 1);
      await expect(authorization()).resolves.toBe(`Bearer ${first}`);
      await on.clock.advance(1);
      await expect(authorization()).rejects.toThrow();
    } finally {
      if (works !== undefined) on.aws.secrets.operations.GetSecretValue = works;
    }
  });

  it("verifies tokens of both keys while keys are rotated, and signs with the first", async () => {
    const kms = new KMSClient({});
    const [old, fresh] = [on.aws.kms.createKey("ECC_NIST_P256"), on.aws.kms.createKey("ECC_NIST_P256")];
    const before = await createTokenSigner(kms, [old, fresh]).sign({ sub: "alice" });
    const rotated = createTokenSigner(kms, [fresh, old]);
    const after = await rotated.sign({ sub: "alice" });
    const keys = createLocalJWKSet((await rotated.jwks()) as unknown as JSONWebKeySet);
    const kids = await Promise.all(
      [before, after].map(async (token) => (await jwtVerify(token, keys)).protectedHeader.kid),
    );
    expect(new Set(kids).size).toBe(2);
    kms.destroy();
  });

  it("does not sign with a key that is not on P-256", async () => {
    const kms = new KMSClient({});
    const signer = createTokenSigner(kms, [on.aws.kms.createKey("SYMMETRIC_DEFAULT")]);
    await expect(signer.sign({ sub: "alice" })).rejects.toThrow();
    kms.destroy();
    expect(() => createTokenSigner(kms, [])).toThrow("name at least one KMS key");
  });
});

describe("a KMS signature", () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

  it("has r and s of 32 bytes each, whatever zeros DER put before them or left out", () => {
    const jose = joseSignature(hex("30 07  02 02 00 81  02 01 05"));
    expect(jose.toString("hex")).toBe(`${"81".padStart(64, "0")}${"05".padStart(64, "0")}`);
  });

  it.each(["", "30", "30 06 02 01 01 02 01", "31 06 02 01 01 02 01 01", "30 06 02 01 01 03 01 01"])(
    "is refused when it is not two numbers in DER: %s",
    (der) => {
      expect(() => joseSignature(hex(der))).toThrow("no ECDSA signature");
    },
  );
});
