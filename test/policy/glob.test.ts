// POLICY-07: a pattern that is not anchored, or whose star crosses a slash, protects or opens something else than it says.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { globMatches } from "../../lambda/policy/glob.ts";

describe("globMatches", () => {
  it.each([
    ["main", "main", true],
    ["main", "main2", false],
    ["main", "not-main", false],
    ["main", "Main", false],
    ["release/*", "release/2.0", true],
    ["release/*", "release/", true],
    ["release/*", "release", false],
    ["release/*", "release/2.0/fix", false],
    ["release/*", "release/../main", false],
    ["release/**", "release/2.0/fix", true],
    ["release/**/*", "release/2.0/fix", true],
    ["*", "main", true],
    ["*", "release/2.0/fix", true],
    ["**", "release/2.0/fix", true],
    ["*-stable", "v2-stable", true],
    ["*-stable", "x/v2-stable", false],
    ["v*.*", "v1.2", true],
    ["v*.*", "v12", false],
    ["a.c", "abc", false],
    ["acme/*", "acme/app", true],
    ["acme/*", "evil-acme/app", false],
    ["acme/*", "acme/app/x", false],
  ])("%j against %j is %j", (pattern, name, expected) => {
    expect(globMatches(pattern, name)).toBe(expected);
  });

  it("a pattern without a star matches itself and nothing else", () => {
    const text = fc.string().filter((one) => !one.includes("*"));
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        expect(globMatches(pattern, name)).toBe(pattern === name);
      }),
    );
  });

  it("agrees with the anchored regular expression that says the same", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 10 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const source =
          pattern === "*" ? ".*" : pattern.replace(/\*+/g, (stars) => (stars.length > 1 ? ".*" : "[^/]*"));
        expect(globMatches(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it("a pattern of many stars answers for a long name without trying every split", () => {
    // A backtracking matcher would not come back from this.
    expect(globMatches(`${"*a".repeat(40)}b`, "a".repeat(5_000))).toBe(false);
  });
});
