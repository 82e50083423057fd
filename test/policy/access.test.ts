import { describe, expect, it } from "@jest/globals";
import { accessOf, readManyOf } from "../../lambda/policy/access.ts";

const config = {
  access: [
    { repository: "acme/vault", readers: ["security-team"], writers: [] },
    { repository: "acme/*", readers: ["engineering"], writers: ["engineering"] },
  ],
};

describe("accessOf", () => {
  it("takes the first line that matches, also when a later one would give more", () => {
    expect(accessOf(config, "acme/vault")).toEqual({ readers: ["security-team"], writers: [] });
    expect(accessOf(config, "acme/app")).toEqual({ readers: ["engineering"], writers: ["engineering"] });
  });

  it("compares names without regard to case, as GitHub does", () => {
    expect(accessOf(config, "ACME/Vault").readers).toEqual(["security-team"]);
  });

  it("lets nobody into a repository that no line names", () => {
    expect(accessOf(config, "other/app")).toEqual({ readers: [], writers: [] });
  });
});

describe("readManyOf", () => {
  const readMany = { Acme: ["security-team"], "*": ["auditors"] };

  it("adds the teams of every organisation to those of the one that is named", () => {
    expect(readManyOf(readMany, "acme")).toEqual(["security-team", "auditors"]);
  });

  it("gives only the teams of every organisation to calls that name none", () => {
    expect(readManyOf(readMany, undefined)).toEqual(["auditors"]);
  });
});
