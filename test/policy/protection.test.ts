// A branch is protected until it is established that it is not.
import { describe, expect, it, jest } from "@jest/globals";
import type { Clock, GitHubFacts } from "../../lambda/model/ports.ts";
import { createProtection } from "../../lambda/policy/protection.ts";
import { app } from "./shipped.ts";

class FakeClock implements Clock {
  #now = 1_000_000;
  #sleepers: { readonly untilMs: number; wake(): void }[] = [];
  now(): number {
    return this.#now;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ untilMs: this.#now + ms, wake: resolve });
      signal?.addEventListener("abort", () => {
        resolve();
      });
    });
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.untilMs <= this.#now) sleeper.wake();
  }
}

function setUp(facts: Partial<Pick<GitHubFacts, "branchFlag" | "hasBranchRules" | "symbolicTarget">> = {}) {
  const clock = new FakeClock();
  const branchFlag = jest.fn(facts.branchFlag ?? (() => Promise.resolve<boolean | undefined>(false)));
  const hasBranchRules = jest.fn(facts.hasBranchRules ?? (() => Promise.resolve(false)));
  const symbolicTarget = facts.symbolicTarget ?? (() => Promise.resolve(undefined));
  const config = { protectedBranches: [{ repository: "Acme/*", branches: ["release/*"] }] };
  const protection = createProtection({
    facts: { branchFlag, hasBranchRules, symbolicTarget },
    config,
    clock,
  });
  const of = (...branches: string[]) =>
    protection.of(
      app,
      branches.map((name) => ({ ref: `refs/heads/${name}` })),
      { isExecuting: false },
    );
  const executing = (...branches: string[]) =>
    protection.of(
      app,
      branches.map((name) => ({ ref: `refs/heads/${name}` })),
      { isExecuting: true },
    );
  return { clock, branchFlag, hasBranchRules, protection, of, executing };
}

const no = () => Promise.resolve(false);
const fails = () => Promise.reject(new Error("rate limited"));
const never = () => new Promise<boolean>(() => undefined);

describe("protection", () => {
  it.each([
    ["refs/heads/main", { isProtected: true, isDefault: true, because: "default branch" }],
    ["refs/heads/release/2.0", { isProtected: true, isDefault: false, because: "pattern release/*" }],
    ["refs/tags/v1", { isProtected: true, isDefault: false, because: "tag: releases are made from tags" }],
    [
      "refs/pull/7/head",
      { isProtected: true, isDefault: false, because: "unknown: neither a branch nor a tag" },
    ],
    ["HEAD", { isProtected: true, isDefault: false, because: "unknown: neither a branch nor a tag" }],
  ])("of %s is known without asking GitHub", async (ref, expected) => {
    const { protection, branchFlag, hasBranchRules } = setUp();
    expect(await protection.of(app, [{ ref }], { isExecuting: true })).toEqual([{ ref, ...expected }]);
    expect(branchFlag).not.toHaveBeenCalled();
    expect(hasBranchRules).not.toHaveBeenCalled();
  });

  it("compares branches byte by byte: Main is not main", async () => {
    const { of } = setUp();
    expect((await of("Main"))[0]).toMatchObject({ isProtected: false, isDefault: false });
  });

  it.each<[string, GitHubFacts["branchFlag"], GitHubFacts["hasBranchRules"], boolean, string]>([
    ["the flag is set", () => Promise.resolve(true), no, true, "GitHub: protected"],
    ["a ruleset rule applies", no, () => Promise.resolve(true), true, "GitHub: ruleset rule"],
    [
      "a rule applies to a new branch",
      () => Promise.resolve(undefined),
      () => Promise.resolve(true),
      true,
      "GitHub: ruleset rule",
    ],
    [
      "the flag is set and the rules cannot be read",
      () => Promise.resolve(true),
      fails,
      true,
      "GitHub: protected",
    ],
    ["the flag cannot be read", fails, no, true, "unknown: GitHub did not answer"],
    ["the rules cannot be read", no, fails, true, "unknown: GitHub did not answer"],
    [
      "the rules of a new branch cannot be read",
      () => Promise.resolve(undefined),
      fails,
      true,
      "unknown: GitHub did not answer",
    ],
    [
      "the look-up throws at once",
      () => {
        throw new Error("no");
      },
      no,
      true,
      "unknown: GitHub did not answer",
    ],
    ["neither is so", no, no, false, "GitHub: not protected"],
    [
      "a new branch has no rule",
      () => Promise.resolve(undefined),
      no,
      false,
      "GitHub: a new branch, no rule for its name",
    ],
  ])("when %s", async (_what, branchFlag, hasBranchRules, isProtected, because) => {
    const { of } = setUp({ branchFlag, hasBranchRules });
    expect(await of("dev")).toEqual([{ ref: "refs/heads/dev", isProtected, isDefault: false, because }]);
  });

  it.each<[string, GitHubFacts["symbolicTarget"], string]>([
    [
      "it is a symbolic ref",
      () => Promise.resolve("refs/heads/main"),
      "GitHub: a symbolic ref that stands for refs/heads/main",
    ],
    ["nobody can say whether it is one", fails, "unknown: GitHub did not answer"],
  ])("when %s", async (_what, symbolicTarget, because) => {
    const { of } = setUp({ symbolicTarget });
    expect(await of("alias")).toMatchObject([{ isProtected: true, because }]);
  });

  it("is assumed when GitHub does not answer in ten seconds", async () => {
    const { of, clock } = setUp({ branchFlag: never });
    const asked = of("dev");
    await Promise.resolve();
    clock.advance(10_000);
    expect((await asked)[0]).toMatchObject({
      isProtected: true,
      because: "unknown: GitHub did not answer in time",
    });
  });

  it("answers for each ref, in their order", async () => {
    const { of } = setUp();
    expect((await of("b", "main", "a")).map(({ ref }) => ref)).toEqual([
      "refs/heads/b",
      "refs/heads/main",
      "refs/heads/a",
    ]);
  });

  it("is assumed for refs beyond the hundredth: GitHub is not asked about a thousand [DOS-01]", async () => {
    const { of, branchFlag } = setUp();
    const facts = await of(...Array.from({ length: 101 }, (_, index) => `b${index}`));
    expect(facts.filter(({ isProtected }) => isProtected)).toHaveLength(1);
    expect(branchFlag).toHaveBeenCalledTimes(100);
  });
});

