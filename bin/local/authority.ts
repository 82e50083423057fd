// The certificate of `npm start -- --tls`: a small authority of this data folder, which can speak for this gateway's names only.
import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { secretFile } from "../../lambda/platform/local/secret-file.ts";

export interface LocalTls {
  /** What clients have to trust; PEM. */
  readonly caFile: string;
  /** For the server; PEM. The key lives in memory only and is new at every start. */
  readonly key: string;
  readonly cert: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60_000;
const authorityDays = 3650;
/** Apple's clients refuse server certificates that are valid for longer than 398 days. */
const leafDays = 397;
/** Clocks of clients in containers and virtual machines lag behind. */
const backdateMs = 60 * 60_000;
/** Sub-hosts that clients derive from a GitHub host's name. */
const subHosts = ["api", "copilot-api", "uploads", "raw"];

/** Makes the folder's authority at the first start, and a fresh server certificate from it at every start. */
export async function localTls(dataDir: string, host: string, now: number): Promise<LocalTls> {
  const folder = join(dataDir, "tls");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const caFile = join(folder, `${host}.ca.pem`);
  const authority = await authorityOf(join(folder, `${host}.ca-key.pem`), caFile, host, now);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const leaf = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${host}`,
    issuer: authority.certificate.subject,
    ...validity(now, leafDays),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names(host)),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { caFile, key: PemConverter.encode(key, "PRIVATE KEY"), cert: leaf.toString("pem") };
}

async function authorityOf(keyFile: string, caFile: string, host: string, now: number) {
  const pem = await secretFile(keyFile, async () => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=Gatehouse on this machine for ${host}`,
      ...validity(now, authorityDays),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        nameConstraints(host),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await writeFile(caFile, `${certificate.toString("pem")}\n`, { mode: 0o644 });
    return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  });
  const certificate = new X509Certificate(await readCertificate(caFile, keyFile));
  if (certificate.notAfter.getTime() < now + leafDays * dayMs)
    throw new Error(
      `The certificate authority in ${caFile} ends on ${certificate.notAfter.toISOString().slice(0, 10)}. Remove it and ${keyFile}, start again, and let the clients trust the new one.`,
    );
  const der = PemConverter.decode(pem)[0] ?? new ArrayBuffer();
  return { certificate, key: await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]) };
}

async function readCertificate(caFile: string, keyFile: string): Promise<string> {
  try {
    return await readFile(caFile, "utf8");
  } catch (cause) {
    throw new Error(
      `The certificate ${caFile} is missing or cannot be read, though its key ${keyFile} is there. Restore it, or remove the key, start again, and let the clients trust the new certificate.`,
      { cause },
    );
  }
}

function names(host: string): JsonGeneralNames {
  const dns = [...new Set([host, "localhost"])].flatMap((name) => [
    name,
    ...subHosts.map((sub) => `${sub}.${name}`),
  ]);
  return [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ];
}

/**
 * RFC 5280 section 4.2.1.10, critical: whoever steals this key and finds it trusted somewhere can still
 * impersonate nothing but this gateway's name and the machine's own loopback.
 */
function nameConstraints(host: string): Extension {
  const dns = [...new Set([host, "localhost"])].map((name) => der(0x82, Buffer.from(name, "ascii")));
  const ipv4 = der(0x87, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0]));
  const ipv6 = der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 0xff)]));
  const subtrees = [...dns, ipv4, ipv6].map((base) => der(0x30, base));
  return new Extension("2.5.29.30", true, der(0x30, der(0xa0, Buffer.concat(subtrees))));
}

/** One DER element; all of ours are far below 64 KiB. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
}

function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + days * dayMs) };
}

/** 127 random bits, positive. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
