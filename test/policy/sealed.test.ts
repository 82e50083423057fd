// A bundle brings the result of the policy checks along; it counts for the very texts that were checked and for no others.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPolicies } from "../../lambda/policy/checked.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { openPolicies, sealedFile, sealPolicies } from "../../lambda/policy/sealed.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { shipped } from "./shipped.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-sealed-"));
  await cp("policies", folder, { recursive: true });
  await writeFile(join(folder, sealedFile), sealPolicies(await readPolicies(folder, "policies")));
});
afterEach(() => rm(folder, { recursive: true }));

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(folder, file), change(await readFile(join(folder, file), "utf8")));
}

const open = () => openPolicies(folder, "policies");
const quorum = async () => (await open()).approvals.get("protected-branch")?.quorum;
const addQuorum = (text: string) => text.replace('@ttl("1h")', '@ttl("1h")\n@quorum("2")');

describe("what was checked before", () => {
  const checked = checkPolicies(shipped);
  const marked = {
    ...checked,
    approvals: checked.approvals.map((part) => ({ ...part, rule: { ...part.rule, quorum: 7 } })),
  };

  it("is not checked again for the same texts", () => {
    expect(loadPolicies(shipped, marked).approvals.get("protected-branch")?.quorum).toBe(7);
  });

  it("counts for nothing when one text differs by a comment", () => {
    const schema = { ...shipped.schema, text: `${shipped.schema.text}// more\n` };
    expect(loadPolicies({ ...shipped, schema }, marked).approvals.get("protected-branch")?.quorum).toBe(1);
  });
});

describe("policies that a bundle brings along", () => {
  it("are the same as those that are checked at start", async () => {
    expect(await open()).toEqual(loadPolicies(shipped));
  });

  it("are the same without the seal", async () => {
    await rm(join(folder, sealedFile));
    expect(await open()).toEqual(loadPolicies(shipped));
  });

  it("are read anew when a policy was edited after the seal", async () => {
    await edit("approvals.cedar", addQuorum);
    expect(await quorum()).toBe(2);
  });

  it("are refused when the edit is a mistake, as without a seal", async () => {
    await edit("approvals.cedar", (text) =>
      text.replace('@reviewers("security-team")', '@reviewrs("security-team")'),
    );
    await expect(open()).rejects.toThrow('policy "workflow-files" has @reviewrs');
  });

  it("are read anew when a schema that they need was edited", async () => {
    await edit("schema.cedarschema", (text) => text.replace("isDefault: Bool", "isUsual: Bool"));
    await expect(open()).rejects.toThrow("isDefault");
  });

  it.each([
    ["edited", (text: string) => text.replaceAll('"quorum":1', '"quorum":0')],
    ["cut short", (text: string) => text.slice(0, -10)],
    ["empty", () => ""],
    ["another JSON", () => "null"],
  ])("are read from their texts when the seal is %s", async (_, change) => {
    await edit(sealedFile, change);
    expect(await quorum()).toBe(1);
  });
});
