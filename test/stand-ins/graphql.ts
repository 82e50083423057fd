// GraphQL through a running gateway, as a client with one token would send it.
import type { ApiAnswer, CallOptions, GatewayUnderTest } from "./gateway.ts";

export interface GraphQLAnswer extends ApiAnswer {
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly {
    readonly message: string;
    readonly type: string;
    readonly extensions?: {
      readonly gatehouse: { readonly code: string; readonly plan?: string; readonly link?: string };
    };
  }[];
  /** The gateway's own code, when it was the gateway that said no. */
  readonly code: string | undefined;
}

export async function graphql(
  gateway: GatewayUnderTest,
  login: string,
  body: unknown,
  options: CallOptions = {},
): Promise<GraphQLAnswer> {
  const token = await gateway.token(login, options.session === undefined ? {} : { session: options.session });
  const answer = await fetch(`${gateway.gateway}/api/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...options.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = JSON.parse(text) as Partial<Pick<GraphQLAnswer, "data" | "errors">>;
  const errors = json.errors ?? [];
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json,
    data: json.data,
    errors,
    code: errors[0]?.extensions?.gatehouse.code,
  };
}

/** The GraphQL mutations that really reached the sandbox's GitHub. */
export async function mutationsUpstream(gateway: GatewayUnderTest): Promise<readonly string[]> {
  const requests = (await gateway.upstream()) as readonly { readonly graphql?: string }[];
  return requests.flatMap(({ graphql: named }) => (named?.startsWith("mutation") === true ? [named] : []));
}
