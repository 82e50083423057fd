// The same comparison over 5,000 pushes: `npm run test:differential`. A failure names its seed and push.
import { describe, expect, it } from "@jest/globals";
import { comparePushes } from "./compare.ts";

describe("the push reader and git", () => {
  it.each([101, 103, 105, 107, 109])("agree about 1,000 pushes of seeds %i and the next", async (seed) => {
    const tallies = await Promise.all([comparePushes(seed, 500), comparePushes(seed + 1, 500)]);
    for (const tally of tallies) {
      expect(tally.accepted + tally.refused).toBe(500);
      expect(tally.compared).toBeGreaterThan(150);
    }
  });
});
