// What a signed-in person may do at the console: the same Cedar rules, asked about recordings and approvals.
import type { TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import type { Person } from "../model/caller.ts";
import { ask, type CedarQuestion } from "./ask.ts";
import * as entity from "./entities.ts";
import type { Policies } from "./policies.ts";

export type ConsoleAction = "readRecordings" | "stopSession" | "readApproval" | "decide";

export interface ConsoleSubject {
  /** Whose session, or who asked for the plan: a subject or person. Without it a session action means every session. */
  readonly owner?: string;
  /** Of a plan: every team that one of its demands names. */
  readonly reviewers?: readonly string[];
  readonly roles: entity.Roles;
}

export interface Permission {
  readonly is: boolean;
  /** For a person, when it is not. */
  readonly reason: string;
}

export function consoleMay(
  policies: Policies,
  who: Pick<Person, "subject" | "teams" | "person">,
  action: ConsoleAction,
  about: ConsoleSubject,
): Permission {
  const answer = ask(policies, "guardrails", questionOf(who, action, about));
  switch (answer.is) {
    case "allow":
      return { is: true, reason: `permitted by ${answer.rules.join(", ")}` };
    case "failure":
      return { is: false, reason: "the policies could not be evaluated, which counts as no" };
    case "deny": {
      const reasons = answer.rules.map(
        (id) => policies.guardrails.get(id)?.reason ?? `rule ${id} forbids it`,
      );
      return { is: false, reason: reasons.length === 0 ? lacks(action) : reasons.join("; ") };
    }
    default:
      return answer satisfies never;
  }
}

function questionOf(
  who: Pick<Person, "subject" | "teams" | "person">,
  action: ConsoleAction,
  about: ConsoleSubject,
): CedarQuestion {
  return {
    principal: entity.uid("User", who.subject),
    action,
    resource: resourceOf(action, about),
    // Across linked identities: either of them makes it one's own.
    context: { isOwn: about.owner === who.subject || about.owner === who.person },
    entities: [
      entity.userEntity(who),
      entity.consoleEntity(about.roles),
      entity.sessionEntity(),
      entity.planEntity(about.reviewers ?? []),
    ],
  };
}

function resourceOf(action: ConsoleAction, about: ConsoleSubject): TypeAndId {
  if (action === "readApproval" || action === "decide") return entity.aPlan;
  return about.owner === undefined ? entity.theConsole : entity.aSession;
}

function lacks(action: ConsoleAction): string {
  switch (action) {
    case "readRecordings":
      return "reading the recordings of others needs an auditor";
    case "readApproval":
      return "only the requester, the reviewers asked and auditors see this request";
    case "decide":
      return "you are in none of the teams that may approve this";
    case "stopSession":
      return "stopping the session of somebody else needs a role that you do not have";
    default:
      return action satisfies never;
  }
}
