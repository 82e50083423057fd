import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { conditional, effectOf } from "../../lambda/classify/conditions.ts";
import { hasBranchResolver } from "../../lambda/classify/branches.ts";
import { isGraver, operations, type Operation } from "../../lambda/classify/operations.ts";
import { isAccountName, isRepositoryName, matches, route } from "../../lambda/classify/router.ts";
import { effects, type Effect } from "../../lambda/model/action.ts";

const handMade = JSON.parse(
  readFileSync(new URL("../../lambda/classify/effects.json", import.meta.url), "utf8"),
) as Record<Effect, string[]>;

function sample(operation: Operation): string[] {
  if (operation.path === "/") return [];
  return operation.path
    .slice(1)
    .split("/")
    .flatMap((segment) => {
      if (segment === "{base}...{head}") return ["a...b"];
      if (!segment.startsWith("{")) return [segment];
      if (segment.endsWith(":integer}")) return ["7"];
      return segment.endsWith(":segments}") ? ["some", "where"] : ["sample"];
    });
}

describe("the operation table", () => {
  it("holds each operation id once, and each method and path once", () => {
    expect(new Set(operations.map((one) => one.id)).size).toBe(operations.length);
    expect(new Set(operations.map((one) => `${one.method} ${one.path}`)).size).toBe(operations.length);
  });

  it("gives every operation a known effect and a title", () => {
    expect(operations.filter((one) => !effects.includes(one.effect) || one.title === "")).toEqual([]);
  });

  it("gives every operation that is no GET the effect that a person gave it", () => {
    const wrong = operations
      .filter((one) => one.method !== "GET")
      .filter((one) => !handMade[one.effect].includes(one.id))
      .map((one) => one.id);
    expect(wrong).toEqual([]);
  });

  it("knows no operation in effects.json that GitHub does not publish", () => {
    const known = new Set(operations.map((one) => one.id));
    expect(
      Object.values(handMade)
        .flat()
        .filter((id) => !known.has(id)),
    ).toEqual([]);
  });

  it("has the size of the union of five editions", () => {
    const count = (effect: Effect): number => operations.filter((one) => one.effect === effect).length;
    expect(operations).toHaveLength(1591);
    expect(count("branch-write")).toBe(13);
    expect(count("protection-weaken")).toBe(119);
    expect(count("read") + count("read-many")).toBe(775);
  });

  it("lets a GET be a plain read only inside one repository or where a person said so", () => {
    const loose = operations
      .filter((one) => one.effect === "read" && !one.path.includes("/{owner}/{repo}"))
      .filter((one) => !handMade.read.includes(one.id));
    expect(loose.map((one) => one.id)).toEqual([]);
  });

  it("counts credentials and delivery logs as administration, not as reads", () => {
    const grave = ["activity/get-feeds", "apps/get-webhook-delivery", "secret-scanning/get-alert"];
    expect(operations.filter((one) => grave.includes(one.id)).map((one) => one.effect)).toEqual([
      "admin",
      "admin",
      "admin",
    ]);
  });

  it("lets whoever may start a run end it, and a deployment of pages as well", () => {
    const ends = ["actions/cancel-workflow-run", "repos/cancel-pages-deployment"];
    expect(operations.filter((one) => ends.includes(one.id)).map((one) => one.effect)).toEqual([
      "write",
      "write",
    ]);
  });

  it("has a branch resolver for every branch write except those that touch all branches", () => {
    const without = operations.filter((one) => one.effect === "branch-write" && !hasBranchResolver(one.id));
    expect(without.map((one) => one.id)).toEqual(["pulls/merge-async"]);
  });

  it("has a graver effect than an ordinary write wherever the body decides", () => {
    const listed = operations.filter((one) => conditional.includes(one.id));
    expect(listed).toHaveLength(conditional.length);
    expect(listed.filter((one) => !isGraver(one.effect, "write"))).toEqual([]);
  });
});

