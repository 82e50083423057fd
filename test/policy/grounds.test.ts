// What the record keeps of a question, and what it takes for the question to be asked again.
import { describe, expect, it } from "@jest/globals";
import type { IntentRecord } from "../../lambda/model/record.ts";
import { groundsOf, inputOf } from "../../lambda/policy/grounds.ts";
import type { PolicyInput } from "../../lambda/policy/questions.ts";
import { app, aPush } from "./shipped.ts";

type Recorded = Pick<IntentRecord, "caller" | "action" | "verdict">;

function recorded(input: PolicyInput, change: Partial<IntentRecord["action"]> = {}): Recorded {
  const { repository } = input;
  const { operation, effect, surface, organization } = input.action;
  return {
    caller: {
      ...input.caller,
      login: "alice",
      client: "git",
      proof: "session-token",
      remoteAddress: "",
      labels: {},
    },
    action: {
      operation,
      effect,
      surface,
      title: "Push",
      ...(organization === undefined ? {} : { organization }),
      ...(repository === undefined ? {} : { repository: repository.fullName, repositoryId: repository.id }),
      refs: input.refs,
      paths: input.paths,
      parameters: {},
      ...change,
    },
    verdict: {
      is: "allow",
      rules: [],
      reason: "",
      policyHash: "",
      masks: [],
      protection: input.protection,
      grounds: groundsOf(input, (text) => text),
    },
  };
}

const again = (record: Recorded): PolicyInput | undefined => inputOf(record as IntentRecord);

describe("the grounds of a question", () => {
  it("name nothing approved when nothing was", () => {
    expect(groundsOf(aPush(), (text) => text).approvedRules).toEqual([]);
    expect(groundsOf(aPush({ approvedRules: ["a"] }), (text) => text).approvedRules).toEqual(["a"]);
  });

  it.each([
    [false, ["src/a.ts"], false],
    [false, ["src/a.ts", ".github/workflows/ci.yml"], true],
    [true, [], true],
  ])("say of workflows (found: %s, paths: %j): %s", (touchesWorkflows, paths, expected) => {
    expect(groundsOf(aPush({ touchesWorkflows, paths }), (text) => text).touchesWorkflows).toBe(expected);
  });
});

describe("a question made again", () => {
  it("is the question that was asked", () => {
    const action = {
      operation: "x/y",
      effect: "read-many",
      surface: "rest",
      organization: "acme",
    } as const;
    for (const input of [aPush({ approvedRules: ["a"] }), aPush({ action, approvedRules: [] })])
      expect(again(recorded(input))).toEqual(input);
  });

  it("names no repository and no organisation when none was named", () => {
    const input = again(recorded(aPush({ repository: undefined })));
    expect(input).toBeDefined();
    expect(Object.keys(input ?? {})).not.toContain("repository");
    expect(Object.keys(input?.action ?? {})).not.toContain("organization");
  });

  it.each<[string, Partial<IntentRecord["action"]>]>([
    ["surface", { surface: "unknown" }],
    ["effect", { effect: "unknown" }],
  ])("cannot be when the %s was not known", (_what, change) => {
    expect(again(recorded(aPush(), change))).toBeUndefined();
  });

  it.each<[string, Partial<IntentRecord["action"]>]>([
    ["name", { repository: undefined }],
    ["id", { repositoryId: undefined }],
  ])("names no repository whose %s the record lacks", (_what, change) => {
    const input = again(recorded(aPush(), change));
    expect(input).toBeDefined();
    expect(input?.repository).toBeUndefined();
  });

  it("names no repository of which nothing was established", () => {
    const record = recorded(aPush({ repository: undefined }), {
      repository: app.fullName,
      repositoryId: app.id,
    });
    expect(again(record)?.repository).toBeUndefined();
  });
});
