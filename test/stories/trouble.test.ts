// When something is broken: a clear error, a record where there was a caller, nothing half-done, the gateway alive.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { connect } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { chmod, cp, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EntryView } from "../../lambda/model/api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    config: { hold: { restWaitMs: 200 }, limits: { upstreamHeadersMs: 1000, upstreamIdleMs: 1000 } },
  });
});
afterAll(() => discard(gateway));

const code = (json: unknown): string => (json as { gatehouse: { code: string } }).gatehouse.code;
const entryOf = (json: unknown): string => (json as { gatehouse: { entry: string } }).gatehouse.entry;

async function writesReceived(): Promise<number> {
  // The gateway's own question about symbolic refs is a POST, too.
  return (await gateway.upstream()).filter(
    ({ method, path }) => method !== "GET" && !path.endsWith("/git-upload-pack"),
  ).length;
}

describe("a sick upstream", () => {
  it("that is slow to answer is 504, and the record says that the call failed", async () => {
    await gateway.fault({ path: "/api/v3/repos/acme/app/issues", delayMs: 5_000, times: 1 });
    const answer = await gateway.api("alice", "POST", "/repos/acme/app/issues", { title: "slow" });
    expect([answer.status, code(answer.json)]).toEqual([504, "GH_UPSTREAM_TIMEOUT"]);
    const { outcome } = (await gateway.review("erin", "GET", `/entries/${entryOf(answer.json)}`))
      .json as EntryView;
    expect(outcome?.result).toBe("failed");
  });

  it("that breaks off in the middle of an answer never looks like a whole one, and is recorded as failed", async () => {
    const session = "ses-broken";
    await gateway.fault({ path: "/api/v3/repos/acme/app/commits", cutAfterBytes: 200, times: 1 });
    const reading = gateway.api("alice", "GET", "/repos/acme/app/commits", undefined, { session });
    // Before the first byte it is a clean 502, after it the connection breaks; never a short answer that looks whole.
    const answer = await reading.catch(() => undefined);
    expect(answer?.status ?? 502).toBe(502);
    const entry = await eventually("the outcome", async () => {
      const view = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as {
        entries: EntryView[];
      };
      return view.entries[0]?.outcome;
    });
    expect(entry.result).toBe("failed");
  });

  it("that cannot tell whether a branch is protected makes it count as protected [POLICY-04]", async () => {
    await gateway.fault({
      path: "api/v3/.*branches/feature",
      status: 500,
      times: 10,
    });
    const before = await writesReceived();
    const answer = await gateway.api("alice", "POST", "/repos/acme/app/git/refs", {
      ref: "refs/heads/feature/unknown",
      sha: "0123456789012345678901234567890123456789",
    });
    await gateway.clearFaults();
    expect([answer.status, code(answer.json)]).toEqual([409, "GH_PENDING"]);
    expect(await writesReceived()).toBe(before);
  });
});

