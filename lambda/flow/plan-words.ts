// What a plan's end means to the one who asked, in the catalogue's words.
import { GateError } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { World } from "./world.ts";

export function planLink(world: Pick<World, "config">, plan: Pick<Plan, "id">): string {
  return `${world.config.console.url}/approvals/${plan.id}`;
}

/** For plans that ended without reaching GitHub, or of which nobody knows. */
export function planRefusal(plan: Plan, link: string): GateError {
  switch (plan.state) {
    case "denied": {
      const vote = plan.votes.find(({ decision }) => decision === "deny");
      return new GateError("GH_REFUSED_BY_REVIEWER", {
        login: vote?.login ?? "A reviewer",
        reason: vote?.reason ?? "no reason given",
        link,
      });
    }
    case "expired":
      return new GateError("GH_EXPIRED", { link });
    case "withdrawn":
    case "superseded":
      return new GateError("GH_WITHDRAWN", { state: plan.state, link });
    case "void":
      return new GateError("GH_PLAN_VOID", { why: plan.endReason ?? "it changed", link });
    case "unknown":
      return new GateError("GH_PLAN_UNKNOWN", { link });
    case "failed":
      return new GateError("GH_UPSTREAM_UNREACHABLE");
    case "pending":
    case "approved":
    case "executing":
    case "done":
      return new GateError("GH_PENDING", { reviewers: reviewersOf(plan), link, plan: plan.id });
    default:
      return plan.state satisfies never;
  }
}

export function reviewersOf(plan: Pick<Plan, "demands">): string {
  return [...new Set(plan.demands.flatMap(({ reviewers }) => reviewers))].join(", ");
}
