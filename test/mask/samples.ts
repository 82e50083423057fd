// Secrets of every kind, made at run time: a repository must not hold anything that looks like one.
import { tokenChecksum } from "../../lambda/mask/checksum.ts";
import { alphabets } from "../../lambda/mask/alphabets.ts";
import { tokenKinds, type TokenKind } from "../../lambda/mask/kinds.ts";

export interface Sample {
  readonly kind: string;
  readonly name: string;
  /** The text around the secret that makes it one, if it needs any. */
  readonly before?: string;
  readonly after?: string;
  readonly secret: string;
  /** The same with asterisks. */
  readonly masked: string;
}

/** A small generator, seeded: the same secrets in every run. */
export function characters(alphabet: string, length: number, seed = 1): string {
  let state = seed * 2_654_435_761;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += alphabet.charAt(Math.floor((state / 0x1_0000_0000) * alphabet.length));
  }
  return text;
}

/** A piece of the secret that must be gone. */
export function heart(sample: Sample): string {
  const isKey = sample.kind === "private-key";
  return isKey ? (sample.secret.split("\n").at(-2) ?? "").slice(-24) : sample.secret.slice(-24);
}

export const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function stars(length: number): string {
  return "*".repeat(length);
}

export function checkedToken(prefix: string, seed = 1): string {
  const entropy = characters(base62, 30, seed);
  return prefix + entropy + tokenChecksum(entropy);
}

function charactersOf(row: TokenKind): string {
  return [...alphabets[row.alphabet].entries()]
    .filter(([byte, isMember]) => isMember === 1 && /[A-Za-z0-9]/.test(String.fromCharCode(byte)))
    .map(([byte]) => String.fromCharCode(byte))
    .join("");
}

function tokenSample(row: TokenKind): Sample {
  const secret =
    row.hasChecksum === true ? checkedToken(row.prefix) : row.prefix + characters(charactersOf(row), row.min);
  const masked = row.prefix + stars(secret.length - row.prefix.length);
  return { kind: row.kind, name: row.prefix, secret, masked };
}

export function jwt(claims: object = { sub: "someone", exp: 1 }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256", typ: "JWT" })}.${part(claims)}.${characters(base62, 86, 5)}`;
}

/** What a private key's body becomes: lines stay. */
function maskedKey(key: string): string {
  const lines = key.split("\n");
  return lines.map((line) => (line.startsWith("-----") ? line : line.replace(/\S/g, "*"))).join("\n");
}

export function privateKey(label = "RSA PRIVATE KEY", lines = 8): string {
  const body = Array.from({ length: lines }, (_, line) => characters(`${base62}+/`, 64, line + 3)).join("\n");
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
}

function key(label: string): Sample {
  const secret = privateKey(label);
  return { kind: "private-key", name: label, secret, masked: maskedKey(secret) };
}

function prefixed(kind: string, name: string, prefix: string, rest: string): Sample {
  return { kind, name, secret: prefix + rest, masked: prefix + stars(rest.length) };
}

export const awsSecretKey = `${characters(`${base62}+/`, 37, 9)}aB3`;
export const awsKeyId = `AKIA${characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16, 4)}`;

export const samples: readonly Sample[] = [
  ...tokenKinds.map(tokenSample),
  prefixed("aws-access-key-id", "AKIA", "AKIA", awsKeyId.slice(4)),
  {
    ...prefixed("aws-secret-key", "named secret key", "", awsSecretKey),
    before: "aws_secret_access_key = ",
  },
  prefixed("jwt", "JWT", "eyJ", jwt().slice(3)),
  prefixed("github-token", "session token gho_<JWT>", "gho_", jwt()),
  prefixed("github-token", "installation token ghs_<id>_<JWT>", "ghs_", `123456_${jwt()}`),
  ...["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"].map(key),
  {
    ...prefixed("url-password", "URL password", "", "p4ss:w0rd%21$x"),
    before: "postgres://app:",
    after: "@db.internal:5432/app",
  },
];
