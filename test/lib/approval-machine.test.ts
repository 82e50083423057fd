// The state machine as CDK writes it, executed: whatever calls, fails or comes late, the stored plan alone says what happens.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { alice, carol, demand, erin, expiresAtMs, openedAtMs } from "../approval/a-plan.ts";
import { makeStack, templateOf } from "./a-stack.ts";
import { definitionIn } from "./definition.ts";
import { approvalsUnderWay, type Approvals } from "./approval-world.ts";

const minute = 60_000;
const waiting = "Wait for a person, or until something is due";

describe("the approval machine", () => {
  let definition: string;
  let under: Approvals;
  beforeAll(() => {
    definition = definitionIn(templateOf(makeStack()));
  });
  beforeEach(() => {
    under = approvalsUnderWay(definition);
  });
  afterEach(() => {
    under.machine.close();
  });

  async function waits(id = "pln_1"): Promise<void> {
    await under.until(`${id} waits`, () => {
      const entered = under.machine.entered(id);
      return entered.at(-1) === waiting && under.tokens.has(id) && under.clock.sleepers() > 0;
    });
  }
  async function ends(id = "pln_1"): Promise<string | undefined> {
    await under.until(`${id} ends`, () => under.status(id) !== "RUNNING");
    return under.status(id);
  }
  async function openAndWait(change: Parameters<Approvals["open"]>[0] = {}): Promise<void> {
    await under.open(change);
    await waits();
  }

  it("tells the reviewers at once, then waits", async () => {
    await openAndWait();
    expect(under.told).toEqual(["asked to platform-team"]);
    expect(under.status("pln_1")).toBe("RUNNING");
  });

  it("carries out what was approved, once", async () => {
    await openAndWait();
    await under.vote("pln_1", carol, "approve");
    expect(await ends()).toBe("SUCCEEDED");
    expect(under.sent).toEqual(["pln_1"]);
    expect((await under.plan("pln_1")).state).toBe("done");
    expect(under.machine.entered("pln_1").at(-1)).toBe("Carried out, or the record says why not");
  });

  it("ends without carrying out what was denied", async () => {
    await openAndWait();
    await under.vote("pln_1", carol, "deny");
    expect(await ends()).toBe("SUCCEEDED");
    expect(under.sent).toEqual([]);
    expect(under.machine.entered("pln_1").at(-1)).toBe("Refused, expired or withdrawn");
  });

  it("reminds when it is time and not a second earlier, and only once", async () => {
    await openAndWait({ schedule: { remindAtMs: openedAtMs + 10 * minute, expiresAtMs } });
    await under.clock.advance(10 * minute - 1_000);
    expect(under.told).toEqual(["asked to platform-team"]);
    await under.clock.advance(1_000);
    await under.until("a reminder", () => under.told.includes("reminder to platform-team"));
    await waits();
    await under.clock.advance(20 * minute);
    expect(under.told).toEqual(["asked to platform-team", "reminder to platform-team"]);
  });

  it("lets a second team decide after the escalation and not before", async () => {
    const escalation = { afterSeconds: 1_200, reviewers: ["security-team"] };
    await openAndWait({
      demands: [demand({ escalation })],
      schedule: { escalateAtMs: openedAtMs + 20 * minute, expiresAtMs },
    });
    await expect(under.vote("pln_1", erin, "approve")).rejects.toMatchObject({ code: "GH_NOT_PERMITTED" });
    await under.clock.advance(20 * minute);
    await under.until("the escalation", () => under.told.includes("escalated to security-team"));
    await waits();
    await under.vote("pln_1", erin, "approve");
    expect(await ends()).toBe("SUCCEEDED");
    expect(under.sent).toEqual(["pln_1"]);
  });

  it("lets a plan live to its last second, and expires it then", async () => {
    await openAndWait();
    await under.clock.advance(60 * minute - 1_000);
    expect((await under.plan("pln_1")).state).toBe("pending");
    await under.clock.advance(1_000);
    expect(await ends()).toBe("SUCCEEDED");
    expect((await under.plan("pln_1")).state).toBe("expired");
    expect(under.sent).toEqual([]);
  });

  it("refuses a vote that comes after the end", async () => {
    await openAndWait();
    await under.clock.advance(60 * minute);
    await ends();
    await expect(under.vote("pln_1", carol, "approve")).rejects.toMatchObject({ code: "GH_ALREADY_DECIDED" });
    expect(under.sent).toEqual([]);
  });

  it("waits on when somebody sends the token and nobody has decided", async () => {
    await openAndWait();
    const stolen = under.tokens.get("pln_1") ?? "";
    under.wake(stolen);
    await under.until("a new token", () => under.tokens.get("pln_1") !== stolen);
    await waits();
    expect(under.sent).toEqual([]);
    expect((await under.plan("pln_1")).state).toBe("pending");
  });

  it("takes no token twice, and none after its wait", async () => {
    await openAndWait();
    const token = under.tokens.get("pln_1") ?? "";
    under.wake(token);
    expect(() => {
      under.wake(token);
    }).toThrow(expect.objectContaining({ type: "TaskTimedOut" }));
    await under.until("a new token", () => under.tokens.get("pln_1") !== token);
    await waits();
    const late = under.tokens.get("pln_1") ?? "";
    await under.clock.advance(60 * minute);
    await ends();
    expect(() => {
      under.wake(late);
    }).toThrow(expect.objectContaining({ type: "TaskTimedOut" }));
    expect(under.sent).toEqual([]);
  });

  it("gives each wait a token of its own", async () => {
    await openAndWait({ schedule: { remindAtMs: openedAtMs + minute, expiresAtMs } });
    const first = under.tokens.get("pln_1");
    await under.clock.advance(minute);
    await under.until("another token", () => under.tokens.get("pln_1") !== first);
  });

  it("sees a decision that came before anybody could have woken it", async () => {
    let isDecided = false;
    under.before = ({ taskToken }) => {
      if (taskToken === undefined || isDecided) return;
      isDecided = true;
      void under.vote("pln_1", carol, "approve");
    };
    await under.open();
    expect(await ends()).toBe("SUCCEEDED");
    expect(under.sent).toEqual(["pln_1"]);
  });

  it("looks again after a minute when the function fails while a plan waits", async () => {
    under.before = ({ taskToken }) => {
      if (taskToken !== undefined) throw new Error("the record store is away");
    };
    await under.open();
    await under.until(
      "the pause",
      () => under.machine.entered("pln_1").at(-1)?.startsWith("Something failed") === true,
    );
    under.before = () => undefined;
    await under.until("asleep", () => under.clock.sleepers() > 0);
    await under.clock.advance(minute);
    await waits();
    await under.vote("pln_1", carol, "approve");
    expect(await ends()).toBe("SUCCEEDED");
  });

  it("tries again to carry out what failed before it was claimed", async () => {
    let failures = 2;
    under.before = ({ step }) => {
      if (step === "carry-out" && failures-- > 0) throw new Error("GitHub cannot be asked");
    };
    await openAndWait();
    await under.vote("pln_1", carol, "approve");
    expect(await ends()).toBe("SUCCEEDED");
    expect(under.sent).toEqual(["pln_1"]);
  });

  it("never sends again what broke off after it was claimed", async () => {
    let tries = 0;
    under.atGitHub = () => {
      tries += 1;
      throw new Error("the function ran out of memory");
    };
    await openAndWait();
    await under.vote("pln_1", carol, "approve");
    await ends();
    expect(tries).toBe(1);
    expect((await under.plan("pln_1")).state).toBe("executing");
  });

  it("gives up, for a person to look, when the function never answers rightly", async () => {
    under.before = () => {
      throw new Error("out of order");
    };
    await under.open();
    expect(await ends()).toBe("FAILED");
    expect([...under.steps.executions.values()][0]).toMatchObject({ error: "Gatehouse.GivenUp" });
    expect((await under.plan("pln_1")).state).toBe("pending");
  });

  it("runs once for a plan, however often it is started", async () => {
    const plan = await under.open();
    await under.open(plan).catch(() => undefined);
    await waits();
    expect(under.steps.executions.size).toBe(1);
    expect(under.told).toEqual(["asked to platform-team"]);
  });

  it("keeps fifty plans apart: each ends as it was decided", async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `pln_${at}`);
    for (const id of ids) await under.open({ id, hash: id, session: `ses_${id}`, entry: `req_${id}` });
    for (const id of ids) await waits(id);
    await Promise.all(
      ids.map(async (id, at) => {
        if (at % 3 < 2) await under.vote(id, carol, at % 3 === 0 ? "approve" : "deny");
      }),
    );
    await under.clock.advance(60 * minute);
    for (const id of ids) expect(await ends(id)).toBe("SUCCEEDED");
    const states = await Promise.all(ids.map(async (id) => (await under.plan(id)).state));
    expect(states).toEqual(ids.map((_, at) => ["done", "denied", "expired"][at % 3]));
    expect([...under.sent].sort()).toEqual(ids.filter((_, at) => at % 3 === 0).sort());
  });

  it("lets nobody approve their own request, whatever they send to the machine", async () => {
    await openAndWait();
    await expect(
      under.vote("pln_1", { ...alice, teams: ["platform-team"] }, "approve"),
    ).rejects.toMatchObject({
      code: "GH_OWN_REQUEST",
    });
    under.wake(under.tokens.get("pln_1") ?? "");
    await waits();
    expect(under.sent).toEqual([]);
  });
});

describe("the definition", () => {
  const definition = JSON.parse(definitionIn(templateOf(makeStack()))) as {
    TimeoutSeconds: number;
    States: Record<string, { Type: string; TimeoutSeconds?: number; TimeoutSecondsPath?: string }>;
  };

  it("outlives the longest wait that a rule can ask for, and no more than a few days longer", () => {
    const days = definition.TimeoutSeconds / 86_400;
    expect(days).toBeGreaterThan(30.5);
    expect(days).toBeLessThan(35);
  });

  it("limits every task in time", () => {
    const unlimited = Object.entries(definition.States).filter(
      ([, state]) =>
        state.Type === "Task" && state.TimeoutSeconds === undefined && state.TimeoutSecondsPath === undefined,
    );
    expect(unlimited).toEqual([]);
  });

  it("hands the task token to the function only, and never into the state that is passed on", () => {
    const tokens = Object.entries(definition.States).filter(([, state]) =>
      JSON.stringify(state).includes("$$.Task.Token"),
    );
    expect(tokens.map(([name]) => name)).toEqual([waiting]);
    expect(definition.States[waiting]).toMatchObject({ ResultPath: null });
  });
});
