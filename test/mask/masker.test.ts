// What a masker is made of: the gateway's credentials, and everything else unless told otherwise.
import { describe, expect, it } from "@jest/globals";
import { createMasker } from "../../lambda/mask/masker.ts";
import { credential } from "./run.ts";
import { checkedToken, stars } from "./samples.ts";

const token = checkedToken("ghp_");

describe("createMasker", () => {
  it("masks its credentials and nothing else when told so", () => {
    const masker = createMasker({ literals: [credential], literalsOnly: true });
    expect(masker.mask(`${credential} ${token}`).text).toBe(
      `${stars(Buffer.byteLength(credential))} ${token}`,
    );
    expect(masker.find(Buffer.from(token))).toEqual([]);
  });

  it("masks known kinds without any credential", () => {
    expect(createMasker({ literals: [] }).mask(token).text).toBe(`ghp_${stars(36)}`);
  });

  it("changes nothing when there is nothing to look for", () => {
    const text = `${token} \\u0067 %67`;
    expect(createMasker({ literals: [], literalsOnly: true }).mask(text).text).toBe(text);
  });

  it("keeps the prefix of a credential that has a known one", () => {
    const masker = createMasker({ literals: [token], literalsOnly: true });
    expect(masker.mask(token).text).toBe(`ghp_${stars(36)}`);
  });

  it("takes a credential of 8 characters and refuses one of 7, which innocent text may hold", () => {
    expect(() => createMasker({ literals: ["a".repeat(8)] })).not.toThrow();
    expect(() => createMasker({ literals: ["a".repeat(7)] })).toThrow("at least 8");
  });
});
