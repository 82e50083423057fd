// Reads the small JSON bodies of the reviewer API: one media type, one shape, no unknown keys.
import { Buffer } from "node:buffer";
import * as z from "zod";
import { GateError } from "../model/errors.ts";
import { headerValues, type Bytes, type GatewayRequest } from "../model/http.ts";

export const maxBodyBytes = 16 * 1024;

const reason = z.string().trim().min(1, "a reason is required").max(2000, "at most 2000 characters");

export const decisionBody = z.strictObject({
  decision: z.enum(["approve", "deny"]),
  reason,
  planHash: z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits"),
});

export const revealBody = z.strictObject({
  path: z.string().min(1).max(4096).optional(),
  ref: z.string().min(1).max(1024).optional(),
  line: z.int().min(1).optional(),
  reason,
});

export const stopBody = z.strictObject({ reason });

/** A REST call, a GraphQL document or a push that somebody asks about. */
export const draftBody = z.union([
  z.strictObject({
    method: z.string().regex(/^[A-Z]{1,20}$/, "letters A to Z"),
    path: z
      .string()
      .max(2000)
      .regex(/^\/[\x21-\x7e]*$/, "a path, encoded as on the wire"),
    body: z.string().exactOptional(),
  }),
  z.strictObject({
    push: z.string().regex(/^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/, "a repository as owner/name"),
    refspecs: z.array(z.string().min(1).max(1024)).min(1).max(50),
  }),
]);

/** What GitHub's redirect carried: its code, and the state that we gave it. */
export const linkBody = z.strictObject({
  code: z.string().regex(/^[A-Za-z0-9._~-]{1,512}$/, "GitHub's code"),
  state: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "what the start gave"),
});

/** For calls that take nothing. */
export const emptyBody = z.strictObject({});

/** Fits the schema, or GH_BAD_DECISION / GH_UNSUPPORTED_MEDIA / GH_BODY_TOO_LARGE. */
export async function readJson<S extends z.ZodType>(
  request: GatewayRequest,
  schema: S,
): Promise<z.output<S>> {
  const types = headerValues(request.headers, "content-type");
  const actual = types.join(", ");
  // Cross-site forms cannot send this type without a preflight, so it is a second lock beside Origin and CSRF.
  if (types.length !== 1 || !/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(actual)) {
    throw new GateError("GH_UNSUPPORTED_MEDIA", { actual: actual || "none", expected: "application/json" });
  }
  const text = decode(await readAll(request));
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new GateError("GH_BAD_DECISION", { why: why.join("; ").slice(0, 500) });
}

async function readAll(request: GatewayRequest): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) {
      throw new GateError("GH_BODY_TOO_LARGE", {
        limit: String(maxBodyBytes),
        operation: "a call to the console",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GateError("GH_BAD_DECISION", { why: "the body is not UTF-8" }, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GateError("GH_BAD_DECISION", { why: "the body is not JSON" }, { cause });
  }
}
