// Holds on one machine, and what only one machine does: it is shut down while a push waits.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { holdStories } from "./hold.ts";

holdStories(startGateway);

describe("a held push on one machine", () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => discard(gateway));

  it("says that it is still pending when the gateway shuts down, and stays pending", async () => {
    const work = await clone(remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"));
    const commit = await work.commit({ "a.txt": "a\n" }, "Add a");
    const push = work.start("push", "origin", "HEAD:main");
    const { id } = await pendingApproval(gateway, "carol", ({ refs }) =>
      refs.some((ref) => ref.new === commit),
    );
    await push.saw("/approvals/");
    await gateway.stop("SIGTERM");
    const result = await push.done;
    expect(result.stderr).toContain("it will land when approved");
    expect(result.stderr).toContain("[remote rejected]");
    expect(result.stderr).not.toContain("RPC failed");
    gateway = await startGateway({ dataDir: gateway.dataDir });
    await pendingApproval(gateway, "carol", (card) => card.id === id);
  });
});
