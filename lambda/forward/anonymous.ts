// Asks an allow-listed host beside GitHub's own: no credential of the gateway, no cookie, no answer from inside the network.
import { lookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { Agent, type buildConnector } from "undici";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { AnonymousCall, UpstreamAnswer } from "../model/ports.ts";
import { broken, unbroken } from "./breaks.ts";
import { isLinkLocal, isLoopback } from "./hosts.ts";
import { userAgent } from "./outbound-headers.ts";
import { rawFields } from "./raw-fields.ts";

export type Connect = Partial<buildConnector.BuildOptions> | buildConnector.connector;

export interface AnonymousReader {
  /** Throws GH_UPSTREAM_REDIRECT for a host that is not allowed. */
  read(url: URL, signal: AbortSignal, call?: AnonymousCall): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

export function createAnonymousReader(
  config: Config,
  connect: Connect | undefined,
  timeouts: { readonly headersTimeout: number; readonly bodyTimeout: number },
): AnonymousReader {
  const agent = new Agent({
    allowH2: false,
    connect: connect ?? { timeout: 10_000, lookup: outsideOnly(config.isSandbox) },
  });
  return {
    async read(url, signal, { method, headers = [], body } = { method: "GET" }) {
      checkAddress(url, config);
      const own = {
        "user-agent": userAgent,
        accept: "*/*",
        "accept-encoding": method === "GET" ? "gzip" : "identity",
        ...(body === undefined ? {} : { "content-length": String(body.length) }),
      };
      try {
        const answer = await agent.request({
          ...timeouts,
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: { ...own, ...Object.fromEntries(headers) },
          body: body === undefined ? null : Readable.from(body.stream, { highWaterMark: 1 }),
          responseHeaders: "raw",
          signal,
        });
        return {
          status: answer.statusCode,
          headers: rawFields(answer.headers),
          body: unbroken(answer.body, signal),
        };
      } catch (error) {
        throw broken(error, signal);
      }
    },
    close: () => agent.close(),
  };
}

/** The parsed, ASCII host must stand in the list, exactly: no suffixes, no user info, no other port unless listed. */
export function checkAddress(url: URL, config: Config): void {
  const isOwnMachine = config.isSandbox && url.protocol === "http:" && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !isOwnMachine) throw refused("it is not https");
  if (url.username !== "" || url.password !== "") throw refused("it carries a user name");
  if (!config.upstream.redirectHosts.includes(url.host)) {
    throw refused("its host is not in upstream.redirectHosts");
  }
}

/** A listed name may still resolve to this machine or to a metadata service. */
function outsideOnly(isSandbox: boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const isInside = ({ address }: LookupAddress): boolean =>
        isLinkLocal(address) || (!isSandbox && isLoopback(address));
      const outside = error === null ? addresses.filter((one) => !isInside(one)) : [];
      const [first] = outside;
      if (first === undefined) done(error ?? new Error("the host resolves to an address inside"), "", 4);
      else if (options.all === true) done(null, outside);
      else done(null, first.address, first.family);
    });
  };
}

function refused(why: string): GateError {
  return new GateError("GH_UPSTREAM_REDIRECT", { why });
}
