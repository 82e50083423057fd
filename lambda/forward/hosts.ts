// Which hosts the gateway may talk to: it stands inside a network and holds credentials, so addresses are checked.
import { isIP } from "node:net";

/**
 * 169.254.0.0/16 and fe80::/10: cloud metadata services live there, GitHub never does. Some have an address elsewhere as
 * well: fd00:ec2::254 (AWS), 100.100.100.200 (Alibaba); and NAT64 (RFC 6052) leads to the first kind.
 */
export function isLinkLocal(address: string): boolean {
  const plain = address
    .replace(/^\[|\]$/g, "")
    .replace(/^(?:::ffff:|::|64:ff9b::)(?=[0-9a-f.]+(?::[0-9a-f]+)?$)/i, "")
    .toLowerCase();
  if (plain.startsWith("fd00:ec2:") || plain === "100.100.100.200" || plain === "6464:64c8") return true;
  // WHATWG writes an IPv4-mapped address in hex: ::ffff:169.254.1.2 becomes ::ffff:a9fe:102.
  return plain.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/.test(plain) || plain.startsWith("a9fe:");
}

export function isLoopback(address: string): boolean {
  const plain = address
    .replace(/^\[|\]$/g, "")
    .replace(/^::ffff:/i, "")
    .toLowerCase();
  // An address that names nothing in particular is this machine to its own connections.
  if (plain === "localhost" || plain === "::1" || plain === "::" || plain === "0.0.0.0") return true;
  return (isIP(plain) === 4 && plain.startsWith("127.")) || /^7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(plain);
}

/** A configured upstream, or an error that says why it cannot be one. Read once, at start. */
export function upstreamUrl(name: string, address: string): URL {
  const url = new URL(address);
  const refuse = (why: string): never => {
    throw new Error(`upstream.${name}: ${url.protocol}//${url.host} ${why}`);
  };
  if (url.username !== "" || url.password !== "") refuse("carries a user name or password; use a credential");
  if (url.search !== "" || url.hash !== "") refuse("carries a query or fragment");
  if (isLinkLocal(url.hostname)) refuse("is a link-local address");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    refuse("is not https; plain http is for this machine's loopback only");
  }
  return url;
}
