// Where GitHub is, as configured, and where each part of it appears at the gateway.
import type { UpstreamName } from "../model/action.ts";
import type { Config } from "../model/config.ts";

export interface Base {
  readonly name: UpstreamName;
  /** Without a slash at the end. */
  readonly upstream: string;
  readonly gateway: string;
}

const gatewayPaths: readonly (readonly [Exclude<UpstreamName, "graphql">, string])[] = [
  ["api", "/api/v3"],
  ["git", ""],
  ["uploads", "/api/uploads"],
  ["raw", "/raw"],
  ["capi", "/capi"],
  ["mcp", "/mcp"],
];

/** All configured bases, longest first: one server may carry several, one below the other. */
export function basesOf(config: Pick<Config, "upstream" | "gateway">): readonly Base[] {
  return gatewayPaths
    .flatMap(([name, path]) => {
      const upstream = config.upstream[name];
      return upstream === undefined ? [] : [{ name, upstream, gateway: config.gateway.url + path }];
    })
    .sort((a, b) => b.upstream.length - a.upstream.length);
}

/** What may follow a base without making it another host or path. `{` opens a URI template. */
const boundary = /^(?:[/?#{]|$)/;

/** The same address at the gateway; undefined when it is not below one of the bases. */
export function atGateway(address: string, bases: readonly Base[]): string | undefined {
  for (const { upstream, gateway } of bases) {
    if (address.startsWith(upstream) && boundary.test(address.slice(upstream.length))) {
      return gateway + address.slice(upstream.length);
    }
  }
  return undefined;
}
