// What arrives at S3 as a body: plain or in aws-chunked framing, with its checksum in a header or in the trailer.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { crc32 } from "node:zlib";
import { AwsError } from "./aws-error.ts";

/** The decoded bytes, checked against every checksum that came with them. */
export async function receivedBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const contentHash = headerOf(request, "x-amz-content-sha256");
  const { body, trailers } = contentHash?.startsWith("STREAMING-")
    ? unframed(raw)
    : { body: raw, trailers: new Map<string, string>() };
  const decodedLength = headerOf(request, "x-amz-decoded-content-length");
  if (decodedLength !== undefined && Number(decodedLength) !== body.length)
    throw new AwsError("IncompleteBody", "the body is not as long as announced");
  if (contentHash !== undefined && /^[0-9a-f]{64}$/.test(contentHash) && contentHash !== sha256(body))
    throw new AwsError("XAmzContentSHA256Mismatch", "the body is not the signed one");
  const checksum = headerOf(request, "x-amz-checksum-crc32") ?? trailers.get("x-amz-checksum-crc32");
  if (checksum !== undefined && checksum !== crc32Text(body))
    throw new AwsError("BadDigest", "The CRC32 you specified did not match what we received.");
  return body;
}

/** Base64 of the big-endian number, as S3 writes it. */
export function crc32Text(bytes: Buffer): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(crc32(bytes));
  return number.toString("base64");
}

/** `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n` */
function unframed(raw: Buffer): { body: Buffer; trailers: Map<string, string> } {
  const parts: Buffer[] = [];
  let at = 0;
  while (true) {
    const end = raw.indexOf("\r\n", at);
    const size = end < 0 ? Number.NaN : parseInt(raw.toString("latin1", at, end), 16);
    if (Number.isNaN(size)) throw new AwsError("IncompleteBody", "the chunk framing is broken");
    at = end + 2;
    if (size === 0) break;
    parts.push(raw.subarray(at, at + size));
    at += size + 2;
  }
  const trailers = new Map<string, string>();
  for (const line of raw.toString("latin1", at).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { body: Buffer.concat(parts), trailers };
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
