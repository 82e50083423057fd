// The gateway's own credentials change while it runs: each is masked from its first use on.
import { describe, expect, it } from "@jest/globals";
import { createLearningMasker } from "../../lambda/mask/learning-masker.ts";

const secret = (name: string): string => ["own", "secret", name].join("-");

describe("a learning masker", () => {
  it("masks what it learned beside what it knew", () => {
    const masker = createLearningMasker({ literals: [secret("old")], literalsOnly: true });
    masker.learn([secret("new")]);
    const { text } = masker.mask(`a ${secret("old")} b ${secret("new")} c`);
    expect(text).toBe(`a ${"*".repeat(14)} b ${"*".repeat(14)} c`);
  });

  it("does not mask what it has not learned", () => {
    const masker = createLearningMasker({ literals: [secret("old")], literalsOnly: true });
    expect(masker.mask(secret("new")).text).toBe(secret("new"));
  });

  it("forgets the oldest that it learned, never the newest, and never what it knew at its start", () => {
    const masker = createLearningMasker({ literals: [secret("0")], literalsOnly: true });
    for (let at = 1; at <= 201; at += 1) masker.learn([secret(String(at))]);
    const shown = [0, 1, 2, 201].map((at) => masker.mask(` ${secret(String(at))} `).text.includes("own-"));
    expect(shown).toEqual([false, true, false, false]);
  });
});
