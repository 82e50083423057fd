// What blocks a write: secrets we are sure of, and our own masks coming back.
import { describe, expect, it } from "@jest/globals";
import { masker } from "./run.ts";
import {
  awsKeyId,
  awsSecretKey,
  base62,
  characters,
  checkedToken,
  jwt,
  privateKey,
  samples,
  stars,
} from "./samples.ts";

const find = (text: string): readonly object[] => masker.find(Buffer.from(text));
const findMasked = (text: string): readonly object[] => masker.findMasked(Buffer.from(text));

describe("finding secrets in a write", () => {
  it.each(samples.map((sample) => [sample.kind, sample.name, sample] as const))(
    "tells kind and place: %s %s",
    (kind, _name, sample) => {
      const before = `line one\nx ${sample.before ?? ""}`;
      const [found] = find(`${before}${sample.secret}${sample.after ?? ""}\n`);
      expect(found).toMatchObject({ kind, offset: before.length });
    },
  );

  it("gives the whole secret's length, prefix included", () => {
    expect(find(`a ${checkedToken("ghp_")} b`)).toEqual([
      { kind: "github-token", offset: 2, length: 40, isCertain: true },
    ]);
  });

  it.each(["ghp_", "gho_", "ghu_", "ghs_", "npm_"])(
    "is certain of %s with its checksum, and not without",
    (prefix) => {
      const token = checkedToken(prefix, 3);
      const last = token.endsWith("0") ? "1" : "0";
      expect(find(token)).toMatchObject([{ isCertain: true }]);
      expect(find(token.slice(0, -1) + last)).toMatchObject([{ isCertain: false }]);
    },
  );

  it.each(["gho_", "ghs_4711_"])("is certain of %s followed by a JWT", (prefix) => {
    expect(find(prefix + jwt())).toMatchObject([{ kind: "github-token", isCertain: true }]);
  });

  it("is not certain of a JWT that stands alone", () => {
    expect(find(jwt())).toMatchObject([{ kind: "jwt", isCertain: false }]);
  });

  it("is certain of a private key with its END line, and not without", () => {
    const key = privateKey();
    expect(find(key)).toMatchObject([{ kind: "private-key", isCertain: true }]);
    expect(find(key.replace(/\n-----END.*/, ""))).toMatchObject([{ kind: "private-key", isCertain: false }]);
  });

  it("is certain of an AWS key id with its secret key, and not of either alone", () => {
    const pair = `AWS_ACCESS_KEY_ID=${awsKeyId}\nAWS_SECRET_ACCESS_KEY=${awsSecretKey}\n`;
    expect(find(pair)).toContainEqual(expect.objectContaining({ kind: "aws-secret-key", isCertain: true }));
    expect(find(`key ${awsKeyId}`)).toMatchObject([{ isCertain: false }]);
    expect(find(`aws_secret_access_key: ${awsSecretKey}`)).toMatchObject([{ isCertain: false }]);
  });

  it("is never certain of the keys in AWS's documentation", () => {
    const id = ["AKIAIOSFODNN7", "EXAMPLE"].join("");
    const secret = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].join("");
    const found = find(`aws_access_key_id=${id}\naws_secret_access_key=${secret}`);
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) expect(one).toMatchObject({ isCertain: false });
  });
});

