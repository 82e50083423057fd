// Entity tags that change with the masking rules: an answer cached before a rule existed must not live on unmasked.
/** Raise this whenever masking changes what an unchanged body looks like. */
export const maskVersion = "2";

const suffix = `-gh${maskVersion}`;
// RFC 9110, 8.8.3
const tag = /(W\/)?"([\x21\x23-\x7e]*)"/g;

/** GitHub's tag as the client sees it: `"abc"` becomes `"abc-gh1"`. */
export function versionedTag(etag: string): string {
  return etag.replace(tag, (_whole, weak: string | undefined, opaque: string) => {
    return `${weak ?? ""}"${opaque}${suffix}"`;
  });
}

/** The client's If-None-Match or If-Match as GitHub knows it. Tags of other mask versions are dropped. */
export function unversionedTags(value: string): string {
  if (value.trim() === "*") return "*";
  return [...value.matchAll(tag)]
    .filter(([, , opaque = ""]) => opaque.endsWith(suffix))
    .map(([, weak = "", opaque = ""]) => `${weak}"${opaque.slice(0, -suffix.length)}"`)
    .join(", ");
}
