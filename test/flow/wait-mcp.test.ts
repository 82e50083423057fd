// Tool calls on a clock that the test moves: notes of progress, rounds, deadlines, and a result that waits for its record.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { request } from "../../lambda/flow/request.ts";
import type { World } from "../../lambda/flow/world.ts";
import type { Caller } from "../../lambda/model/caller.ts";
import { streamOf, type Answer } from "../../lambda/model/http.ts";
import { alice, carol, oids } from "../approval/a-plan.ts";
import { read, startStandIn, type StandIn } from "../forward/stand-in.ts";
import { checkedToken } from "../mask/samples.ts";
import { turn, turnUntil } from "../platform/steered-clock.ts";
import { openWorld, type WorldUnderTest } from "../stand-ins/world.ts";

const secret = checkedToken("ghp_");
const session = "ses-waiting";
const minute = 60_000;

let github: StandIn;
let under: WorldUnderTest;
let world: World;
let caller: Caller;

beforeEach(async () => {
  github = await startStandIn((incoming, outgoing) => {
    void read(incoming).then((body) => {
      const path = (incoming.url ?? "").split("?")[0] ?? "";
      if (path.startsWith("/mcp")) {
        const { id } = JSON.parse(body.toString()) as { id: number };
        const inner = { token: secret, content: Buffer.from(`key ${secret}\n`).toString("base64") };
        const result = { content: [{ type: "text", text: JSON.stringify(inner) }] };
        outgoing.writeHead(200, { "content-type": "text/event-stream" });
        outgoing.write(`: still there\n\n`);
        outgoing.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
        return;
      }
      const answers: Record<string, unknown> = {
        "/api/v3/repos/acme/app": {
          id: 1296269,
          name: "app",
          full_name: "acme/app",
          owner: { login: "acme" },
          default_branch: "main",
          private: true,
        },
        "/api/v3/repos/acme/app/git/ref/heads/main": {
          ref: "refs/heads/main",
          object: { sha: oids.old, type: "commit" },
        },
        "/api/v3/repos/acme/app/branches/main": { name: "main", protected: true },
        "/api/v3/repos/acme/app/rules/branches/main": [],
      };
      const found = answers[path];
      outgoing.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(found ?? { message: "Not Found" }));
    });
  });
  under = await openWorld({
    upstream: { api: `${github.url}/api/v3`, git: github.url, mcp: `${github.url}/mcp` },
    config: { access: [{ repository: "acme/app", readers: ["engineering"], writers: ["engineering"] }] },
    people: [alice, carol],
  });
  caller = {
    ...alice,
    session,
    claimedClient: "a test",
    proof: "session-token",
    issuedAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    claimedLabels: {},
    remoteAddress: "192.0.2.1",
  };
  world = { ...under.world, identity: { ...under.world.identity, identify: () => Promise.resolve(caller) } };
});
afterEach(async () => {
  await under.close();
  await github.close();
});

interface Asking {
  readonly params: Record<string, unknown>;
  readonly version?: string;
  readonly deadlineMs?: number;
}

function ask({ params, version, deadlineMs }: Asking, at: World = world): Promise<Answer> {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 5, method: "tools/call", params }));
  return request(
    {
      method: "POST",
      target: "/mcp/",
      host: "gw.acme.example",
      headers: [
        ["Host", "gw.acme.example"],
        ["Content-Type", "application/json"],
        ["Accept", "application/json, text/event-stream"],
        ...(version === undefined
          ? []
          : ([
              ["MCP-Protocol-Version", version],
              ["Mcp-Method", "tools/call"],
              ["Mcp-Name", String(params.name)],
            ] as const)),
      ],
      body: streamOf(body),
      remoteAddress: "192.0.2.1",
      signal: new AbortController().signal,
      ...(deadlineMs === undefined
        ? {}
        : { deadline: { atMs: under.clock.now() + deadlineMs, signal: new AbortController().signal } }),
    },
    at,
  );
}

const write = {
  name: "create_or_update_file",
  arguments: { owner: "acme", repo: "app", branch: "main", path: "a.md", content: "x", message: "m" },
};
const told = { ...write, _meta: { progressToken: "p-1" } };

function reading({ body }: Answer): { text(): string; ended(): string | undefined; notes(): number } {
  let text = "";
  let ended: string | undefined;
  void (async () => {
    try {
      for await (const chunk of body) text += Buffer.from(chunk).toString();
      ended = "whole";
    } catch {
      ended = "cut";
    }
  })();
  return {
    text: () => text,
    ended: () => ended,
    notes: () => text.split("notifications/progress").length - 1,
  };
}

