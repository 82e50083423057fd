// The cases beside the shipped policies hold, and a case that does not hold says what is wrong and where.
import { describe, expect, it } from "@jest/globals";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testPolicies } from "../../bin/local/policy-test.ts";
import { parseCases, runCases } from "../../lambda/policy/cases.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const cases = parseCases("policies/cases.json", await readFile("policies/cases.json", "utf8"));

describe("the shipped policies", () => {
  it.each(runCases(policies, cases).map((result) => [result.name, result] as const))(
    "%s",
    (_name, result) => {
      expect(result.differences).toEqual([]);
    },
  );

  it("have a case for every rule about requests", () => {
    const used = new Set(runCases(policies, cases).flatMap(({ verdict }) => verdict.rules));
    const aboutRequests = [...policies.approvals.keys(), "never-weaken-protection", "never-administer"];
    expect(aboutRequests.filter((id) => !used.has(id))).toEqual([]);
  });
});

describe("a case", () => {
  const one = (change: object): string =>
    JSON.stringify({
      cases: [
        {
          name: "push",
          teams: ["engineering"],
          repository: "acme/app",
          writers: ["engineering"],
          effect: "branch-write",
          refs: [{ ref: "main" }],
          expect: { verdict: "hold" },
          ...change,
        },
      ],
    });
  const differences = (change: object) =>
    runCases(policies, parseCases("c.json", one(change)))[0]?.differences;

  it("that is met has no difference", () => {
    expect(differences({})).toEqual([]);
  });

  it("that expects another verdict, other rules or other reviewers says each", () => {
    expect(differences({ expect: { verdict: "allow", rules: ["x"], reviewers: ["security-team"] } })).toEqual(
      [
        "expected allow, got hold",
        "expected rules x, got protected-branch",
        "expected reviewers security-team, got platform-team",
      ],
    );
  });

  it("takes what it does not say from the defaults", () => {
    const text = JSON.stringify({
      defaults: { repository: "acme/app", teams: ["engineering"], readers: ["engineering"] },
      cases: [{ name: "read", effect: "read", expect: { verdict: "allow" } }],
    });
    expect(runCases(policies, parseCases("c.json", text))[0]?.isMet).toBe(true);
  });

  it.each([
    ["{", "c.json: not JSON"],
    [one({ effect: "wriite" }), "c.json: cases.0.effect: "],
    [one({ techs: [] }), "c.json: cases.0: "],
    [one({ repository: "app" }), "c.json: cases.0.repository: owner/name"],
    [JSON.stringify({ cases: [] }), "c.json: cases: "],
  ])("in a file like %s is not accepted, and the place is named", (text, problem) => {
    expect(() => parseCases("c.json", text)).toThrow(problem);
  });

  it("of a name that another one has is not accepted", () => {
    const {
      cases: [first],
    } = JSON.parse(one({})) as { cases: object[] };
    expect(() => parseCases("c.json", JSON.stringify({ cases: [first, first] }))).toThrow(
      'the case "push" exists twice',
    );
  });
});

describe("gatehouse policy test", () => {
  it("names a failed case, its rules with file and line, and what would change the answer", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "gatehouse-")), "policies");
    try {
      await cp("policies", folder, { recursive: true });
      const text = (await readFile(join(folder, "cases.json"), "utf8")).replace(
        '"verdict": "hold"',
        '"verdict": "deny"',
      );
      await writeFile(join(folder, "cases.json"), text);
      const result = await testPolicies(folder);
      expect(result.isMet).toBe(false);
      expect(result.text).toContain("FAIL  a push to the default branch waits for the platform team");
      expect(result.text).toContain("expected deny, got hold");
      expect(result.text).toMatch(/by protected-branch \(.*approvals\.cedar:\d+\)/);
      expect(result.text).toContain("if platform-team approved this plan: allow");
      expect(result.text).toMatch(/23 cases, 1 not as expected\.$/);
    } finally {
      await rm(join(folder, ".."), { recursive: true, force: true });
    }
  });
});
