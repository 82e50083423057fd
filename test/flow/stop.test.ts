// The kill switch over two instances of one gateway: what is stopped at one ends at the other within two seconds.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import { request } from "../../lambda/flow/request.ts";
import { stopSession } from "../../lambda/flow/stop.ts";
import type { World } from "../../lambda/flow/world.ts";
import type { Caller } from "../../lambda/model/caller.ts";
import { streamOf, type Answer, type Bytes } from "../../lambda/model/http.ts";
import { openDatabase } from "../../lambda/platform/local/database.ts";
import { createStopList, type LocalStopList } from "../../lambda/platform/local/stop-list.ts";
import { alice, carol, erin, oids } from "../approval/a-plan.ts";
import { startStandIn, type StandIn } from "../forward/stand-in.ts";
import { turn } from "../platform/steered-clock.ts";
import { eventually } from "../stand-ins/eventually.ts";
import { openWorld, type WorldUnderTest } from "../stand-ins/world.ts";

const session = "ses-stopped";
const caller: Caller = {
  ...alice,
  session,
  claimedClient: "git/2.39",
  proof: "session-token",
  issuedAtMs: 0,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  claimedLabels: {},
  remoteAddress: "192.0.2.1",
};

let github: StandIn;
let under: WorldUnderTest;
/** The instance that carries the requests; the test stops at `under.world`, the other one. */
let there: World;
let stops: LocalStopList;
let closeDatabase: () => void;

beforeEach(async () => {
  github = await startStandIn((incoming, outgoing) => {
    const path = incoming.url ?? "";
    if (path.endsWith("/readme")) {
      // The first half of an answer that never ends.
      outgoing.writeHead(200, { "content-type": "application/json" }).write('{"content":"');
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
    const found = answers[path.split("?")[0] ?? ""];
    outgoing.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(found ?? { message: "Not Found" }));
  });
  under = await openWorld({
    upstream: { api: `${github.url}/api/v3`, git: github.url },
    config: {
      access: [{ repository: "acme/app", readers: ["engineering"], writers: ["engineering"] }],
    },
    people: [alice, carol, erin],
  });
  const db = openDatabase({ file: join(under.dataDir, "gatehouse.db") });
  stops = createStopList(db, under.clock);
  closeDatabase = () => {
    stops.close();
    db.close();
  };
  const other = await under.another({ stops });
  there = { ...other, identity: { ...other.identity, identify: () => Promise.resolve(caller) } };
});
afterEach(async () => {
  closeDatabase();
  await under.close();
  await github.close();
});

function ask(method: string, target: string, type = "", body: Bytes = new Uint8Array()): Promise<Answer> {
  return request(
    {
      method,
      target,
      host: "gw.acme.example",
      headers: [
        ["Host", "gw.acme.example"],
        ...(type === "" ? [] : ([["Content-Type", type]] as const)),
        ...(body.length === 0 ? [] : ([["Content-Length", String(body.length)]] as const)),
      ],
      body: body.length === 0 ? streamOf() : streamOf(body),
      remoteAddress: "192.0.2.1",
      signal: new AbortController().signal,
    },
    there,
  );
}

/** Reads on while the test goes on, and says how it ended. */
function reading({ body }: Answer): { text(): string; ended(): string | undefined } {
  let text = "";
  let ended: string | undefined;
  void (async () => {
    try {
      for await (const chunk of body) text += Buffer.from(chunk).toString("latin1");
      ended = "whole";
    } catch {
      ended = "cut";
    }
  })();
  return { text: () => text, ended: () => ended };
}

async function stopAtTheOtherInstance(): Promise<void> {
  const who = { ...erin, signedInAtMs: under.clock.now(), via: "browser", csrf: "" } as const;
  await stopSession(session, alice.subject, who, "looks odd", under.world);
}

describe("a session that is stopped at another instance", () => {
  it("loses its streaming answer within two seconds", async () => {
    const answer = reading(await ask("GET", "/api/v3/repos/acme/app/readme"));
    await turn();
    await stopAtTheOtherInstance();
    await turn();
    expect(answer.ended()).toBeUndefined();
    await under.clock.advance(2_000);
    expect(await eventually("the end of the answer", () => Promise.resolve(answer.ended()))).toBe("cut");
  });

  it("loses its held push within two seconds: the client hears it, and the plan is void", async () => {
    const line = `${oids.old} ${"0".repeat(40)} refs/heads/main\0 report-status side-band-64k delete-refs agent=git/2.39`;
    const length = (line.length + 4).toString(16).padStart(4, "0");
    const push = new TextEncoder().encode(`${length}${line}0000`);
    const answer = reading(
      await ask("POST", "/acme/app.git/git-receive-pack", "application/x-git-receive-pack-request", push),
    );
    const [plan] = await eventually("a plan", async () => {
      const { items } = await under.world.plans.list({ states: ["pending"], session }, { limit: 1 });
      return items.length === 0 ? undefined : items;
    });
    expect(answer.ended()).toBeUndefined();
    await stopAtTheOtherInstance();
    await under.clock.advance(2_000);
    expect(await eventually("the end of the push", () => Promise.resolve(answer.ended()))).toBeDefined();
    expect(answer.text()).toContain("ng refs/heads/main");
    expect((await under.world.plans.get(plan?.id ?? ""))?.state).toBe("void");
  });

  it("gets no further request through at either instance", async () => {
    await stopAtTheOtherInstance();
    const token = { session, subject: alice.subject, issuedAtMs: 0, proof: "session-token" } as const;
    expect(await Promise.all([under.world.stops, stops].map((list) => list.isStopped(token)))).toEqual([
      true,
      true,
    ]);
  });
});
