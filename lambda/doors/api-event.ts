// An API Gateway proxy event as a plain request, and an answer as the head that API Gateway wants before the body.
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Deadline, type GatewayRequest, type HeaderList } from "../model/http.ts";

/** What a proxy event and an authorizer's event have in common, and a body where there is one. */
export interface HttpEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders: Readonly<Record<string, string[] | undefined>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, string[] | undefined>> | null;
  readonly requestContext: { readonly identity: { readonly sourceIp: string } };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/**
 * `prefix` is what stands before our paths in `event.path` (a custom domain's base path); a stage never does.
 * Nothing is repaired on the way: what can be read in two ways is the flow's to refuse.
 */
export function requestOf(event: HttpEvent, prefix: string, deadline?: Deadline): GatewayRequest {
  const headers = headersOf(event);
  return {
    method: event.httpMethod,
    target: `${pathOf(event.path, prefix)}${queryOf(event.multiValueQueryStringParameters)}`,
    host: (headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "").toLowerCase(),
    headers,
    body: bodyOf(event),
    remoteAddress: event.requestContext.identity.sourceIp,
    // API Gateway never says that a client left.
    signal: new AbortController().signal,
    ...(deadline === undefined ? {} : { deadline }),
  };
}

/** Repeated names stay repeated; the rest are single fields. */
export function headOf({ status, headers }: Pick<Answer, "status" | "headers">): Record<string, unknown> {
  const values = new Map<string, { name: string; all: string[] }>();
  for (const [name, value] of headers) {
    const known = values.get(name.toLowerCase());
    if (known === undefined) values.set(name.toLowerCase(), { name, all: [value] });
    else known.all.push(value);
  }
  const fields = [...values.values()];
  const single = fields.filter(({ all }) => all.length === 1).map(({ name, all }) => [name, all[0]]);
  const repeated = fields.filter(({ all }) => all.length > 1).map(({ name, all }) => [name, all]);
  return {
    statusCode: status,
    headers: Object.fromEntries(single) as unknown,
    multiValueHeaders: Object.fromEntries(repeated) as unknown,
  };
}

/** Percent-encoded as received, according to captures; what no request line may hold is encoded here, escapes stay as they are. */
function pathOf(path: string, prefix: string): string {
  const inside = prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`));
  const own = inside ? path.slice(prefix.length) || "/" : path;
  return own.replace(/[^A-Za-z0-9_.~!$&'()*+,;=:@/%-]/gu, (sign) => encodeURIComponent(sign.toWellFormed()));
}

/** API Gateway decodes names and values once, so they are encoded once. */
function queryOf(parameters: HttpEvent["multiValueQueryStringParameters"]): string {
  const pairs = Object.entries(parameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value) => `${encoded(name)}=${encoded(value)}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function headersOf({ multiValueHeaders, headers }: HttpEvent): HeaderList {
  const single = Object.entries({ ...headers }).map(([name, value]) => [name, [value ?? ""]] as const);
  const all: Record<string, readonly string[] | undefined> = {
    ...Object.fromEntries(single),
    ...multiValueHeaders,
  };
  return Object.entries(all).flatMap(([name, values = []]) => values.map((value) => [name, value] as const));
}

/** As text, bytes that are not UTF-8 arrive replaced: what was decided on would not be what the client sent. */
function bodyOf({ body, isBase64Encoded }: HttpEvent): GatewayRequest["body"] {
  if (isBase64Encoded !== true && body?.includes("\ufffd") === true) return unread();
  const bytes = Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8");
  return bytes.length === 0 ? streamOf() : streamOf(bytes);
}

async function* unread(): AsyncGenerator<Uint8Array> {
  await Promise.reject(new GateError("GH_BAD_BODY", { why: "its bytes were replaced on the way here" }));
  yield new Uint8Array();
}
