// The same conditions hold in GraphQL as in REST: what a text commands, what a review decides, whom the ids name.
import { describe, expect, it } from "@jest/globals";
import { effectWithNodes, mutationEffect } from "../../lambda/classify/mutation-conditions.ts";
import type { MutationField } from "../../lambda/model/action.ts";
import type { NodeFacts } from "../../lambda/model/ports.ts";

const commenting = [
  "addComment",
  "addPullRequestReviewComment",
  "addPullRequestReviewThread",
  "addPullRequestReviewThreadReply",
  "updateIssueComment",
  "updatePullRequestReviewComment",
];
const nodes: ReadonlyMap<string, NodeFacts> = new Map<string, NodeFacts>([
  ["BOB", { type: "User", name: "bob" }],
  ["NAMELESS", { type: "User" }],
  ["CLAUDE", { type: "User", name: "claude" }],
  ["BOT", { type: "Bot", name: "helper" }],
  ["TEAM", { type: "Team", name: "maintainers" }],
  ["BUG", { type: "Label", name: "bug" }],
  ["AUTO", { type: "Label", name: "automerge" }],
  ["BLANK", { type: "Label" }],
]);

const withNodes = (name: string, input: object, effect: MutationField["effect"] = "indirect"): string =>
  effectWithNodes(
    {
      name,
      title: "x",
      effect,
      answerKey: name,
      input: { ...input },
      variable: "input0",
      nodeIds: [],
      readsMany: false,
    },
    nodes,
  );

describe("the text of a mutation", () => {
  it.each([...commenting, "createPullRequest", "updatePullRequestReview"])(
    "%s counts where it commands a bot, and not otherwise",
    (name) => {
      expect(mutationEffect(name, "indirect", { body: "/merge" })).toBe("indirect");
      expect(mutationEffect(name, "indirect", { body: "thanks" })).toBe("write");
    },
  );

  it("of a new pull request counts in its title too", () => {
    expect(mutationEffect("createPullRequest", "indirect", { title: "@copilot go", body: "x" })).toBe(
      "indirect",
    );
  });

  it.each(["addPullRequestReview", "submitPullRequestReview"])("%s counts by what it decides", (name) => {
    const effect = (input: object): string => mutationEffect(name, "protection-weaken", { ...input });
    expect(effect({ event: "APPROVE" })).toBe("protection-weaken");
    expect(effect({ event: "COMMENT", body: "x" })).toBe("write");
    expect(effect({ event: "COMMENT", body: "/merge" })).toBe("indirect");
  });

  it("of a review counts in its comments and threads", () => {
    for (const key of ["comments", "threads"])
      expect(
        mutationEffect("addPullRequestReview", "protection-weaken", { [key]: [{ body: "/merge" }] }),
      ).toBe("indirect");
  });

  it("may leave the decision open when a review is added, and not when it is submitted", () => {
    expect(mutationEffect("addPullRequestReview", "protection-weaken", {})).toBe("write");
    expect(mutationEffect("submitPullRequestReview", "protection-weaken", {})).toBe("protection-weaken");
  });

  it("of a label counts where automation waits for it", () => {
    expect(mutationEffect("updateLabel", "indirect", { name: "automerge" })).toBe("indirect");
    expect(mutationEffect("updateLabel", "indirect", { name: "bug" })).toBe("write");
  });

  it("of any other mutation says nothing", () => {
    expect(mutationEffect("revertPullRequest", "indirect", { body: "x" })).toBe("indirect");
  });
});

describe("a deployment", () => {
  it.each([
    [false, "indirect"],
    [true, "branch-write"],
    [null, "branch-write"],
    [undefined, "branch-write"],
  ])("with autoMerge %j is %s", (autoMerge, effect) => {
    expect(mutationEffect("createDeployment", "branch-write", { autoMerge })).toBe(effect);
  });
});

describe("the people and labels that ids name", () => {
  it.each([
    ["a person", { assigneeIds: ["BOB"] }, "write"],
    ["one person", { assigneeIds: "BOB" }, "write"],
    ["nobody", { assigneeIds: [] }, "write"],
    ["null", { assigneeIds: null, labelIds: null }, "write"],
    ["a bot", { assigneeIds: ["BOT"] }, "indirect"],
    ["a bot after a person", { assigneeIds: ["BOB", "BOT"] }, "indirect"],
    ["one bot", { assigneeIds: "BOT" }, "indirect"],
    ["an account called as an agent", { assigneeIds: ["CLAUDE"] }, "indirect"],
    ["a person without a name", { assigneeIds: ["NAMELESS"] }, "indirect"],
    ["nobody that was looked up", { assigneeIds: ["UNKNOWN"] }, "indirect"],
    ["a label", { labelIds: ["BUG"] }, "write"],
    ["one label", { labelIds: "BUG" }, "write"],
    ["an automation's label", { labelIds: ["BUG", "AUTO"] }, "indirect"],
    ["a label without a name", { labelIds: ["BLANK"] }, "indirect"],
    ["a label that was not looked up", { labelIds: ["UNKNOWN"] }, "indirect"],
    ["a title that commands", { title: "@copilot go" }, "indirect"],
    ["a text that commands", { body: "/merge" }, "indirect"],
    ["a text", { title: "x", body: "y" }, "write"],
  ])("make an issue or pull request with %s %s", (_what, input, effect) => {
    for (const name of ["createIssue", "updateIssue", "updatePullRequest"])
      expect(withNodes(name, input)).toBe(effect);
  });

  it("count where they are added to one that is there", () => {
    expect(withNodes("addAssigneesToAssignable", { assigneeIds: ["BOB"] })).toBe("write");
    expect(withNodes("addAssigneesToAssignable", { assigneeIds: ["BOT"] })).toBe("indirect");
    expect(withNodes("addLabelsToLabelable", { labelIds: ["BUG"] })).toBe("write");
    expect(withNodes("addLabelsToLabelable", { labelIds: ["AUTO"] })).toBe("indirect");
  });

  it.each(["baseRefName", "maintainerCanModify"])(
    "matter no more where a pull request's %s changes; null changes nothing",
    (key) => {
      expect(withNodes("updatePullRequest", { [key]: "x" })).toBe("indirect");
      expect(withNodes("updatePullRequest", { [key]: false })).toBe("indirect");
      expect(withNodes("updatePullRequest", { [key]: null })).toBe("write");
      expect(withNodes("updateIssue", { [key]: "x" })).toBe("write");
      expect(withNodes("updatePullRequest", { state: "CLOSED" })).toBe("write");
    },
  );

  it.each([
    ["a person", { userIds: ["BOB"] }, "write"],
    ["a team", { teamIds: ["TEAM"] }, "write"],
    ["a person and a team", { userIds: ["BOB"], teamIds: ["TEAM"] }, "write"],
    ["a bot", { userIds: ["BOB", "BOT"] }, "indirect"],
    ["an account called as an agent", { userIds: ["CLAUDE"] }, "indirect"],
    ["a bot in a team's place", { teamIds: ["TEAM", "BOT"] }, "indirect"],
    ["a team that was not looked up", { teamIds: ["UNKNOWN"] }, "indirect"],
  ])("make a request for a review by %s %j %s", (_whom, input, effect) => {
    expect(withNodes("requestReviews", input)).toBe(effect);
  });

  it("make nothing lighter that is no assignment, nor anything graver than indirect", () => {
    expect(withNodes("revertPullRequest", {})).toBe("indirect");
    expect(withNodes("updateIssue", { assigneeIds: ["BOT"] }, "write")).toBe("write");
    expect(withNodes("updateIssue", {}, "admin")).toBe("admin");
  });
});
