// The answers that the console gives, each with the headers that keep repository text from acting as a reviewer.
import { Buffer } from "node:buffer";
import type { ApiError } from "../model/api.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes, type HeaderList } from "../model/http.ts";

/** No inline code, no foreign origin, no frame, and no string ever becomes markup (trusted types). */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What an agent wrote stays inert, whatever it claims to be. */
const inertPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

const everywhere: HeaderList = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  // Not "no-referrer": browsers would then send `Origin: null`, which the cross-site check refuses.
  ["Referrer-Policy", "same-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
];

function answer(status: number, headers: HeaderList, bytes: Bytes): Answer {
  return {
    status,
    headers: [...everywhere, ...headers, ["Content-Length", String(bytes.byteLength)]],
    body: bytes.byteLength === 0 ? streamOf() : streamOf(bytes),
  };
}

export function json(value: unknown, status = 200, extra: HeaderList = []): Answer {
  return answer(
    status,
    [
      ["Content-Type", "application/json; charset=utf-8"],
      ["Cache-Control", "no-store"],
      ["Content-Security-Policy", inertPolicy],
      ...extra,
    ],
    Buffer.from(JSON.stringify(value)),
  );
}

export function page(html: Bytes, status = 200): Answer {
  return answer(
    status,
    [
      ["Content-Type", "text/html; charset=utf-8"],
      ["Cache-Control", "no-cache"],
      ["Content-Security-Policy", pagePolicy],
    ],
    html,
  );
}

/** Names of assets carry a hash of their content, so that they never change. */
export function asset(file: { readonly bytes: Bytes; readonly type: string }): Answer {
  return answer(
    200,
    [
      ["Content-Type", file.type],
      ["Cache-Control", "public, max-age=31536000, immutable"],
      ["Content-Security-Policy", inertPolicy],
    ],
    file.bytes,
  );
}

/** A recorded, masked body: never served under a type that a browser would run or render. */
export function recordedBody(
  body: { readonly mediaType: string; readonly bytes: Bytes },
  fileName: string,
  isDownload: boolean,
): Answer {
  const { type, extension } = inertType(body.mediaType);
  const isText = extension !== "bin";
  const disposition: HeaderList =
    isDownload || !isText
      ? [["Content-Disposition", `attachment; filename="${fileName}.${extension}"`]]
      : [["Content-Disposition", "inline"]];
  return answer(
    200,
    [
      ["Content-Type", type],
      ["Cache-Control", "no-store"],
      ["Content-Security-Policy", inertPolicy],
      ...disposition,
    ],
    body.bytes,
  );
}

function inertType(mediaType: string): { type: string; extension: "json" | "txt" | "bin" } {
  const bare = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (bare === "application/json" || bare.endsWith("+json"))
    return { type: "application/json; charset=utf-8", extension: "json" };
  if (bare.startsWith("text/") || bare === "application/x-ndjson")
    return { type: "text/plain; charset=utf-8", extension: "txt" };
  return { type: "application/octet-stream", extension: "bin" };
}

export function problem(error: GateError, reference: string, extra: HeaderList = []): Answer {
  const body: ApiError = { code: error.code, message: error.message, reference };
  return json(body, error.status, extra);
}

/** The page with one problem to show; the sentence travels in an attribute, the only text ever put into HTML here. */
export function problemPage(html: Bytes, error: GateError, reference: string): Answer {
  const shown = JSON.stringify({ code: error.code, message: error.message, reference });
  const text = Buffer.from(html).toString("utf8");
  const filled = text.replace('data-problem=""', () => `data-problem="${escapeAttribute(shown)}"`);
  return page(Buffer.from(filled), error.status);
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
