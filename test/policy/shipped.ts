// The policies as they are shipped, and one request to ask about; tests change what they are about.
import type { PolicyInput } from "../../lambda/policy/decide.ts";
import type { Repository } from "../../lambda/model/action.ts";
import { readPolicies, type PolicySource } from "../../lambda/policy/source.ts";

export const shipped: PolicySource = await readPolicies("policies");

export const app: Repository = {
  id: 1296269,
  owner: "acme",
  name: "app",
  fullName: "acme/app",
  defaultBranch: "main",
  isPrivate: true,
};

export const oids = { old: "a1b2c3d".padEnd(40, "0"), new: "9f8e7d6".padEnd(40, "0") };

/** alice, an engineer, pushes an unprotected branch of a repository that engineering may read and write. */
export function aPush(change: Partial<PolicyInput> = {}): PolicyInput {
  return {
    caller: { subject: "https://issuer.example#acme-1001", teams: ["engineering"] },
    action: { operation: "git/receive-pack", effect: "branch-write", surface: "git" },
    repository: app,
    refs: [{ ref: "refs/heads/dev", change: "update", old: oids.old, new: oids.new, force: "no" }],
    protection: [
      { ref: "refs/heads/dev", isProtected: false, isDefault: false, because: "GitHub: not protected" },
    ],
    touchesAllBranches: false,
    touchesWorkflows: false,
    paths: [],
    access: { readers: ["engineering"], writers: ["engineering"] },
    readMany: { acme: ["security-team"] },
    ...change,
  };
}

/** The same push to a branch of this name, protected. */
export function aProtectedPush(branch: string, change: Partial<PolicyInput> = {}): PolicyInput {
  const ref = `refs/heads/${branch}`;
  return aPush({
    refs: [{ ref, change: "update", old: oids.old, new: oids.new, force: "no" }],
    protection: [{ ref, isProtected: true, isDefault: branch === "main", because: "pattern" }],
    ...change,
  });
}

export function aRead(change: Partial<PolicyInput> = {}): PolicyInput {
  return aPush({
    action: { operation: "repos/get-content", effect: "read", surface: "rest" },
    refs: [],
    protection: [],
    ...change,
  });
}