describe("a broken client", () => {
  it.each([
    [
      "a push whose command list is cut short",
      "00a00000000000000000000000000000000000000000 0123456789012345678901234567890123456789 refs/heads/x",
      "GH_BAD_PUSH",
    ],
    ["a push that is not pkt-line at all", "hello world", "GH_BAD_PUSH"],
  ])("%s is refused, and nothing reaches GitHub", async (_what, body, expected) => {
    const before = await writesReceived();
    const answer = await fetch(`${gateway.gateway}/acme/app.git/git-receive-pack`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await gateway.token("alice")}`,
        "content-type": "application/x-git-receive-pack-request",
      },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/Nothing was sent to GitHub/);
    expect(expected).toBe("GH_BAD_PUSH");
    expect(await writesReceived()).toBe(before);
  });

  it("a pack with a flipped byte is refused per ref, and nothing moves", async () => {
    const zero = "0".repeat(40);
    const line = `${zero} ${"1".repeat(40)} refs/heads/x\0 report-status side-band-64k agent=test`;
    const length = (Buffer.byteLength(line) + 4).toString(16).padStart(4, "0");
    const pack = Buffer.concat([
      Buffer.from("PACK"),
      Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 0x95, 9, 9, 9, 9, 9]),
      Buffer.alloc(20),
    ]);
    const answer = await fetch(`${gateway.gateway}/acme/app.git/git-receive-pack`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await gateway.token("alice")}`,
        "content-type": "application/x-git-receive-pack-request",
      },
      body: Buffer.concat([Buffer.from(`${length}${line}0000`), pack]),
    });
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toMatch(/ng refs\/heads\/x/);
    expect(text).toMatch(/not sound/);
  });

  it("that speaks no HTTP gets 400, and the gateway lives on", async () => {
    const { port, hostname } = new URL(gateway.gateway);
    const heard = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write("NONSENSE\r\n\r\n"));
      socket.once("data", (chunk) => {
        resolve(chunk.toString());
      });
    });
    expect(heard).toMatch(/^HTTP\/1\.1 400/);
    expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
  });

  it("that leaves in the middle of a push leaves a record and no escrow", async () => {
    const { port, hostname } = new URL(gateway.gateway);
    const token = await gateway.token("alice", { session: "ses-left" });
    const line = `${"0".repeat(40)} ${"1".repeat(40)} refs/heads/left\0 report-status side-band-64k agent=test`;
    const length = (Buffer.byteLength(line) + 4).toString(16).padStart(4, "0");
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /acme/app.git/git-receive-pack HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n` +
            `Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n${length}${line}0000PACK`,
          () => {
            setTimeout(() => {
              socket.destroy();
              resolve();
            }, 300);
          },
        );
      });
    });
    const outcome = await eventually("the outcome", async () => {
      const view = (await gateway.review("erin", "GET", "/sessions/ses-left")).json as {
        entries?: EntryView[];
      };
      return view.entries?.[0]?.outcome;
    });
    expect(outcome.result).toBe("refused");
  });
});

describe("a store that cannot be written", () => {
  it("means no record, so no call: 503 and nothing reaches GitHub [LOGGING-03]", async () => {
    const before = (await gateway.upstream()).length;
    const other = new DatabaseSync(join(gateway.dataDir, "gatehouse.db"));
    other.exec("BEGIN IMMEDIATE");
    const answer = await gateway.api("alice", "POST", "/repos/acme/app/issues", { title: "unrecorded" });
    other.exec("ROLLBACK");
    other.close();
    expect([answer.status, code(answer.json)]).toEqual([503, "GH_AUDIT_UNAVAILABLE"]);
    expect((await gateway.upstream()).slice(before).filter(({ method }) => method !== "GET")).toEqual([]);
    expect((await gateway.api("alice", "POST", "/repos/acme/app/issues", { title: "recorded" })).status).toBe(
      201,
    );
  });

  it("refuses a push when its pack cannot be kept while it is checked", async () => {
    const work = await clone(remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"));
    await work.commit({ "e.txt": "e\n" }, "No escrow");
    const escrow = join(gateway.dataDir, "escrow");
    await rename(escrow, `${escrow}.away`);
    await writeFile(escrow, "in the way");
    const result = await work.git("push", "origin", "HEAD:refs/heads/feature/escrow");
    await import("node:fs/promises").then(({ rm }) => rm(escrow));
    await rename(`${escrow}.away`, escrow);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/could not store it while it is checked/);
    expect((await work.git("push", "origin", "HEAD:refs/heads/feature/escrow")).code).toBe(0);
  });
});

describe("time", () => {
  it("runs out for a push that nobody decides, and the client hears it", async () => {
    const policies = await mkdtemp(join(tmpdir(), "gatehouse-policies-"));
    await cp(resolve(import.meta.dirname, "../../policies"), policies, { recursive: true });
    const file = join(policies, "approvals.cedar");
    await chmod(file, 0o600);
    const hasty = (await readFile(file, "utf8"))
      .replaceAll(/@(remind|escalate|escalateAfter)\(.*\)\n/g, "")
      .replaceAll(/@ttl\("\w+"\)/g, '@ttl("2s")');
    await writeFile(file, hasty);
    const short = await startGateway({ config: { policies } });
    try {
      const work = await clone(remoteUrl(short.gateway, "alice", await short.token("alice"), "acme/app"));
      await work.commit({ "late.txt": "late\n" }, "Too late");
      const push = work.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(short, "carol");
      const result = await push.done;
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/Nobody approved this in time/);
      await approvalIn(short, "carol", card.id, "expired");
      expect((await decide(short, "carol", card, "approve")).status).toBe(409);
      expect((await short.upstream()).filter(({ path }) => path.endsWith("/git-receive-pack"))).toEqual([]);
    } finally {
      await discard(short);
    }
  });
});

describe("starting", () => {
  it("is refused on a data folder that another gateway uses", async () => {
    await expect(startGateway({ dataDir: gateway.dataDir })).rejects.toThrow(/Another gateway/);
  });

  it("is refused in front of a real GitHub without a company issuer", async () => {
    await expect(startGateway({ env: { GATEHOUSE_UPSTREAM: "github" } })).rejects.toThrow(/company issuer/);
  });

  it("is refused with a policy that has no id, naming the file and the line", async () => {
    const policies = await mkdtemp(join(tmpdir(), "gatehouse-policies-"));
    await cp(resolve(import.meta.dirname, "../../policies"), policies, { recursive: true });
    const file = join(policies, "approvals.cedar");
    await writeFile(file, `${await readFile(file, "utf8")}\nforbid (principal, action, resource);\n`);
    await expect(startGateway({ config: { policies } })).rejects.toThrow(/approvals\.cedar:\d+/);
  });

  it("is refused with a setting that does not exist, naming it", async () => {
    await expect(startGateway({ config: { hold: { restWaitMz: 1 } } })).rejects.toThrow(/restWaitMz/);
  });
});
