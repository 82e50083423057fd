// Waits for something that another process does, for a bounded number of looks.
import { setTimeout as pause } from "node:timers/promises";
import type { GatewayUnderTest } from "./gateway.ts";
import type { ApprovalCard, ApprovalView } from "../../lambda/model/api.ts";

/** Looks until the answer is defined; throws with `what` when it never is. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  looks = 150,
): Promise<T> {
  for (let left = looks; left > 0; left -= 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(100);
  }
  throw new Error(`it never came to be: ${what}`);
}

/** The one pending approval that matches, as this reviewer sees it. */
export async function pendingApproval(
  gateway: GatewayUnderTest,
  reviewer: string,
  matches: (card: ApprovalCard) => boolean = () => true,
): Promise<ApprovalCard> {
  return eventually("a pending approval", async () => {
    const { json } = await gateway.review(reviewer, "GET", "/approvals?state=pending");
    return (json as { items: ApprovalCard[] }).items.find(matches);
  });
}

export async function approvalIn(
  gateway: GatewayUnderTest,
  reviewer: string,
  id: string,
  ...states: string[]
): Promise<ApprovalView> {
  return eventually(`approval ${id} in ${states.join(" or ")}`, async () => {
    const view = (await gateway.review(reviewer, "GET", `/approvals/${id}`)).json as ApprovalView;
    return states.includes(view.state) ? view : undefined;
  });
}

export async function decide(
  gateway: GatewayUnderTest,
  reviewer: string,
  card: Pick<ApprovalCard, "id" | "planHash">,
  decision: "approve" | "deny",
  reason = "looked at it",
): ReturnType<GatewayUnderTest["review"]> {
  return gateway.review(reviewer, "POST", `/approvals/${card.id}/decision`, {
    decision,
    reason,
    planHash: card.planHash,
  });
}