describe("route", () => {
  it("finds every operation by its own template", () => {
    const lost = operations.filter(
      (one) => !matches(one.method, sample(one)).some((match) => match.operation === one),
    );
    expect(lost.map((one) => one.id)).toEqual([]);
  });

  it("never takes a template that is less grave than another one that fits", () => {
    for (const operation of operations) {
      const chosen = route(operation.method, sample(operation));
      expect(chosen).toBeDefined();
      if (chosen) expect(isGraver(operation.effect, chosen.operation.effect)).toBe(false);
    }
  });

  it("finds nothing when a segment is added to a template that ends in a literal", () => {
    expect(route("PUT", ["repos", "o", "r", "pulls", "7", "merge", "x"])).toBeUndefined();
    expect(route("PUT", ["repos", "o", "r", "pulls", "7", "merge"])?.operation.id).toBe("pulls/merge");
  });

  it("takes a branch that ends like a sub-resource for the graver of both readings", () => {
    expect(route("DELETE", ["repos", "o", "r", "branches", "main", "protection"])?.operation.effect).toBe(
      "protection-weaken",
    );
    expect(route("POST", ["repos", "o", "r", "branches", "a", "rename", "rename"])?.parameters.branch).toBe(
      "a/rename",
    );
  });

  it("reads HEAD as the GET of the same path", () => {
    expect(route("HEAD", ["repos", "o", "r", "contents", "key.pem"])?.operation.id).toBe("repos/get-content");
  });

  it("keeps an encoded slash inside multi-segment parameters only", () => {
    expect(route("PATCH", ["repos", "o", "r", "git", "refs", "heads/main"])?.segments).toEqual([
      "repos",
      "o",
      "r",
      "git",
      "refs",
      "heads",
      "main",
    ]);
    expect(route("GET", ["repos", "o", "r", "labels", "a/b"])).toBeUndefined();
    expect(route("GET", ["repos", "o/r", "labels", "a"])).toBeUndefined();
  });

  it("takes digits only where GitHub wants a number", () => {
    expect(route("PUT", ["repos", "o", "r", "pulls", "7", "merge"])).toBeDefined();
    for (const number of ["7a", "0x7", "-7", "7.0", "", "٧"]) {
      expect(route("PUT", ["repos", "o", "r", "pulls", number, "merge"])).toBeUndefined();
    }
  });

  it("ends quickly on 64 segments made to backtrack", () => {
    const segments = [
      "repos",
      "o",
      "r",
      "branches",
      ...Array.from({ length: 60 }, (_, n) => (n % 2 ? "restrictions" : "protection")),
    ];
    expect(matches("PUT", segments).length).toBeLessThan(5);
  });
});

