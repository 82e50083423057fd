// The table of MCP tools against GitHub's operations: no row may lose a branch, an effect, or a call that it cannot name.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readCall } from "../../lambda/classify/mcp-call.ts";
import rows from "../../lambda/classify/mcp-tools.json" with { type: "json" };
import { knownArguments, readTool, toolNames, toolUses } from "../../lambda/classify/mcp-tools.ts";
import { mutations } from "../../lambda/classify/mutations.ts";
import { operations } from "../../lambda/classify/operations.ts";
import { GateError } from "../../lambda/model/errors.ts";

interface Row {
  readonly tool: string;
  readonly operation?: string;
  readonly by?: Readonly<Record<string, string>>;
  readonly also?: Readonly<Record<string, string>>;
  readonly branch?: string;
  readonly arguments?: readonly string[];
}

const table = rows as unknown as readonly Row[];
const effects = new Map(operations.map(({ id, effect }) => [id, effect]));
const idsOf = ({ operation, by, also }: Row): string[] =>
  [operation, ...Object.values(by ?? {}), ...Object.values(also ?? {})].filter((id) => id !== undefined);
const codeOf = (act: () => unknown): string => {
  try {
    act();
    return "no error";
  } catch (error) {
    return error instanceof GateError ? error.code : String(error);
  }
};

/** What GitHub's server names that changes a branch (github-mcp-server, August 2026). */
const branchWriters = [
  "create_branch",
  "create_or_update_file",
  "delete_branch",
  "delete_file",
  "merge_pull_request",
  "push_files",
  "update_pull_request_branch",
];

describe("the table of tools", () => {
  it("has each tool once, in order", () => {
    const names = table.map(({ tool }) => tool);
    expect(names).toEqual([...new Set(names)].sort());
    expect(toolNames()).toEqual(names);
  });

  it("names operations and mutations that GitHub publishes, and nothing else", () => {
    const unknown = table.flatMap(idsOf).filter((id) => {
      if (id === "graphql/query" || effects.has(id)) return false;
      return !(id.startsWith("graphql/") && mutations.has(id.slice("graphql/".length)));
    });
    expect(unknown).toEqual([]);
  });

  it("says for every branch write where its branch is named, and which arguments it has", () => {
    const writes = table.filter((row) => idsOf(row).some((id) => effects.get(id) === "branch-write"));
    expect(writes.map(({ tool }) => tool)).toEqual(branchWriters);
    expect(writes.every((row) => row.branch !== undefined && row.arguments !== undefined)).toBe(true);
  });

  it("gives either one operation or one for each method", () => {
    expect(table.filter(({ operation, by }) => (operation === undefined) === (by === undefined))).toEqual([]);
  });

  it.each(["delete_repository", "add_repository_collaborator"])("%s administers", (tool) => {
    expect(toolUses(tool).map(({ effect }) => effect)).toContain("admin");
  });
});

describe("a tool's effect", () => {
  it.each([
    ["a plain issue", "issue_write", { method: "create", title: "x" }, "write"],
    ["an issue for a coding agent", "issue_write", { method: "create", assignees: ["copilot"] }, "indirect"],
    ["a plain comment", "add_issue_comment", { body: "thanks" }, "write"],
    ["a comment that commands a bot", "add_issue_comment", { body: "@dependabot merge" }, "indirect"],
    ["a review that comments", "pull_request_review_write", { method: "create", event: "COMMENT" }, "write"],
    [
      "a review that approves",
      "pull_request_review_write",
      { method: "create", event: "APPROVE" },
      "protection-weaken",
    ],
    ["a new title", "update_pull_request", { title: "x" }, "write"],
    ["a new base", "update_pull_request", { base: "main" }, "indirect"],
    ["closing", "update_pull_request", { state: "closed" }, "write"],
    ["opening again", "update_pull_request_state", { state: "open" }, "write"],
    ["no draft any more", "update_pull_request", { draft: false }, "write"],
    ["people as reviewers", "create_pull_request", { reviewers: ["bob"] }, "write"],
    ["an agent among the reviewers", "create_pull_request", { reviewers: ["bob", "copilot"] }, "indirect"],
    ["an agent's review", "request_copilot_review", {}, "indirect"],
    ["a run of a workflow", "actions_run_trigger", { method: "run_workflow" }, "indirect"],
  ])("%s counts as that", (_what, tool, values, effect) => {
    expect(readTool(tool, values).effect).toBe(effect);
  });
});

describe("a call's place", () => {
  const place = { owner: "acme", repo: "app" };

  it("is the repository that owner and repo name", () => {
    expect(readCall("list_branches", place).repository).toEqual({ owner: "acme", name: "app" });
  });

  it("is the organization when there is no repository, and then it may span all of them", () => {
    const { organization, effect } = readCall("list_discussions", { owner: "acme" });
    expect([organization, effect]).toEqual(["acme", "read-many"]);
  });

  it("is needed for a write to a branch", () => {
    expect(codeOf(() => readCall("push_files", { branch: "x", files: [], message: "m" }))).toBe(
      "GH_BAD_BODY",
    );
  });

  it("lists every file that would be written", () => {
    const files = [
      { path: "a", content: "" },
      { path: "b/c", content: "" },
    ];
    expect(readCall("push_files", { ...place, branch: "x", message: "m", files }).paths).toEqual([
      "a",
      "b/c",
    ]);
  });

  it.each([
    ["no list", "a"],
    ["a file without a path", [{ content: "x" }]],
    ["a path that is no text", [{ path: 1, content: "x" }]],
  ])("is refused when files is %s", (_what, files) => {
    expect(codeOf(() => readCall("push_files", { ...place, branch: "x", message: "m", files }))).toBe(
      "GH_BAD_BODY",
    );
  });

  it.each([[0], [-1], [1.5], ["1"], [undefined]])("a pull request %p is refused", (pullNumber) => {
    expect(codeOf(() => readCall("merge_pull_request", { ...place, pullNumber }))).toBe("GH_BAD_BODY");
  });

  it("never holds a way out of it, whatever the path", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (path) => {
        let parts;
        try {
          parts = readCall("get_file_contents", { ...place, path });
        } catch (error) {
          return error instanceof GateError && error.code === "GH_BAD_BODY";
        }
        const url = new URL(`https://x/repos/acme/app/contents/${parts.paths[0] ?? ""}`);
        return url.pathname.startsWith("/repos/acme/app/contents") && url.search === "" && url.hash === "";
      }),
    );
  });

  it("shows of a branch write only the arguments that were looked at", () => {
    expect(knownArguments("merge_pull_request")).not.toContain("branch");
    expect(knownArguments("create_branch")).toContain("branch");
    expect(knownArguments("list_branches")).toBeUndefined();
  });
});
