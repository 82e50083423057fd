// What a client can put into a record is masked, well-formed and bounded.
import { describe, expect, it } from "@jest/globals";
import type { Action } from "../../lambda/model/action.ts";
import type { Caller } from "../../lambda/model/caller.ts";
import type { Masker } from "../../lambda/model/masking.ts";
import {
  recordedAction,
  recordedCaller,
  recordedPath,
  recordedRequest,
  recordedTarget,
  recordedUnknown,
  recordedVerdict,
} from "../../lambda/record/recorded.ts";

const masker: Pick<Masker, "mask"> = {
  mask(text) {
    const count = text.split("secret").length - 1;
    return { text: text.replaceAll("secret", "******"), counts: count > 0 ? [{ kind: "word", count }] : [] };
  },
};

const caller: Caller = {
  subject: "idp#alice",
  login: "alice",
  teams: ["engineering"],
  person: "idp#alice",
  session: "ses_a",
  claimedClient: "git/2 secret",
  proof: "session-token",
  issuedAtMs: 1,
  expiresAtMs: 2,
  claimedLabels: { "x-secret": "secret value" },
  remoteAddress: "127.0.0.1",
};

const action: Action = {
  surface: "rest",
  operation: "repos/get-content",
  title: "Get repository content",
  effect: "read",
  repository: { owner: "acme", name: "app" },
  branches: { from: "refs", refs: [{ ref: "refs/heads/secret", change: "update", force: "no" }] },
  paths: ["docs/secret.md"],
  parameters: { path: "docs/secret.md" },
  parts: [
    {
      operation: "graphql/updateRef",
      title: "Update a ref",
      effect: "branch-write",
      answerKey: "secret",
      refs: [{ ref: "refs/heads/secret", change: "update", force: "no" }],
      touchesAllBranches: false,
    },
  ],
  send: {
    upstream: "api",
    method: "GET",
    segments: ["repos", "acme", "app", "contents", "a b", "secret"],
    query: [["ref", "secret"]],
    headers: [],
    body: { is: "none" },
  },
};

describe("a recorded caller and action", () => {
  it("hold no secret that the client wrote into a name, a label, a ref, a path or a parameter", () => {
    const all = [
      recordedCaller(caller, masker),
      recordedAction(action, masker),
      recordedRequest(action, masker),
    ];
    expect(JSON.stringify(all)).not.toContain("secret");
  });

  it("hold no raw JSON body and no header of the request", () => {
    const withBody = { ...action, json: { password: "x" } };
    expect(Object.keys(recordedAction(withBody, masker)).sort()).toEqual([
      "effect",
      "operation",
      "parameters",
      "parts",
      "paths",
      "refs",
      "repository",
      "surface",
      "title",
    ]);
  });

  it("name the repository and refs as resolved, where they were", () => {
    const repository = {
      id: 7,
      owner: "acme",
      name: "App",
      fullName: "acme/App",
      defaultBranch: "main",
      isPrivate: true,
    };
    const refs = [{ ref: "refs/heads/main", change: "update" as const, force: "no" as const }];
    expect(recordedAction(action, masker, { repository, refs })).toMatchObject({
      repository: "acme/App",
      repositoryId: 7,
      refs,
    });
    expect(recordedAction(action, masker)).toMatchObject({
      repository: "acme/app",
      refs: [{ change: "update" }],
    });
  });

  it("keep 500 paths, and of 501 say that one more was named", () => {
    const paths = Array.from({ length: 501 }, (_, at) => `p${at}`);
    expect(recordedAction({ ...action, paths: paths.slice(1) }, masker).paths).toHaveLength(500);
    expect(recordedAction({ ...action, paths }, masker).paths.at(-1)).toBe("… and 1 more");
  });

  it("cut a long text after masking it, and repair what is not well-formed", () => {
    const long = `${"a".repeat(297)}secret`;
    const recorded = recordedCaller({ ...caller, claimedClient: long }, masker);
    expect(recorded.client).toBe(`${"a".repeat(297)}***…`);
    expect(recordedCaller({ ...caller, claimedClient: "a\ud800" }, masker).client).toBe("a\ufffd");
  });
});

describe("a recorded path", () => {
  it("is encoded, masked and without its query", () => {
    expect(recordedPath(action, masker)).toBe("/repos/acme/app/contents/a%20b/******");
  });

  it("of a target that nobody understood has no query and no secret, escaped or not", () => {
    expect(recordedTarget("/a/b?token=1#x", masker)).toBe("/a/b");
    expect(recordedTarget("/a%20b", masker)).toBe("/a%20b");
    expect(recordedTarget("/%73ecret", masker)).toBe("/******");
    expect(recordedTarget("/secret/%zz", masker)).toBe("/******/%zz");
  });
});

describe("a recorded verdict", () => {
  it("keeps rules, reason, hash and mask sets", () => {
    const decided = { policyHash: "ab", rules: ["r"], reason: "because secret" };
    expect(recordedVerdict({ is: "allow", masks: ["all"], ...decided }, masker)).toEqual({
      is: "allow",
      rules: ["r"],
      reason: "because ******",
      policyHash: "ab",
      masks: ["all"],
      protection: [],
    });
    expect(recordedVerdict({ is: "deny", ...decided }, masker)).toMatchObject({ is: "deny", masks: [] });
  });

  it("says `none` for what was refused before policy was asked", () => {
    expect(recordedVerdict(undefined, masker, [], "unknown operation")).toMatchObject({
      is: "none",
      reason: "unknown operation",
    });
    expect(recordedUnknown("POST /x", masker)).toMatchObject({ surface: "unknown", title: "POST /x" });
  });
});
