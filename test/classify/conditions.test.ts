// What a body says can make an ordinary write one that somebody else acts on: each condition, and its nearest neighbour.
import { describe, expect, it } from "@jest/globals";
import { effectOf } from "../../lambda/classify/conditions.ts";

const effectWith = (operation: string, json: unknown): string => effectOf(operation, "indirect", json);

describe("a comment", () => {
  const commenting = (body: unknown): string => effectWith("issues/create-comment", { body });

  it.each([
    "/merge",
    "/a",
    "  \t/rebase now",
    "text\n/merge\nmore",
    "/with-dash_1",
    "hello @copilot, fix this",
    "@dependabot rebase",
    "@renovate x",
    "@mergifyio queue",
    "@claude",
    "@codex go",
    "@Copilot",
    "bors r+",
    "bors try",
    "bors retry",
    "bors merge",
  ])("is a command: %j", (body) => {
    expect(commenting(body)).toBe("indirect");
  });

  it.each([
    "see a/b",
    "x /merge",
    "/1",
    "/Path/to/file",
    "/path/to",
    "copilot is nice",
    "@copilots",
    "@claudette",
    "bors",
    "harbors retry",
    "",
  ])("is no command: %j", (body) => {
    expect(commenting(body)).toBe("write");
  });

  it.each([[undefined], [null], [1], [{}], [["/merge"]]])("without a text is none: %j", (body) => {
    expect(commenting(body)).toBe("write");
  });
});

describe("a label", () => {
  it.each(["automerge", "auto-merge", "please-automerge-it", "AutoMerge", "automate", "automated"])(
    "%s makes a machine act",
    (label) => {
      for (const labels of [label, [label], [{ name: label }], [{ name: label, id: 1 }]])
        expect(effectWith("issues/add-labels", { labels })).toBe("indirect");
      expect(effectWith("issues/set-labels", [label])).toBe("indirect");
    },
  );

  it.each(["auto merge", "semiautomated", "automateds", "automat", "bug"])("%s does not", (label) => {
    expect(effectWith("issues/add-labels", { labels: [label] })).toBe("write");
  });
});

describe("an assignee", () => {
  const assigned = (assignees: unknown): string => effectWith("issues/add-assignees", { assignees });

  it.each(["copilot", "Copilot", "copilot-x", "my-copilot-swe-agent", "dependabot[bot]", "claude", "codex"])(
    "%s is an agent",
    (login) => {
      for (const assignees of [login, [login], [{ login }], [{ name: "x", login }], ["octocat", login]])
        expect(assigned(assignees)).toBe("indirect");
      expect(effectWith("issues/create", { assignee: login })).toBe("indirect");
      expect(effectWith("issues/update", { assignee: { login } })).toBe("indirect");
    },
  );

  it.each(["copilots", "my-copilot", "claudette", "xclaude", "codexx", "bot", "octocat"])(
    "%s is a person",
    (login) => {
      expect(assigned([login])).toBe("write");
    },
  );

  it.each([[undefined], [null], [[]], [[null]], [[1]], [[{}]], [[{ login: 1 }]]])(
    "%j is nobody",
    (assignees) => {
      expect(assigned(assignees)).toBe("write");
      expect(effectWith("issues/create", { assignee: assignees })).toBe("write");
    },
  );

  it("is not read from a label, nor a label from an assignment", () => {
    expect(effectWith("issues/add-labels", { assignees: ["copilot"] })).toBe("write");
    expect(effectWith("issues/add-assignees", { labels: ["automerge"] })).toBe("write");
  });
});

describe("a change of a pull request", () => {
  it.each(["base", "maintainer_can_modify"])("of its %s counts", (key) => {
    expect(effectWith("pulls/update", { title: "x", [key]: null })).toBe("indirect");
  });

  it.each([
    [{ title: "x", body: "y" }],
    [{ state: "closed" }],
    [{ state: "open" }],
    [{}],
    [null],
    [undefined],
    [[]],
    ["base"],
  ])("of %j does not", (json) => {
    expect(effectWith("pulls/update", json)).toBe("write");
  });
});

describe("a request for a review", () => {
  it.each([
    [{ reviewers: ["bob", "carol"] }],
    [{ team_reviewers: ["platform-team"] }],
    [{ reviewers: [] }],
    [{}],
    [null],
  ])("of people is everyday work: %j", (json) => {
    expect(effectWith("pulls/request-reviewers", json)).toBe("write");
  });

  it.each([
    [["copilot-pull-request-reviewer[bot]"]],
    [["bob", "Copilot"]],
    [["claude"]],
    ["bob"],
    [null],
    [[{ login: "bob" }]],
    [[["bob"]]],
  ])("of an agent, or of what is no plain name, counts: %j", (reviewers) => {
    expect(effectWith("pulls/request-reviewers", { reviewers })).toBe("indirect");
  });
});

describe("a review", () => {
  it.each([
    ["APPROVE", "indirect", "indirect"],
    ["DISMISS", "indirect", "indirect"],
    ["comment", "indirect", "indirect"],
    ["COMMENT", "write", "write"],
    ["REQUEST_CHANGES", "write", "write"],
    [undefined, "write", "indirect"],
    [null, "write", "indirect"],
    ["", "write", "indirect"],
    [1, "indirect", "indirect"],
  ])("with the event %j is created as %s and submitted as %s", (event, created, submitted) => {
    const json = event === undefined ? {} : { event };
    expect(effectWith("pulls/create-review", json)).toBe(created);
    expect(effectWith("pulls/submit-review", json)).toBe(submitted);
  });
});

describe("a repository's settings", () => {
  it.each(["description", "homepage", "has_issues", "has_projects", "has_wiki"])("%s is harmless", (key) => {
    expect(effectWith("repos/update", { [key]: "x" })).toBe("write");
    expect(effectWith("repos/update", { [key]: "x", visibility: "public" })).toBe("indirect");
  });
});
