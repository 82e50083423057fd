// Which fields of GitHub's answer a client sees, and where the addresses in them lead.
import { describe, expect, it } from "@jest/globals";
import { answerHeaders } from "../../lambda/forward/answer-headers.ts";
import { unversionedTags, versionedTag } from "../../lambda/forward/etags.ts";
import { type HeaderList, header } from "../../lambda/model/http.ts";
import { configFor, gateway } from "./stand-in.ts";

const config = configFor({});
const passed = (headers: HeaderList) => answerHeaders({ headers }, { config, surface: "rest" });
const value = (name: string, text: string) => header(passed([[name, text]]), name);

describe("a client sees", () => {
  it("what clients work with", () => {
    const headers: HeaderList = [
      ["Content-Type", "application/json"],
      ["Content-Length", "12"],
      ["X-GitHub-Request-Id", "A1"],
      ["X-RateLimit-Remaining", "59"],
      ["X-OAuth-Scopes", "repo"],
      ["Retry-After", "3"],
      ["Deprecation", "true"],
      ["Sunset", "never"],
      ["Vary", "Accept"],
      ["Last-Modified", "x"],
    ];
    expect(passed(headers)).toEqual(expect.arrayContaining([...headers]));
  });

  it.each([
    "Set-Cookie",
    "Authorization",
    "WWW-Authenticate",
    "Digest",
    "Content-Digest",
    "Repr-Digest",
    "Content-MD5",
    "Signature",
    "X-Goog-Hash",
    "Server",
    "Strict-Transport-Security",
    "Access-Control-Allow-Origin",
    "Transfer-Encoding",
    "Connection",
    "Accept-Ranges",
    "X-Anything-New",
  ])("no %s", (name) => {
    expect(value(name, "x")).toBeUndefined();
  });

  it("repository content with a policy that lets it do nothing, instead of GitHub's", () => {
    const headers = passed([
      ["Content-Security-Policy", "default-src *"],
      ["X-Content-Type-Options", "sniff"],
    ]);
    expect(headers).toEqual([
      ["Content-Security-Policy", "sandbox; default-src 'none'"],
      ["X-Content-Type-Options", "nosniff"],
    ]);
  });

  it("no value with control characters", () => {
    expect(value("ETag", 'W/"a\r\nSet-Cookie: x"')).toBeUndefined();
  });
});

describe("addresses", () => {
  it("in Link lead to the gateway, page links by repository number too", () => {
    const link =
      '<https://api.github.com/repositories/1300192/issues?page=2>; rel="next", <https://api.github.com/repositories/1300192/issues?page=9>; rel="last"';
    expect(value("Link", link)).toBe(link.replaceAll("https://api.github.com", `${gateway}/api/v3`));
  });

  it.each([
    '<https://evil.example/>; rel="next"',
    '<https://api.github.com/x>; rel="next", <https://evil.example/>; rel="last"',
    '<https://api.github.com.evil.example/x>; rel="next"',
    '<https://api.github.com@evil.example/x>; rel="next"',
    '<//evil.example/x>; rel="next"',
  ])("in Link that lead elsewhere remove the field: %s", (link) => {
    expect(value("Link", link)).toBeUndefined();
  });

  it("in Location lead to the gateway, or nowhere", () => {
    expect(value("Location", "https://api.github.com/repositories/7")).toBe(
      `${gateway}/api/v3/repositories/7`,
    );
    expect(value("Location", "https://github.com/acme/app")).toBe(`${gateway}/acme/app`);
    expect(value("Location", "https://evil.example/")).toBeUndefined();
    expect(value("Location", "//evil.example/")).toBeUndefined();
  });
});

describe("entity tags", () => {
  it("carry the version of the masks, and lose it again on the way to GitHub", () => {
    expect(value("ETag", 'W/"abc"')).toBe(versionedTag('W/"abc"'));
    expect(versionedTag('"abc"')).not.toBe('"abc"');
    expect(unversionedTags(`${versionedTag('W/"abc"')}, ${versionedTag('"d"')}`)).toBe('W/"abc", "d"');
    expect(unversionedTags("*")).toBe("*");
  });

  it("from before the present masks are not sent: the answer they stand for was masked differently", () => {
    expect(unversionedTags('"abc", W/"abc-gh0"')).toBe("");
  });

  it("of git answers stay as they are", () => {
    const headers = answerHeaders({ headers: [["ETag", '"abc"']] }, { config, surface: "git" });
    expect(header(headers, "etag")).toBe('"abc"');
  });
});
