// What git hears while a push waits and when it ends: `remote:` lines on side-band 2, and git's own report on side-band 1.
// https://git-scm.com/docs/pack-protocol (report-status), https://git-scm.com/docs/protocol-common (side-band)
import type { PushRequest } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import { flush, pktLine, sideBand } from "../model/pkt-line.ts";
import type { Plan, RefResult } from "../model/plan.ts";
import { whatHappens } from "./sentence.ts";
import { oneLine, visible } from "./visible.ts";

/** An empty packet on band 2: nobody sees it, and the connection shows a sign of life. */
export const keepAlive: Bytes = sideBand(2, "");

const maxNg = 300;
const maxRemoteLine = 1000;
const maxRemoteLines = 200;

/** The first words of a waiting push. The link comes first: it stays readable when the connection is cut. */
export function holdLines(
  plan: Plan,
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
): Bytes {
  const { commits, files, added, removed } = plan.headline;
  const size =
    commits === 0 ? "" : ` (${count(commits, "commit")}, ${count(files, "file")}, +${added} -${removed})`;
  return remoteLines(
    [
      "",
      `Waiting for approval: ${link}`,
      `  ${oneLine(whatHappens(plan), 300)}${size}`,
      ...plan.demands.map(
        ({ rule, reviewers, quorum }) =>
          `  ${quorum === 1 ? "One person" : `${quorum} people`} of ${reviewers.join(" or ")} must approve (rule ${rule}), never the one who asked.`,
      ),
      `  ${timeLeft(plan.expiresAtMs - nowMs)} left. This push finishes by itself when approved; the request`,
      "  stays open when you stop waiting, and a newer push to the same branch replaces it.",
      "",
    ].join("\n"),
  );
}

/** "41 min": rounded down, so that nobody counts on time that is not there. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Text that git prints as `remote: …`, line by line; control characters are named, not obeyed. */
export function remoteLines(text: string): Bytes {
  const lines = text.replace(/\n$/, "").split(/\r\n|\r|\n/);
  const shown = lines
    .slice(0, maxRemoteLines)
    .map((line) => cut(visible(line.replaceAll("\t", "  ")).trimEnd()));
  // Git drops text on band 2 until a line ends.
  return sideBand(2, `${shown.join("\n")}\n`);
}

/** Git's report, and the flush that ends the answer. Without side-band it is the whole answer, bare. */
export function pushReport(report: {
  readonly capabilities: readonly string[];
  /** "ok", or why the pack was not unpacked. */
  readonly unpack: string;
  readonly refs: readonly RefResult[];
}): Bytes {
  const lines = Buffer.concat([
    pktLine(`unpack ${oneLine(report.unpack, maxNg)}\n`),
    ...report.refs.map((result) => pktLine(statusLine(result))),
    flush,
  ]);
  return hasSideBand(report.capabilities) ? Buffer.concat([sideBand(1, lines), flush]) : lines;
}

/** A refusal in git's own words: the whole sentence for people, one line per ref for the client. Nothing has moved. */
export function refusal(push: Pick<PushRequest, "commands" | "capabilities">, sentence: string): Bytes {
  const report = pushReport({
    capabilities: push.capabilities,
    unpack: "ok",
    refs: push.commands.map(({ ref }) => ({ ref, ok: false, reason: sentence })),
  });
  return hasSideBand(push.capabilities) ? Buffer.concat([remoteLines(`\n${sentence}\n\n`), report]) : report;
}

export function hasSideBand(capabilities: readonly string[]): boolean {
  return capabilities.includes("side-band-64k");
}

// The ref goes back byte by byte, as the client sent it: it looks for its own name.
function statusLine({ ref, ok, reason }: RefResult): string {
  return ok ? `ok ${ref}\n` : `ng ${ref} ${oneLine(reason ?? "refused", maxNg)}\n`;
}

function cut(line: string): string {
  return line.length > maxRemoteLine ? `${line.slice(0, maxRemoteLine - 1)}…` : line;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
