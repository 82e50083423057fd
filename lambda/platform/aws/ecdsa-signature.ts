// ECDSA signatures as KMS gives them (DER, RFC 3279 2.2.3) turned into what JOSE takes (r and s side by side, RFC 7518 3.4).

/** Bytes of r and of s on P-256. */
const size = 32;

/** Throws when it is not a DER sequence of two positive numbers that fit. */
export function joseSignature(der: Uint8Array): Buffer {
  const bytes = Buffer.from(der);
  // Two numbers of at most 33 bytes: every length is a single byte.
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) throw notDer();
  const r = integerAt(bytes, 2);
  const s = integerAt(bytes, r.end);
  if (s.end !== bytes.length) throw notDer();
  return Buffer.concat([padded(r.value), padded(s.value)]);
}

function integerAt(bytes: Buffer, at: number): { value: Buffer; end: number } {
  const length = bytes[at + 1] ?? 0;
  const end = at + 2 + length;
  if (bytes[at] !== 0x02 || length === 0 || end > bytes.length) throw notDer();
  return { value: bytes.subarray(at + 2, end), end };
}

/** DER puts a zero before a number whose first bit is set, and drops leading zeros; JOSE wants exactly 32 bytes. */
function padded(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : value.subarray(start);
  if (digits.length > size) throw notDer();
  return Buffer.concat([Buffer.alloc(size - digits.length), digits]);
}

function notDer(): Error {
  return new Error("KMS answered with something that is no ECDSA signature on P-256");
}