describe("effectOf", () => {
  const cases: [string, Effect, unknown, Effect][] = [
    ["issues/create-comment", "indirect", { body: "Looks good; see /usr/bin" }, "write"],
    ["issues/create-comment", "indirect", { body: "/merge" }, "indirect"],
    ["issues/create-comment", "indirect", { body: "Please\n  /deploy production" }, "indirect"],
    ["issues/create-comment", "indirect", { body: "@dependabot rebase" }, "indirect"],
    ["issues/create-comment", "indirect", { body: "bors r+" }, "indirect"],
    ["issues/create", "indirect", { title: "x", assignees: ["alice"] }, "write"],
    ["issues/create", "indirect", { title: "x", assignees: ["Copilot"] }, "indirect"],
    ["issues/create", "indirect", { title: "x", agent_assignment: {} }, "indirect"],
    ["issues/add-assignees", "indirect", { assignees: [{ login: "copilot-swe-agent[bot]" }] }, "indirect"],
    ["issues/add-labels", "indirect", ["bug"], "write"],
    ["issues/add-labels", "indirect", ["automerge"], "indirect"],
    ["issues/add-labels", "indirect", { labels: [{ name: "auto-merge" }] }, "indirect"],
    ["pulls/update", "indirect", { title: "x" }, "write"],
    ["pulls/update", "indirect", { base: "main" }, "indirect"],
    ["pulls/create-review", "protection-weaken", { event: "COMMENT", body: "x" }, "write"],
    ["pulls/create-review", "protection-weaken", {}, "write"],
    ["pulls/create-review", "protection-weaken", { event: "APPROVE" }, "protection-weaken"],
    ["pulls/create-review", "protection-weaken", { event: "approve" }, "protection-weaken"],
    ["pulls/submit-review", "protection-weaken", {}, "protection-weaken"],
    ["issues/create-comment", "indirect", { body: "\u00a0\u2003/merge" }, "indirect"],
    ["issues/create-comment", "indirect", { body: "/merge!" }, "indirect"],
    ["issues/create-comment", "indirect", { body: "/etc/hosts and\n/readme.md and\n/a-b/c" }, "write"],
    ["issues/create", "indirect", { title: "x", body: "/approve" }, "indirect"],
    ["issues/update", "indirect", { body: "@claude push it" }, "indirect"],
    ["pulls/create", "indirect", { title: "x", body: "plain" }, "write"],
    ["pulls/create", "indirect", { title: "x", body: "/lgtm" }, "indirect"],
    ["pulls/update", "indirect", { body: "/lgtm" }, "indirect"],
    ["pulls/update-review", "indirect", { body: "/lgtm" }, "indirect"],
    ["pulls/update-review", "indirect", { body: "fine" }, "write"],
    ["pulls/create-review", "protection-weaken", { event: "COMMENT", body: "/merge" }, "indirect"],
    ["pulls/create-review", "protection-weaken", { comments: [{ body: "/merge" }] }, "indirect"],
    ["pulls/create-review", "protection-weaken", { threads: [{ body: "/merge" }] }, "indirect"],
    ["pulls/submit-review", "protection-weaken", { event: "COMMENT", body: "/merge" }, "indirect"],
    ["issues/update-label", "indirect", { new_name: "automerge" }, "indirect"],
    ["issues/update-label", "indirect", { name: "auto-merge" }, "indirect"],
    ["issues/update-label", "indirect", { new_name: "bug", color: "ff0000" }, "write"],
    ["security-advisories/update-repository-advisory", "indirect", { summary: "x" }, "write"],
    ["security-advisories/update-repository-advisory", "indirect", { state: "published" }, "indirect"],
    ["security-advisories/create-repository-advisory", "indirect", { start_private_fork: true }, "indirect"],
    ["markdown/render", "read", { text: "**x**" }, "read"],
    ["markdown/render", "read", { text: "x", mode: "markdown" }, "read"],
    ["markdown/render", "read", { text: "acme/vault#1", mode: "gfm" }, "read-many"],
    ["markdown/render", "read", { text: "#1", context: "acme/vault" }, "read-many"],
    ["markdown/render", "read", { text: "#1", mode: ["gfm"] }, "read-many"],
    ["repos/create-deployment", "branch-write", { ref: "release" }, "branch-write"],
    ["repos/create-deployment", "branch-write", { ref: "release", auto_merge: false }, "indirect"],
    ["repos/create-deployment", "branch-write", { ref: "release", auto_merge: "false" }, "branch-write"],
    ["repos/update", "admin", { description: "x" }, "write"],
    ["repos/update", "admin", { description: "x", default_branch: "dev" }, "admin"],
  ];
  it.each(cases)("reads %s (%s) with %j as %s", (operation, effect, json, expected) => {
    expect(effectOf(operation, effect, json)).toBe(expected);
  });
});

describe("a name", () => {
  it.each([
    ["a1", true],
    ["a".repeat(100), true],
    ["a".repeat(101), false],
    ["-a", false],
    ["a.b", false],
    ["a/b", false],
    ["", false],
  ])("%s of an account: %s", (name, expected) => {
    expect(isAccountName(name)).toBe(expected);
  });

  it.each([
    ["a", true],
    [".github", true],
    ["...", true],
    [".", false],
    ["..", false],
    ["a".repeat(100), true],
    ["a".repeat(101), false],
    ["a.git", false],
    ["a.GIT", false],
    ["a.wiki", false],
    ["a.github", true],
    ["a.wiki.x", true],
    ["a b", false],
    ["a/b", false],
    ["", false],
  ])("%s of a repository: %s", (name, expected) => {
    expect(isRepositoryName(name)).toBe(expected);
  });

  it.each([
    [["repos", "o", "a.git", "issues"]],
    [["repos", "-o", "r", "issues"]],
    [["orgs", "-o", "repos"]],
    [["repos", "o", "..", "issues"]],
  ])("that GitHub does not give finds no operation: %j", (segments) => {
    expect(route("GET", segments)).toBeUndefined();
  });

  it.each([
    ["7", true],
    ["1234567890123456789", true],
    ["12345678901234567890", false],
    ["7x", false],
    ["-7", false],
  ])("%s is a number: %s", (number, expected) => {
    expect(route("GET", ["repos", "o", "r", "pulls", number]) !== undefined).toBe(expected);
  });
});
