// Where a browser may be sent with a code: programs on the person's own machine, and VS Code. Nothing else, ever.

const maxLength = 600;
const port = "(?::[1-9][0-9]{0,4})?";
/** RFC 8252, 7.3: any port. Only plain characters, so that no two parsers can read it differently. */
const loopback = new RegExp(
  `^http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(${port})((?:/[A-Za-z0-9._~-]*)*(?:\\?[A-Za-z0-9._~%=&-]*)?)$`,
);
const vsCodeWeb = ["https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"];
const vsCodeScheme =
  /^vscode(?:-insiders)?:\/\/vscode\.github-authentication\/did-authenticate(?:\?[A-Za-z0-9._~%=&-]*)?$/;

export function isLoopbackRedirect(claimed: string): boolean {
  const found = claimed.length <= maxLength ? loopback.exec(claimed) : null;
  if (found === null) return false;
  const number = Number((found[2] ?? "").slice(1));
  return number <= 65_535 && !isClimbing(found[3] ?? "");
}

/** VS Code's own: the page that leads back to the editor, or the editor's own scheme. */
export function isVsCodeRedirect(claimed: string): boolean {
  return claimed.length <= maxLength && (vsCodeWeb.includes(claimed) || vsCodeScheme.test(claimed));
}

/** The same address, or the same on another port where it is this machine's own. */
export function isSameRedirect(claimed: string, registered: string): boolean {
  if (claimed === registered) return true;
  const [one, other] = [loopback.exec(claimed), loopback.exec(registered)];
  return one !== null && other !== null && one[1] === other[1] && one[3] === other[3];
}

/** `redirect` with these parameters added; it has no fragment. */
export function withParameters(redirect: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  return `${redirect}${redirect.includes("?") ? "&" : "?"}${query}`;
}

function isClimbing(pathAndQuery: string): boolean {
  return (pathAndQuery.split("?", 1)[0] ?? "").split("/").some((part) => part === "." || part === "..");
}
