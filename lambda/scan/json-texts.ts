// Walks the texts of a JSON body: every key and string, and what base64 file contents hold.
import type { Bytes } from "../model/http.ts";
import { unavailable } from "./unsound.ts";

/** Far beyond what the door accepts; a guard for callers that come another way. */
const depthLimit = 200;

/** `look` says whether the text itself is a secret: a key that is one must not become part of a place. */
export function textsInJson(json: unknown, look: (text: string | Bytes, place: string) => boolean): void {
  const walk = (value: unknown, place: string, key: string, isEncoded: boolean, depth: number): void => {
    if (depth > depthLimit) throw unavailable(`its JSON is nested deeper than ${depthLimit}`);
    if (typeof value === "string") {
      look(value, place);
      const decoded = isEncoded || key === "content" || key === "contents" ? decode(value) : undefined;
      if (decoded !== undefined) look(decoded, place);
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        walk(item, `${place}[${index}]`, key, isEncoded, depth + 1);
    } else if (typeof value === "object" && value !== null) {
      const entries: [string, unknown][] = Object.entries(value);
      const isBase64 = entries.some(([name, item]) => name === "encoding" && item === "base64");
      for (const [name, item] of entries) {
        const shown = look(name, place) ? "?" : name;
        walk(item, place === "" ? shown : `${place}.${shown}`, name, isBase64, depth + 1);
      }
    }
  };
  walk(json, "", "", false, 0);
}

/** GitHub takes base64 with line breaks, in either alphabet. */
function decode(text: string): Bytes | undefined {
  const bare = text.replace(/\s+/g, "");
  return bare.length >= 8 && /^[A-Za-z0-9+/_-]*={0,2}$/.test(bare) ? Buffer.from(bare, "base64") : undefined;
}
