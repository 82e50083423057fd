// The approval clock: plans are advanced to the millisecond, approved ones are executed, and a restart forgets neither.
import { describe, expect, it } from "@jest/globals";
import type { Plan } from "../../../lambda/model/plan.ts";
import { createApprovalClock } from "../../../lambda/platform/local/approval-clock.ts";
import type { LocalApprovalClock } from "../../../lambda/platform/local/approval-clock.ts";
import { plan } from "../contract/samples.ts";
import { steeredClock } from "../steered-clock.ts";
import type { SteeredClock } from "../steered-clock.ts";

interface World {
  readonly clock: SteeredClock;
  readonly approvals: LocalApprovalClock;
  readonly heard: string[];
}

/** `due`: what each look at a plan says about the next one. */
function world(
  stored: readonly Plan[] = [],
  failing: { times: number } = { times: 0 },
  due: Readonly<Record<string, readonly number[]>> = {},
): World {
  const dues = new Map(Object.entries(due).map(([id, times]) => [id, [...times]]));
  const clock = steeredClock(0);
  const heard: string[] = [];
  const hear = (what: string, id: string): Promise<void> => {
    heard.push(`${what} ${id}`);
    failing.times -= 1;
    return failing.times >= 0 ? Promise.reject(new Error("not now")) : Promise.resolve();
  };
  const plans = {
    list: ({ states }: { states?: readonly string[] }, { after }: { after?: string }) => {
      const found = stored.filter((each) => states?.includes(each.state));
      const at = Number(after ?? 0);
      return Promise.resolve({
        items: found.slice(at, at + 1),
        ...(at + 1 < found.length ? { next: String(at + 1) } : {}),
      });
    },
  };
  const approvals = createApprovalClock(clock, plans, {
    onDue: async (id) => {
      await hear("due", id);
      return dues.get(id)?.shift();
    },
    onApproved: (id) => hear("approved", id),
    onGivenUp: (id) => {
      heard.push(`given up ${id}`);
    },
  });
  return { clock, approvals, heard };
}

describe("the approval clock", () => {
  it("looks at a plan at once, at the time that the look says, and not a millisecond before", async () => {
    const { clock, approvals, heard } = world([], { times: 0 }, { pln_a: [600_000, 900_000] });
    await approvals.opened(plan("pln_a"));
    await clock.advance(599_999);
    expect(heard).toEqual(["due pln_a"]);
    await clock.advance(1);
    expect(heard).toEqual(["due pln_a", "due pln_a"]);
    await clock.advance(300_000);
    expect(heard).toHaveLength(3);
    expect(clock.sleepers()).toBe(0);
  });

  it("waits longer than one timer can", async () => {
    const dueMs = 40 * 86_400_000;
    const { clock, approvals, heard } = world([], { times: 0 }, { pln_a: [dueMs] });
    await approvals.opened(plan("pln_a"));
    await clock.advance(dueMs - 1);
    expect(heard).toHaveLength(1);
    await clock.advance(1);
    expect(heard).toHaveLength(2);
  });

  it("executes an approved plan and looks at it no more", async () => {
    const { clock, approvals, heard } = world([], { times: 0 }, { pln_a: [1_000] });
    await approvals.opened(plan("pln_a"));
    await clock.advance(0);
    await approvals.decided(plan("pln_a", { state: "approved" }));
    await clock.advance(5_000);
    expect(heard).toEqual(["due pln_a", "approved pln_a"]);
  });

  it("forgets a plan that was denied", async () => {
    const { clock, approvals, heard } = world([], { times: 0 }, { pln_a: [1_000] });
    await approvals.opened(plan("pln_a"));
    await clock.advance(0);
    await approvals.decided(plan("pln_a", { state: "denied" }));
    await clock.advance(5_000);
    expect(heard).toEqual(["due pln_a"]);
    expect(clock.sleepers()).toBe(0);
  });

  it("takes up at start what was left: pending and approved", async () => {
    const left = [
      plan("pln_left"),
      plan("pln_over", { expiresAtMs: -5 }),
      plan("pln_yes", { state: "approved" }),
      plan("pln_done", { state: "done" }),
    ];
    const { clock, approvals, heard } = world(left, { times: 0 }, { pln_left: [100] });
    await approvals.start();
    await clock.advance(0);
    expect(heard.toSorted()).toEqual(["approved pln_yes", "due pln_left", "due pln_over"]);
    await clock.advance(100);
    expect(heard.filter((line) => line === "due pln_left")).toHaveLength(2);
    expect(heard).toHaveLength(4);
  });

  it("tries again after a failure", async () => {
    const { clock, approvals, heard } = world([], { times: 2 });
    await approvals.decided(plan("pln_a", { state: "approved" }));
    await clock.advance(3_000);
    expect(heard).toEqual(["approved pln_a", "approved pln_a", "approved pln_a"]);
  });

  it("gives up after eight attempts and says so", async () => {
    const { clock, approvals, heard } = world([], { times: 1_000 });
    await approvals.decided(plan("pln_a", { state: "approved" }));
    await clock.advance(3_600_000);
    expect(heard.filter((line) => line === "approved pln_a")).toHaveLength(8);
    expect(heard.at(-1)).toBe("given up pln_a");
    expect(clock.sleepers()).toBe(0);
  });

  it("calls nobody and keeps no timer once it is closed", async () => {
    const { clock, approvals, heard } = world([], { times: 1_000 });
    await approvals.opened(plan("pln_a", { expiresAtMs: 1_000 }));
    await approvals.decided(plan("pln_b", { state: "approved" }));
    await clock.advance(0);
    approvals.close();
    await approvals.opened(plan("pln_c", { expiresAtMs: 1_000 }));
    await clock.advance(3_600_000);
    expect(heard.toSorted()).toEqual(["approved pln_b", "due pln_a"]);
    expect(clock.sleepers()).toBe(0);
  });
});
