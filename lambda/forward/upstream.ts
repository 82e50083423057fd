// Sends requests to GitHub: rebuilt from parsed parts, streamed both ways, never redirected, never answered half.
import { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import type { UpstreamName, UpstreamRequest } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { HeaderList } from "../model/http.ts";
import type { Credential, Upstream, UpstreamAnswer } from "../model/ports.ts";
import { broken, unbroken } from "./breaks.ts";
import { upstreamUrl } from "./hosts.ts";
import { outboundHeaders } from "./outbound-headers.ts";
import { rawFields } from "./raw-fields.ts";
import { requestPath } from "./request-path.ts";
import { type Connect, createAnonymousReader } from "./anonymous.ts";

const connectTimeoutMs = 10_000;
const connectionsPerOrigin = 128;

export interface UpstreamPorts {
  readonly config: Config;
  /** Opens connections; undici's own by default. */
  readonly connect?: Connect;
  /** Told of each credential before it is used. */
  readonly uses?: (credential: Credential) => void;
}

export interface ClosableUpstream extends Upstream {
  readonly anonymous: NonNullable<Upstream["anonymous"]>;
  close(): Promise<void>;
}

/** Throws at once when a configured address is not one that credentials may be sent to. */
export function createUpstream({ config, connect, uses }: UpstreamPorts): ClosableUpstream {
  const timeouts = {
    headersTimeout: config.limits.upstreamHeadersMs,
    bodyTimeout: config.limits.upstreamIdleMs,
  };
  const bases = new Map<UpstreamName, URL>();
  const pools = new Map<string, Pool>();
  for (const name of ["api", "graphql", "git", "uploads", "raw", "capi", "mcp"] as const) {
    // A GitHub Enterprise Server has GraphQL beside the REST API, github.com below it.
    const address =
      name === "graphql" ? config.upstream.api.replace(/\/api\/v3$/, "/api") : config.upstream[name];
    if (address === undefined) continue;
    const base = upstreamUrl(name, address);
    bases.set(name, base);
    if (!pools.has(base.origin)) pools.set(base.origin, poolFor(base.origin, connect));
  }
  const reader = createAnonymousReader(config, connect, timeouts);

  return {
    async send(request, credential, signal) {
      const base = bases.get(request.upstream);
      const pool = base === undefined ? undefined : pools.get(base.origin);
      if (base === undefined || pool === undefined) {
        throw new GateError("GH_NOT_SERVED", { surface: request.upstream });
      }
      const path = requestPath(base, request);
      const sendWith = async (used: Credential): Promise<Dispatched> => {
        uses?.(used);
        const headers = outboundHeaders(request, used.authorization(request.upstream));
        const answer = await dispatched(pool, request, { path, headers, signal, ...timeouts });
        used.heard?.(answer.headers);
        return answer;
      };
      const answer = await sendWith(credential);
      // Whoever is not known has changed nothing: with a token that was rotated meanwhile it is asked once more.
      const renewed = answer.status === 401 ? await afterRefusal(credential, answer) : undefined;
      if (renewed === undefined || request.body.is === "stream") return answer;
      await answer.drop();
      return sendWith(renewed);
    },
    anonymous: (url, signal, call) => reader.read(url, signal, call),
    async close() {
      await Promise.all([...pools.values(), reader].map((one) => one.close()));
    },
  };
}

async function afterRefusal(credential: Credential, answer: Dispatched): Promise<Credential | undefined> {
  try {
    return await credential.refused?.();
  } catch (error) {
    await answer.drop();
    throw error;
  }
}

function poolFor(origin: string, connect: Connect | undefined): Pool {
  return new Pool(origin, {
    connections: connectionsPerOrigin,
    // HTTP/1.1, one request at a time on a connection: a broken answer can never run into another.
    pipelining: 1,
    allowH2: false,
    connect: connect ?? { timeout: connectTimeoutMs },
    strictContentLength: true,
  });
}

interface Wire {
  readonly path: string;
  readonly headers: HeaderList;
  readonly signal: AbortSignal;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

interface Dispatched extends UpstreamAnswer {
  /** Leaves its body unread. */
  drop(): Promise<void>;
}

async function dispatched(pool: Dispatcher, request: UpstreamRequest, wire: Wire): Promise<Dispatched> {
  const { headers, ...rest } = wire;
  const body = bodyOf(request);
  try {
    const answer = await pool.request({
      ...rest,
      method: request.method,
      headers: headers.flat(),
      body,
      responseHeaders: "raw",
      // A write may have arrived although its answer did not: never sent twice.
      idempotent: false,
      blocking: true,
      expectContinue: false,
    });
    return {
      status: answer.statusCode,
      headers: rawFields(answer.headers),
      body: unbroken(answer.body, wire.signal),
      drop: () => answer.body.dump(),
    };
  } catch (error) {
    throw broken(error, wire.signal);
  }
}

function bodyOf({ body }: UpstreamRequest): Uint8Array | Readable | null {
  switch (body.is) {
    case "none":
      return null;
    case "bytes":
      return body.bytes;
    case "stream":
      // One chunk ahead, no more: the client feels GitHub's pace.
      return Readable.from(body.stream, { highWaterMark: 1 });
  }
}