describe("what is no secret", () => {
  const digest = characters("0123456789abcdef", 40);
  it.each([
    ["a SHA-1", digest],
    ["a SHA-1 near an AWS key name", `aws_secret_access_key: ${digest}`],
    [
      "a UUID",
      `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`,
    ],
    ["a token inside a longer identifier", `my${checkedToken("ghp_")}`],
    ["an identifier that goes on", `${checkedToken("ghp_")}_suffix`],
    ["a token that is too short", checkedToken("ghp_").slice(0, -1)],
    ["a fixed-length token that is too long", `AKIA${characters("ABCDEFGH", 17)}`],
    ["a template", "https://user:${PASSWORD}@example.com"],
    ["a URL with a port", "https://example.com:8443/a@b"],
    ["a URL with a user and no password", "ssh://git@example.com/acme/app"],
    ["an ssh remote", "git@github.com:acme/app.git"],
    ["a public key", `-----BEGIN PUBLIC KEY-----\n${characters(base62, 64)}\n-----END PUBLIC KEY-----`],
    ["a certificate", `-----BEGIN CERTIFICATE-----\n${characters(base62, 64)}\n-----END CERTIFICATE-----`],
    [
      "a PGP signature",
      `-----BEGIN PGP SIGNATURE-----\n${characters(base62, 64)}\n-----END PGP SIGNATURE-----`,
    ],
    [
      "a placeholder for a private key",
      "-----BEGIN PRIVATE KEY-----\nyour key here\n-----END PRIVATE KEY-----",
    ],
    ["three dotted words that start like a JWT", `eyJ${characters(base62, 20)}.abc.def`],
    ["base64 JSON without dots", Buffer.from('{"cursor":12345,"alg":"x"}').toString("base64url")],
    ["a header without alg", `${Buffer.from('{"typ":"JWT"}').toString("base64url")}.e30.abcdefghijkl`],
    ["the letter of an escape that looks like a prefix", `\\npm_${characters(base62, 36)}`],
    ["asterisks", stars(40)],
  ])("is %s", (_name, text) => {
    expect(find(`x ${text} y`)).toEqual([]);
    expect(masker.mask(`x ${text} y`).text).toBe(`x ${text} y`);
  });
});

describe("finding our own masks in a write", () => {
  it.each(samples.map((sample) => [sample.kind, sample.name, sample] as const))(
    "recognises the mask of %s %s",
    (kind, _name, sample) => {
      const [found] = findMasked(`x ${sample.before ?? ""}${sample.masked}${sample.after ?? ""}\n`);
      expect(found).toMatchObject({ kind, isCertain: true });
    },
  );

  it("recognises them in JSON, after an escaped line break, and in a diff", () => {
    const masked = `ghp_${stars(36)}`;
    for (const text of [JSON.stringify({ t: `a\n${masked}` }), `+${masked}`, `KEY=${masked}`]) {
      expect(findMasked(text)).toMatchObject([{ kind: "github-token", length: 40 }]);
    }
    const key = privateKey().replace(/^[^-].*$/gm, stars(64));
    expect(findMasked(JSON.stringify(key))[0]).toMatchObject({ kind: "private-key" });
    expect(findMasked(key.replace(/^/gm, "+"))[0]).toMatchObject({ kind: "private-key" });
  });

  it("takes a run of the kind's length and not one asterisk less", () => {
    expect(findMasked(`ghp_${stars(36)}`)).toHaveLength(1);
    expect(findMasked(`ghp_${stars(35)}`)).toHaveLength(0);
    expect(findMasked(`https://u:${stars(4)}@h`)).toHaveLength(1);
    expect(findMasked(`https://u:${stars(3)}@h`)).toHaveLength(0);
  });

  it.each([
    ["a comment banner", `/${stars(70)}/`],
    ["a table of asterisks", `${stars(5)} ${stars(8)}\n${stars(40)}`],
    ["bold text", "**bold** and ****"],
    ["a prefix in prose", "tokens start with ghp_****"],
    ["a prefix inside a word", `my_ghp_${stars(36)}`],
    ["a public key block of asterisks", `-----BEGIN PUBLIC KEY-----\n${stars(64)}`],
  ])("leaves %s alone", (_name, text) => {
    expect(findMasked(text)).toEqual([]);
  });

  it("finds in a write exactly what masking an answer produced", () => {
    for (const sample of samples) {
      const text = `${sample.before ?? ""}${sample.secret}${sample.after ?? ""}`;
      expect(findMasked(masker.mask(text).text).length).toBeGreaterThan(0);
    }
  });
});
