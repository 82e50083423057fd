// Open redirects: a link to the console must not be able to send people elsewhere after they signed in.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { localPath } from "../../lambda/identity/return-path.ts";

describe("the way back after signing in", () => {
  it.each(["/", "/approvals/pln_1", "/sessions?user=alice&day=2030-01-01", "/approvals/pln_1#diff", "/a//b"])(
    "keeps the local path %s",
    (path) => {
      expect(localPath(path)).toBe(path);
    },
  );

  it.each([
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/a b",
    '/"><script>',
    "/'x",
    "/é",
    "",
    " /",
    `/${"x".repeat(2000)}`,
  ])("leads to the front page instead of %j [APPROVAL-08]", (path) => {
    expect(localPath(path)).toBe("/");
  });

  it("stays on the console for any text, as a browser resolves it", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      ".",
      "..",
      "%2e",
      "%2f",
      "%5c",
      "evil.example",
      ":",
      "@",
      "?",
      "#",
      "\t",
      "a",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
        (text) => {
          const url = new URL(localPath(text), "https://console.example/sign-in/callback");
          expect(url.origin).toBe("https://console.example");
          expect(url.href.startsWith("https://console.example//")).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
