// The form of an escrow file: a wrapped key, encrypted frames of 64 kB, and a sealed end that says how long it is.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Bytes } from "../model/http.ts";

export const frameBytes = 64 * 1024;
const tagBytes = 16;
const nonceBytes = 12;
const keyBytes = 32;
const magic = Buffer.from("GHESCRW1");
const wrappedBytes = nonceBytes + keyBytes + tagBytes;
export const headerBytes = magic.length + wrappedBytes;
/** Length (8 bytes) and SHA-256 of the plaintext. */
const endPlainBytes = 8 + 32;
export const endBytes = endPlainBytes + tagBytes;

export interface EscrowEnd {
  readonly bytes: number;
  readonly sha256: string;
}

/** Where frame `index` starts in the file. */
export const frameOffset = (index: number): number => headerBytes + index * (frameBytes + tagBytes);
/** Even an empty body has one frame: its last. */
export const frameCount = (bytes: number): number => Math.max(1, Math.ceil(bytes / frameBytes));
/** How long the whole file is. */
export const fileBytes = (bytes: number): number =>
  headerBytes + bytes + frameCount(bytes) * tagBytes + endBytes;

/** A key of this object's own, and the header that holds it wrapped. */
export function newEscrowKey(masterKey: Bytes, id: string): { key: Bytes; header: Bytes } {
  const key = randomBytes(keyBytes);
  const nonce = randomBytes(nonceBytes);
  return { key, header: Buffer.concat([magic, nonce, seal(masterKey, nonce, `key ${id}`, key)]) };
}

/** Throws when the header belongs to another object, another master key, or was changed. */
export function unwrapEscrowKey(masterKey: Bytes, id: string, header: Bytes): Bytes {
  if (!magic.equals(header.subarray(0, magic.length))) throw new Error("not an escrow file");
  const wrapped = header.subarray(magic.length, headerBytes);
  return unseal(masterKey, wrapped.subarray(0, nonceBytes), `key ${id}`, wrapped.subarray(nonceBytes));
}

/** The key is used for one object only, so a counter never repeats a nonce (NIST SP 800-38D, 8.2.1). */
function counterNonce(purpose: 0 | 1, index: number): Bytes {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(purpose, 0);
  nonce.writeBigUInt64BE(BigInt(index), 4);
  return nonce;
}

/** Index and last-frame flag are authenticated, so frames can be neither moved nor cut off. */
const frameLabel = (id: string, index: number, isLast: boolean): string =>
  `frame ${id} ${index} ${isLast ? "last" : "more"}`;

export function sealFrame(key: Bytes, id: string, index: number, isLast: boolean, plain: Bytes): Bytes {
  return seal(key, counterNonce(0, index), frameLabel(id, index, isLast), plain);
}

export function openFrame(key: Bytes, id: string, index: number, isLast: boolean, sealed: Bytes): Bytes {
  return unseal(key, counterNonce(0, index), frameLabel(id, index, isLast), sealed);
}

export function sealEnd(key: Bytes, id: string, { bytes, sha256 }: EscrowEnd): Bytes {
  const plain = Buffer.alloc(endPlainBytes);
  plain.writeBigUInt64BE(BigInt(bytes), 0);
  plain.set(Buffer.from(sha256, "hex"), 8);
  return seal(key, counterNonce(1, 0), `end ${id}`, plain);
}

export function openEnd(key: Bytes, id: string, sealed: Bytes): EscrowEnd {
  const plain = unseal(key, counterNonce(1, 0), `end ${id}`, sealed);
  return { bytes: Number(plain.readBigUInt64BE(0)), sha256: plain.subarray(8).toString("hex") };
}

function seal(key: Bytes, nonce: Bytes, label: string, plain: Bytes): Bytes {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(label));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(key: Bytes, nonce: Bytes, label: string, sealed: Bytes): Buffer {
  if (sealed.length < tagBytes) throw new Error("cut short");
  const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(label));
  cipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([cipher.update(sealed.subarray(0, sealed.length - tagBytes)), cipher.final()]);
}
