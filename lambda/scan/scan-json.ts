// Searches the JSON body of a REST write for secrets and returning masks, base64 file contents opened.
import type { SecretFinding } from "../model/change.ts";
import type { Masker } from "../model/masking.ts";
import { textsInJson } from "./json-texts.ts";
import { search } from "./secrets.ts";

const findingLimit = 100;

/** Findings name the place as `tree[0].content`, with the line inside that text. */
export function scanJson(
  json: unknown,
  masker: Masker,
): { secrets: readonly SecretFinding[]; maskedValues: readonly SecretFinding[] } {
  const secrets: SecretFinding[] = [];
  const maskedValues: SecretFinding[] = [];
  textsInJson(json, (text, path) => {
    let isSecret = false;
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    for (const { kind, line, isCertain, isMask } of search(bytes, masker)) {
      if (!isMask) isSecret = true;
      const findings = isMask ? maskedValues : secrets;
      const finding: SecretFinding = { kind, isCertain, line, ...(path !== "" && { path }) };
      // A certain finding goes to the front: it is the one that a refusal names, and no flood pushes it out.
      if (isCertain && findings[0]?.isCertain === false) findings.unshift(finding);
      else if (findings.length < findingLimit) findings.push(finding);
    }
    return isSecret;
  });
  return { secrets, maskedValues };
}
