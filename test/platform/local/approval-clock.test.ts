// The approval clock: plans expire to the millisecond, approved ones are executed, and a restart forgets neither.
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

function world(stored: readonly Plan[] = [], failing: { times: number } = { times: 0 }): World {
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
    onExpired: (id) => hear("expired", id),
    onApproved: (id) => hear("approved", id),
    onGivenUp: (id) => {
      heard.push(`given up ${id}`);
    },
  });
  return { clock, approvals, heard };
}

describe("the approval clock", () => {
  it("expires a plan at its time and not a millisecond before", async () => {
    const { clock, approvals, heard } = world();
    await approvals.opened(plan("pln_a", { expiresAtMs: 600_000 }));
    await clock.advance(599_999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(["expired pln_a"]);
  });

  it("waits longer than one timer can", async () => {
    const { clock, approvals, heard } = world();
    const dueMs = 40 * 86_400_000;
    await approvals.opened(plan("pln_a", { expiresAtMs: dueMs }));
    await clock.advance(dueMs - 1);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(["expired pln_a"]);
  });

  it("executes an approved plan and does not expire it", async () => {
    const { clock, approvals, heard } = world();
    await approvals.opened(plan("pln_a", { expiresAtMs: 1_000 }));
    await approvals.decided(plan("pln_a", { state: "approved" }));
    await clock.advance(5_000);
    expect(heard).toEqual(["approved pln_a"]);
  });

  it("forgets a plan that was denied", async () => {
    const { clock, approvals, heard } = world();
    await approvals.opened(plan("pln_a", { expiresAtMs: 1_000 }));
    await approvals.decided(plan("pln_a", { state: "denied" }));
    await clock.advance(5_000);
    expect(heard).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });

  it("takes up at start what was left: overdue, still pending, approved", async () => {
    const { clock, approvals, heard } = world([
      plan("pln_over", { expiresAtMs: -5 }),
      plan("pln_left", { expiresAtMs: 100 }),
      plan("pln_yes", { state: "approved" }),
      plan("pln_done", { state: "done" }),
    ]);
    await approvals.start();
    await clock.advance(0);
    expect(heard.toSorted()).toEqual(["approved pln_yes", "expired pln_over"]);
    await clock.advance(100);
    expect(heard).toContain("expired pln_left");
    expect(heard).toHaveLength(3);
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
    expect(heard).toEqual(["approved pln_b"]);
    expect(clock.sleepers()).toBe(0);
  });
});