/** Moves the clock on while nothing else happens, for a bounded time. */
async function moving<T>(look: () => T | undefined): Promise<T> {
  for (let steps = 0; steps < 10_000; steps += 1) {
    const found = look();
    if (found !== undefined) return found;
    for (let turns = 0; turns < 20; turns += 1) await turn();
    await under.clock.advance(1_000);
  }
  throw new Error("what was waited for did not come");
}

/** Asks, and moves the clock until the call has waited as long as it may. */
async function waited(asking: Asking): Promise<Record<string, unknown>> {
  let answer: Answer | undefined;
  void ask(asking).then((given) => {
    answer = given;
  });
  const given = await moving(() => answer);
  const text = reading(given);
  await turnUntil(() => text.ended() !== undefined);
  return (JSON.parse(text.text()) as { result: Record<string, unknown> }).result;
}

describe("a call that is told of its progress", () => {
  it("hears of it at once and then every ten seconds, no sooner", async () => {
    const answer = reading(await ask({ params: told }));
    await turnUntil(() => answer.notes() === 1);
    await under.clock.advance(9_999);
    await turn();
    expect(answer.notes()).toBe(1);
    await under.clock.advance(1);
    await turnUntil(() => answer.notes() === 2);
    expect(answer.text()).toContain('"progressToken":"p-1"');
    expect(answer.text()).toMatch(
      /Waiting for approval by platform-team: .*\/approvals\/pln_\w+ \(\d+ min left\)/,
    );
  });

  it("hears well before the deadline of its connection that it is pending", async () => {
    const answer = reading(await ask({ params: told, deadlineMs: 15 * minute }));
    await moving(() => answer.ended());
    expect(answer.text()).toContain("GH_PENDING");
    const [plan] = (await world.plans.list({ session }, { limit: 1 })).items;
    expect(plan?.state).toBe("pending");
    expect(under.clock.now() - (plan?.createdAtMs ?? 0)).toBeLessThan(14.5 * minute);
  });
});

describe("a call without sessions", () => {
  const stateless = (more: Record<string, unknown> = {}): Asking => ({
    params: { ...write, ...more },
    version: "2026-07-28",
  });

  it("is asked to ask again ten times, and then hears that it is pending", async () => {
    let state: unknown;
    for (let round = 1; round <= 10; round += 1) {
      const { resultType, requestState } = await waited(
        stateless(state === undefined ? {} : { requestState: state }),
      );
      expect(resultType).toBe("input_required");
      state = requestState;
    }
    const last = await waited(stateless({ requestState: state }));
    expect([last.resultType, last.isError]).toEqual(["complete", true]);
    expect((await world.plans.list({ session }, { limit: 10 })).items).toHaveLength(1);
  });

  it.each([
    ["twice", (): Asking["params"] => write],
    [
      "with other arguments",
      (): Asking["params"] => ({ ...write, arguments: { ...write.arguments, path: "b.md" } }),
    ],
  ])("cannot use its state %s", async (how, params) => {
    const { requestState } = await waited(stateless());
    if (how === "twice") await waited(stateless({ requestState }));
    const again = await waited({ params: { ...params(), requestState }, version: "2026-07-28" });
    expect(JSON.stringify(again)).toContain("requestState was not given for this call");
  });

  it("has a state that is of no use to another person", async () => {
    const { requestState } = await waited(stateless());
    caller = { ...caller, ...carol };
    const theirs = await waited(stateless({ requestState }));
    expect(JSON.stringify(theirs)).toContain("requestState was not given for this call");
  });
});

describe("a result", () => {
  const readCall = { name: "get_file_contents", arguments: { owner: "acme", repo: "app", path: "a.md" } };

  it("is masked also where its text is JSON, and where that holds base64", async () => {
    const answer = reading(await ask({ params: readCall }));
    await turnUntil(() => answer.ended() !== undefined);
    const message = /^data: (.*)$/m.exec(answer.text())?.[1] ?? "";
    const [block] = (JSON.parse(message) as { result: { content: { text: string }[] } }).result.content;
    const inner = JSON.parse(block?.text ?? "") as { token: string; content: string };
    expect(inner.token).toMatch(/^ghp_\*+$/);
    expect(Buffer.from(inner.content, "base64").toString()).not.toContain(secret);
    expect(answer.text()).not.toContain(secret);
  });

  it("never reaches the client when its outcome cannot be recorded", async () => {
    const { ledger } = world;
    const failing: World = {
      ...world,
      ledger: {
        ...ledger,
        write: (records) =>
          records.some(({ kind }) => kind === "outcome")
            ? Promise.reject(new Error("disk full"))
            : ledger.write(records),
      },
    };
    const answer = reading(await ask({ params: readCall }, failing));
    await turnUntil(() => answer.ended() !== undefined);
    expect([answer.ended(), answer.text()]).toEqual(["cut", ": still there\n\n"]);
  });
});
