// Searches the JSON body of a REST write for secrets and returning masks, base64 file contents opened.
import type { SecretFinding } from "../model/change.ts";
import type { Masker } from "../model/masking.ts";
import { search } from "./secrets.ts";
import { unavailable } from "./unsound.ts";

/** Far beyond what the door accepts; a guard for callers that come another way. */
const depthLimit = 200;
const findingLimit = 100;

/** Findings name the place as `tree[0].content`, with the line inside that text. */
export function scanJson(
  json: unknown,
  masker: Masker,
): { secrets: readonly SecretFinding[]; maskedValues: readonly SecretFinding[] } {
  const secrets: SecretFinding[] = [];
  const maskedValues: SecretFinding[] = [];
  const look = (text: string | Uint8Array, path: string): void => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    for (const { kind, line, isCertain, isMask } of search(bytes, masker)) {
      const findings = isMask ? maskedValues : secrets;
      const finding: SecretFinding = { kind, isCertain, line, ...(path !== "" && { path }) };
      // A certain finding goes to the front: it is the one that a refusal names, and no flood pushes it out.
      if (isCertain && findings[0]?.isCertain === false) findings.unshift(finding);
      else if (findings.length < findingLimit) findings.push(finding);
    }
  };
  const walk = (value: unknown, path: string, key: string, isEncoded: boolean, depth: number): void => {
    if (depth > depthLimit) throw unavailable(`its JSON is nested deeper than ${depthLimit}`);
    if (typeof value === "string") {
      look(value, path);
      const decoded = isEncoded || key === "content" || key === "contents" ? decode(value) : undefined;
      if (decoded !== undefined) look(decoded, path);
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`, key, isEncoded, depth + 1);
    } else if (typeof value === "object" && value !== null) {
      const entries: [string, unknown][] = Object.entries(value);
      const isBase64 = entries.some(([name, item]) => name === "encoding" && item === "base64");
      for (const [name, item] of entries) {
        const before = secrets.length;
        look(name, path);
        // A key that is itself a secret must not become part of a path.
        const shown = secrets.length > before ? "?" : name;
        walk(item, path === "" ? shown : `${path}.${shown}`, name, isBase64, depth + 1);
      }
    }
  };
  walk(json, "", "", false, 0);
  return { secrets, maskedValues };
}

/** GitHub takes base64 with line breaks, in either alphabet. */
function decode(text: string): Buffer | undefined {
  const bare = text.replace(/\s+/g, "");
  return bare.length >= 8 && /^[A-Za-z0-9+/_-]*={0,2}$/.test(bare) ? Buffer.from(bare, "base64") : undefined;
}