describe("what is remembered", () => {
  it("not protected: for a minute and no longer", async () => {
    const { of, clock, branchFlag } = setUp();
    await of("dev");
    clock.advance(59_999);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(2);
  });

  it("protected: for five minutes and no longer", async () => {
    const { of, clock, branchFlag } = setUp({ branchFlag: () => Promise.resolve(true) });
    await of("dev");
    clock.advance(299_999);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(2);
  });

  it("not protected is asked again before a write; protected is believed", async () => {
    const free = setUp();
    await free.of("dev");
    await free.executing("dev");
    expect(free.branchFlag).toHaveBeenCalledTimes(2);
    const guarded = setUp({ branchFlag: () => Promise.resolve(true) });
    await guarded.of("dev");
    await guarded.executing("dev");
    expect(guarded.branchFlag).toHaveBeenCalledTimes(1);
  });

  it("a failure is not remembered", async () => {
    const answers = [fails, no];
    const { of } = setUp({ branchFlag: () => (answers.shift() ?? no)() });
    expect((await of("dev"))[0]?.isProtected).toBe(true);
    expect((await of("dev"))[0]?.isProtected).toBe(false);
  });

  it("is per repository and ref", async () => {
    const { of, protection, branchFlag } = setUp();
    await of("dev");
    await of("other");
    await protection.of({ ...app, id: 2 }, [{ ref: "refs/heads/dev" }], { isExecuting: false });
    expect(branchFlag).toHaveBeenCalledTimes(3);
  });

  it("is dropped for a repository whose protection may have changed, and for no other", async () => {
    const { of, protection, branchFlag } = setUp();
    await of("dev");
    protection.forget(2);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(1);
    protection.forget(app.id);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(2);
  });

  it("is dropped for every repository when it is not known whose protection changed", async () => {
    const { of, protection, branchFlag } = setUp();
    await of("dev");
    protection.forget(undefined);
    await of("dev");
    expect(branchFlag).toHaveBeenCalledTimes(2);
  });

  it("does not include a look-up that began before protection changed", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const answers = [() => promise, () => Promise.resolve(true)];
    const { of, protection } = setUp({ branchFlag: () => (answers.shift() ?? no)() });
    const early = of("dev");
    await Promise.resolve();
    protection.forget(app.id);
    resolve(false);
    await early;
    expect((await of("dev"))[0]?.isProtected).toBe(true);
  });
});

describe("look-ups", () => {
  it("of the same ref in the same moment are one", async () => {
    const { of, branchFlag } = setUp();
    await Promise.all([of("dev"), of("dev"), of("dev", "dev")]);
    expect(branchFlag).toHaveBeenCalledTimes(1);
  });

  it("before a write never borrow one that began earlier", async () => {
    const { of, executing, branchFlag } = setUp();
    await Promise.all([of("dev"), executing("dev")]);
    expect(branchFlag).toHaveBeenCalledTimes(2);
  });

  it("run at most eight at a time", async () => {
    let running = 0;
    let most = 0;
    const branchFlag = async (): Promise<boolean> => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return false;
    };
    const { of } = setUp({ branchFlag });
    await of(...Array.from({ length: 50 }, (_, index) => `b${index}`));
    expect(most).toBe(8);
  });
});
