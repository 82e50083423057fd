// What our push reader says changes is what the real `git receive-pack` changes, for sound and for damaged pushes.
import { describe, expect, it } from "@jest/globals";
import { comparePushes } from "./compare.ts";

describe("the push reader and git", () => {
  it("agree about every ref and every file of 200 generated pushes, half of them damaged", async () => {
    const tallies = await Promise.all([comparePushes(1, 100), comparePushes(2, 100)]);
    for (const tally of tallies) {
      expect(tally.accepted + tally.refused).toBe(100);
      // Otherwise nothing would have been compared.
      expect(tally.landed).toBeGreaterThan(25);
      expect(tally.compared).toBeGreaterThan(25);
      expect(tally.refused).toBeGreaterThan(25);
      expect(tally.agreed).toBeGreaterThan(0);
    }
  }, 120_000);
});
