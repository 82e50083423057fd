// Tells a broken connection from a whole answer: what was cut short must never look complete.
import { errors } from "undici";
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream } from "../model/http.ts";

/** What went wrong, in the catalogue's words. The cause is a code only: library errors may quote what was sent. */
export function broken(error: unknown, signal: AbortSignal): GateError {
  const refusal = [error, signal.aborted ? signal.reason : undefined, causeOf(error)].find(
    (one) => one instanceof GateError,
  );
  if (refusal !== undefined) return refusal;
  const isTimeout =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  return new GateError(
    isTimeout ? "GH_UPSTREAM_TIMEOUT" : "GH_UPSTREAM_UNREACHABLE",
    {},
    { cause: codeOf(error) },
  );
}

/** The same stream; a break in it is a GateError. Leaving early closes the connection. */
export async function* unbroken(source: ByteStream, signal: AbortSignal): AsyncGenerator<Bytes> {
  try {
    for await (const chunk of source) yield chunk;
  } catch (error) {
    throw broken(error, signal);
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
