// GitHub's token is used and never shown.
import { format, inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { createStaticCredentials } from "../../lambda/forward/credentials.ts";

const token = `ghp_${"x".repeat(36)}`;
const credential = () =>
  createStaticCredentials(token).credential({ subject: "s" }, "read", undefined, "gateway");

describe("the static credential", () => {
  it("is Basic for git and Bearer for everything else", async () => {
    const one = await credential();
    expect(one.authorization("git")).toBe(
      `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
    );
    expect(one.authorization("api")).toBe(`Bearer ${token}`);
    expect(one.kind).toBe("static");
  });

  it("prints as a fingerprint in every way of printing [TOKEN-01]", async () => {
    const one = await credential();
    const printed = [
      format("%s %o %j", one, one, one),
      JSON.stringify({ one }),
      inspect(one, { depth: null, showHidden: true }),
      inspect({ deep: [one] }, { depth: null }),
      JSON.stringify(Object.entries(one)),
      Object.getOwnPropertyNames(one).join(),
    ].join("\n");
    expect(printed).not.toContain(token.slice(4, 16));
    expect(printed).toMatch(/credential sha256:[0-9a-f]{12}/);
  });

  it("names every form in which it must never appear", async () => {
    expect((await credential()).secrets()).toEqual([
      token,
      Buffer.from(`x-access-token:${token}`).toString("base64"),
    ]);
  });

  it.each(["", "a b", "a\r\nX: y", "é"])("cannot be made of %j", (bad) => {
    expect(() => createStaticCredentials(bad)).toThrow("upstream token");
  });
});
