import { describe, expect, it } from "@jest/globals";
import { planSentence } from "../../lambda/approval/sentence.ts";
import type { RefChange } from "../../lambda/model/action.ts";
import type { PlanSubstance } from "../../lambda/model/plan.ts";
import { alice, aPlan, oids } from "./a-plan.ts";

function change(ref: string, more: Partial<RefChange> = {}): RefChange {
  return { ref, change: "update", old: oids.old, new: oids.new, force: "no", ...more };
}
const main = change("refs/heads/main");
const commitOnMain = change("refs/heads/main", { new: undefined });
const zero = "0".repeat(40);

describe("planSentence", () => {
  it.each<[string, Partial<PlanSubstance>]>([
    ["main of acme/app moves from a1b2c3d to 9f8e7d6", { refs: [main] }],
    [
      "main of acme/app moves from a1b2c3d to 9f8e7d6",
      { operation: "graphql/updateRef", refs: [main], parameters: { mutations: "updateRef" } },
    ],
    [
      "main of acme/app moves from a1b2c3d to 9f8e7d6, rewriting its history",
      { refs: [{ ...main, force: "yes" }] },
    ],
    [
      "release/2.0 of acme/app is created at 9f8e7d6",
      { refs: [change("refs/heads/release/2.0", { change: "create", old: zero })] },
    ],
    [
      "release/2.0 of acme/app is deleted (it points to a1b2c3d)",
      { refs: [change("refs/heads/release/2.0", { change: "delete", new: zero })] },
    ],
    ["tag v1 of acme/app is created at 9f8e7d6", { refs: [change("refs/tags/v1", { change: "create" })] }],
    [
      "2 refs of acme/app change together: main moves from a1b2c3d to 9f8e7d6; tag v1 is created at 9f8e7d6",
      { refs: [main, change("refs/tags/v1", { change: "create" })] },
    ],
    [
      "README.md is written to main of acme/app in a new commit, on top of a1b2c3d",
      {
        operation: "repos/create-or-update-file-contents",
        refs: [commitOnMain],
        parameters: { path: "README.md" },
      },
    ],
    [
      "docs/a.md is deleted from main of acme/app in a new commit, on top of a1b2c3d",
      { operation: "repos/delete-file", refs: [commitOnMain], parameters: { path: "docs/a.md" } },
    ],
    [
      "pull request #7 (dev at 9f8e7d6) is merged into main of acme/app, on top of a1b2c3d",
      {
        operation: "pulls/merge",
        refs: [commitOnMain],
        parameters: { pull_number: "7", head: "dev", head_sha: oids.new },
      },
    ],
    [
      "the branch of pull request #7, dev of acme/app, is brought up to date with its base",
      {
        operation: "pulls/update-branch",
        refs: [change("refs/heads/dev", { old: undefined, new: undefined })],
        parameters: { pull_number: "7" },
      },
    ],
    [
      "dev is merged into main of acme/app, on top of a1b2c3d",
      { operation: "repos/merge", refs: [commitOnMain], parameters: { head: "dev" } },
    ],
    [
      "main of acme/app is brought up to date with its upstream repository, on top of a1b2c3d",
      { operation: "repos/merge-upstream", refs: [commitOnMain] },
    ],
    [
      "main of acme/app is renamed to old",
      {
        operation: "repos/rename-branch",
        refs: [
          change("refs/heads/main", { change: "delete" }),
          change("refs/heads/old", { change: "create" }),
        ],
      },
    ],
    ["“Push” is carried out in acme/app, changing main", { operation: "repos/something-new", refs: [main] }],
    ["“Push” is carried out in acme/app", { operation: "actions/create-workflow-dispatch", refs: [] }],
  ])("%s", (what, substance) => {
    expect(planSentence(aPlan({}, substance))).toBe(`If you approve, ${what}, as alice, once.`);
  });

  it("names characters that nobody can see, or that turn text around", () => {
    const plan = aPlan(
      { requester: { ...alice, login: "al\u202eice", claimedClient: "" } },
      { refs: [change("refs/heads/ma\u200bin\u001b[31m")] },
    );
    expect(planSentence(plan)).toBe(
      "If you approve, ma<U+200B>in<U+001B>[31m of acme/app moves from a1b2c3d to 9f8e7d6, as al<U+202E>ice, once.",
    );
  });
});
