import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { PushReportReader } from "../../lambda/forward/push-report.ts";
import { flush, pktLine, sideBand } from "../../lambda/model/pkt-line.ts";

const report = Buffer.concat([
  pktLine("unpack ok\n"),
  pktLine("ok refs/heads/main\n"),
  pktLine("ng refs/heads/x non-fast-forward, sorry\n"),
  flush,
]);
const expected = [
  { ref: "refs/heads/main", ok: true },
  { ref: "refs/heads/x", ok: false, reason: "non-fast-forward, sorry" },
];

function readIn(
  bytes: Uint8Array,
  cuts: number[],
  capabilities: string[],
): ReturnType<PushReportReader["end"]> {
  const reader = new PushReportReader(capabilities);
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.push(bytes.subarray(at, Math.max(at, cut)));
    at = Math.max(at, cut);
  }
  reader.push(bytes.subarray(at));
  return reader.end();
}

describe("a push report", () => {
  it("is read the same however the answer is cut into chunks", () => {
    const answer = Buffer.concat([
      sideBand(2, "Resolving\n"),
      sideBand(1, report.subarray(0, 20)),
      sideBand(1, report.subarray(20)),
      flush,
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length)), (cuts) => {
        const read = readIn(answer, cuts, ["side-band-64k"]);
        expect(read).toEqual({ unpack: "ok", refs: expected, remoteText: "Resolving\n" });
      }),
    );
  });

  it("is read without side-band too", () => {
    expect(readIn(report, [7], ["report-status"]).refs).toEqual(expected);
  });

  it("has no unpack line when the answer was empty, so that nobody takes silence for success", () => {
    expect(readIn(new Uint8Array(0), [], ["side-band-64k"])).toEqual({ refs: [], remoteText: "" });
  });

  it("keeps git's last words when it gave up", () => {
    expect(readIn(sideBand(3, "fatal: disk full"), [], ["side-band-64k"]).fatal).toBe("fatal: disk full");
  });
});
