// POLICY-05: a policy file that is missing, or that nobody reads, must stop the start.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readPolicies } from "../../lambda/policy/source.ts";

const names = ["schema.cedarschema", "guardrails.cedar", "approvals.cedar"];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-policies-"));
  for (const name of names) await writeFile(join(folder, name), `// ${name}`);
});
afterEach(() => rm(folder, { recursive: true }));

describe("readPolicies", () => {
  it("reads the three files and names them as people do", async () => {
    const source = await readPolicies(folder, "policies");
    expect(source.approvals).toEqual({ name: "policies/approvals.cedar", text: "// approvals.cedar" });
  });

  it.each(names)("refuses a folder without %s", async (name) => {
    await rm(join(folder, name));
    await expect(readPolicies(folder, "policies")).rejects.toThrow(
      `policies/${name}: the file could not be read`,
    );
  });

  it("refuses a policy file that nobody would read", async () => {
    await writeFile(join(folder, "extra.cedar"), "");
    await expect(readPolicies(folder, "policies")).rejects.toThrow(
      "policies/extra.cedar: this file would not be read",
    );
  });

  it("refuses a file that is not UTF-8", async () => {
    await writeFile(join(folder, "guardrails.cedar"), Buffer.from([0xff, 0xfe]));
    await expect(readPolicies(folder, "policies")).rejects.toThrow(
      "guardrails.cedar: the file could not be read",
    );
  });

  it("refuses a folder that is not there", async () => {
    await expect(readPolicies(join(folder, "nowhere"), "policies")).rejects.toThrow(
      "policies: the folder could not be read",
    );
  });
});
