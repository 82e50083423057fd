// What API Gateway itself says when our code is not asked: in GitHub's shape, with what to do next.
import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";

interface Said {
  readonly id: string;
  readonly type: ResponseType;
  readonly status: string;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const notSent = "Nothing was sent to GitHub.";

function all(challenge: string): readonly Said[] {
  return [
    {
      id: "Unauthorized",
      type: ResponseType.UNAUTHORIZED,
      status: "401",
      code: "GH_NO_CREDENTIAL",
      message: `Sign in with your company account: no token was sent, or it is not valid any more. ${notSent}`,
      // Lambda's own WWW-Authenticate would arrive renamed, and git would then never ask for a credential.
      headers: { "WWW-Authenticate": challenge },
    },
    {
      id: "AccessDenied",
      type: ResponseType.ACCESS_DENIED,
      status: "403",
      code: "GH_SESSION_STOPPED",
      message: `This session was stopped. ${notSent}`,
    },
    {
      id: "TooLarge",
      type: ResponseType.REQUEST_TOO_LARGE,
      status: "413",
      code: "GH_BODY_TOO_LARGE",
      message: `The request is too large for this gateway: about 4.4 MB of push, or 5.9 MB of text. Push in smaller steps. ${notSent}`,
    },
    {
      id: "NoSuchPath",
      type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
      status: "404",
      code: "GH_UNKNOWN_PATH",
      message: `This gateway serves no such path. ${notSent}`,
    },
    {
      id: "Throttled",
      type: ResponseType.THROTTLED,
      status: "429",
      code: "GH_INTERNAL",
      message: `The gateway is taking too many requests. Try again shortly. ${notSent}`,
      headers: { "Retry-After": "5" },
    },
    {
      id: "AuthorizerFailed",
      type: ResponseType.AUTHORIZER_FAILURE,
      status: "503",
      code: "GH_INTERNAL",
      message: `The gateway could not check who you are. Try again shortly. ${notSent}`,
    },
    {
      id: "Blocked",
      type: ResponseType.WAF_FILTERED,
      status: "403",
      code: "GH_DENIED",
      message: `The firewall before the gateway refused the request. ${notSent}`,
    },
    {
      id: "TimedOut",
      type: ResponseType.INTEGRATION_TIMEOUT,
      status: "504",
      code: "GH_UPSTREAM_TIMEOUT",
      message:
        "The gateway did not answer in time. A write may have reached GitHub: look before you try again. The record knows.",
    },
    {
      id: "Failed",
      type: ResponseType.DEFAULT_5XX,
      status: "502",
      code: "GH_INTERNAL",
      message:
        "The gateway failed, or the request was larger than about 4.4 MB of push. A write may have reached GitHub: look before you try again. The record knows.",
    },
  ];
}

/** `gatewayUrl` may be a token. */
export function addGatewayResponses(api: RestApi, gatewayUrl: string): void {
  const metadata = `${gatewayUrl}/.well-known/oauth-protected-resource`;
  // One field with both: of two equal names API Gateway keeps one. Basic first, git 2.39 gives up without it.
  const challenge = `Basic realm="gatehouse", Bearer realm="gatehouse", resource_metadata="${metadata}"`;
  for (const { id, type, status, code, message, headers = {} } of all(challenge))
    api.addGatewayResponse(id, {
      type,
      statusCode: status,
      responseHeaders: Object.fromEntries(
        Object.entries({
          "Cache-Control": "no-store",
          "X-Content-Type-Options": "nosniff",
          "Content-Security-Policy": "sandbox; default-src none",
          ...headers,
        }).map(([name, value]) => [name, `'${value}'`]),
      ),
      templates: {
        "application/json": JSON.stringify({
          message: `${message} Reference $context.requestId.`,
          status,
          gatehouse: { code, entry: "$context.requestId" },
        }),
      },
    });
}
