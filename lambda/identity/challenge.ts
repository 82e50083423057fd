// What a 401 asks for: Basic, so that every git finds its credential helper, and Bearer with our metadata for MCP.
import type { Config } from "../model/config.ts";
import type { HeaderList } from "../model/http.ts";

/** The WWW-Authenticate fields of every 401. Basic is always among them: git 2.39 gives up without it. */
export function challenge(config: Pick<Config, "gateway">): HeaderList {
  return [
    ["WWW-Authenticate", 'Basic realm="gatehouse"'],
    // RFC 9728, 5.1
    [
      "WWW-Authenticate",
      `Bearer realm="gatehouse", resource_metadata="${config.gateway.url}/.well-known/oauth-protected-resource"`,
    ],
  ];
}
