// An explanation as lines for a terminal: verdict, rules with their text, facts, and what would change it.
import type { ExplainedAnswer, ExplainedRule, Explanation } from "../../lambda/model/explanation.ts";

export function explanationText(explanation: Explanation): string {
  const { login, operation, effect, title, repository, verdict, now, note } = explanation;
  return [
    ...(explanation.entry === undefined ? [] : [explanation.entry]),
    `${title} (${operation}, ${effect})${repository === undefined ? "" : ` in ${repository}`}, as ${login}`,
    ...explanation.refs.map(
      ({ ref, change, old, new: next }) => `  ${change} ${ref} ${short(old)} → ${short(next)}`,
    ),
    "",
    `Verdict: ${answerText(verdict)}`,
    ...(now === undefined ? [] : [`Under the rules in force now: ${answerText(now)}`]),
    ...section("Rules that decided", explanation.rules.flatMap(ruleLines)),
    ...section("Facts", explanation.facts),
    ...section(
      "What would change the answer",
      explanation.whatIfs.map(({ if: condition, then }) => `if ${condition}: ${answerText(then)}`),
    ),
    ...(note === undefined ? [] : ["", note]),
  ].join("\n");
}

function answerText({ is, reason }: ExplainedAnswer): string {
  return reason === "" ? is : `${is} – ${reason}`;
}

function ruleLines({ id, does, reviewers, place, text }: ExplainedRule): string[] {
  const of = reviewers === undefined ? "" : ` of ${reviewers.join(", ")}`;
  return [
    `${id}: ${does}${of}${place === undefined ? "" : ` (${place})`}`,
    ...(text ?? "")
      .trim()
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `  ${line}`),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function short(oid: string | undefined): string {
  return oid === undefined ? "…" : oid.slice(0, 7);
}
