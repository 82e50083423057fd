// What a signed-in person may do at the console: the same Cedar rules, asked about recordings and approvals.
import type { Person } from "../model/caller.ts";
import { ask, type CedarQuestion } from "./ask.ts";
import * as entity from "./entities.ts";
import type { Policies } from "./policies.ts";

/** Whose session or request it is. Without `person` the subject alone tells. */
export interface Owner {
  readonly subject: string;
  readonly person?: string;
}

export type ConsoleRequest =
  | { readonly action: "readAllRecordings" }
  /** Whether to offer stopping at all. */
  | { readonly action: "stopSession" }
  | {
      readonly action: "readOwnRecordings" | "stopSession";
      readonly session: { readonly id: string; readonly owner: Owner };
    }
  | {
      readonly action: "readApproval" | "decide";
      /** `reviewers`: all teams that some demand of the plan names. */
      readonly plan: {
        readonly id: string;
        readonly requester: Owner;
        readonly reviewers: readonly string[];
      };
    };

export interface Permission {
  readonly is: boolean;
  /** For a person, when it is not. */
  readonly reason: string;
  readonly rules: readonly string[];
}

export function consoleMay(
  policies: Policies,
  roles: entity.Roles,
  who: Pick<Person, "subject" | "teams" | "person">,
  request: ConsoleRequest,
): Permission {
  const answer = ask(policies, "guardrails", questionOf(roles, who, request));
  switch (answer.is) {
    case "allow":
      return { is: true, reason: `permitted by ${answer.rules.join(", ")}`, rules: answer.rules };
    case "failure":
      return { is: false, reason: "the policies could not be evaluated, which counts as no", rules: [] };
    case "deny": {
      const reasons = answer.rules.map(
        (id) => policies.guardrails.get(id)?.reason ?? `rule ${id} forbids it`,
      );
      return {
        is: false,
        reason: reasons.length === 0 ? lacks(request) : reasons.join("; "),
        rules: answer.rules,
      };
    }
    default:
      return answer satisfies never;
  }
}

function questionOf(
  roles: entity.Roles,
  who: Pick<Person, "subject" | "teams" | "person">,
  request: ConsoleRequest,
): CedarQuestion {
  const base = {
    principal: entity.uid("User", who.subject),
    action: request.action,
  };
  const around = [entity.userEntity(who), entity.consoleEntity(roles)];
  if ("session" in request)
    return {
      ...base,
      resource: entity.uid("Session", request.session.id),
      context: { isOwn: isSamePerson(who, request.session.owner) },
      entities: [entity.sessionEntity(request.session.id), ...around],
    };
  if ("plan" in request)
    return {
      ...base,
      resource: entity.uid("Plan", request.plan.id),
      context: { isOwn: isSamePerson(who, request.plan.requester) },
      entities: [entity.planEntity(request.plan.id, request.plan.reviewers), ...around],
    };
  return { ...base, resource: entity.theConsole, context: { isOwn: false }, entities: around };
}

/** Across linked identities: either the subject or the person is the same. */
function isSamePerson(who: Pick<Person, "subject" | "person">, owner: Owner): boolean {
  return who.subject === owner.subject || who.person === (owner.person ?? owner.subject);
}

function lacks(request: ConsoleRequest): string {
  switch (request.action) {
    case "readAllRecordings":
      return "reading the recordings of others needs an auditor";
    case "readOwnRecordings":
      return "this recording is not yours";
    case "readApproval":
      return "only the requester, the reviewers asked and auditors see this request";
    case "decide":
      return "you are in none of the teams that may approve this";
    case "stopSession":
      return "stopping the session of somebody else needs a role that you do not have";
    default:
      return request satisfies never;
  }
}
