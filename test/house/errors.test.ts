// The error catalogue and its page say the same, and every code is in use.
import { describe, expect, it } from "@jest/globals";
import { catalogue, sentence, type ErrorCode } from "../../lambda/model/errors.ts";
import { filesBelow, textOf } from "./source.ts";

const codes = Object.keys(catalogue) as ErrorCode[];

describe("the error catalogue", () => {
  it("is what docs/errors.md says, code by code", () => {
    const rows = [
      ...textOf("docs/errors.md").matchAll(/^\| <a id="(\w+)"><\/a>`(\w+)` \| (\d+) \| (.+) \|$/gm),
    ].map(([, anchor, code, status, text]) => ({ anchor, code, status: Number(status), text }));
    const expected = codes.map((code) => ({
      anchor: code.toLowerCase(),
      code,
      status: catalogue[code].status,
      text: catalogue[code].text,
    }));
    expect(rows).toEqual(expected);
  });

  it("has no code that nothing throws", () => {
    const sources = [...filesBelow("lambda"), ...filesBelow("bin")]
      .filter((file) => !/^lambda\/model\/[a-z-]*errors\.ts$/.test(file))
      .map(textOf)
      .join("\n");
    expect(codes.filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
  });

  it.each(codes)("%s says what happened and ends with a full stop, an address or its details", (code) => {
    expect(catalogue[code].text).toMatch(/^[A-Z{].*(\.|\}|link\})$/);
  });

  it("fills details into the sentence, and shows a missing one as its name", () => {
    expect(sentence("GH_UNKNOWN_PATH", { path: "/x" })).toContain("nothing at /x on this gateway");
    expect(sentence("GH_UNKNOWN_PATH", {})).toContain("{path}");
  });
});
