// Lists of plans: the indexes say which plans might belong there, the plans themselves say which do.
import type { Plan } from "../../model/plan.ts";
import type { Page, PlanStore } from "../../model/ports.ts";
import { cursorOf, cursorText } from "../cursor.ts";
import { textIn } from "./expressions.ts";
import type { Items } from "./items.ts";
import { unpacked } from "./packed.ts";
import { short } from "./table.ts";
import type { IndexName } from "./table.ts";

type Filter = Parameters<PlanStore["list"]>[0];

/** A filter that matches little looks at this many rounds of plans, then hands out a cursor to go on. */
const maxRounds = 10;

/** Newest first. */
export async function listPlans(
  items: Items,
  filter: Filter,
  { limit, after }: { limit: number; after?: string },
): Promise<Page<Plan>> {
  const found: Plan[] = [];
  let [below] = cursorOf(after, 1);
  for (let round = 0; round < maxRounds; round += 1) {
    const pages = await Promise.all(
      sourcesOf(filter).map(({ index, partition }) =>
        items.query({
          index,
          partition,
          ...(below === undefined ? {} : { below: String(below) }),
          isDescending: true,
          limit: limit + 1,
        }),
      ),
    );
    // A plan that just changed its state may stand in two lists: once is enough.
    const places = new Map(pages.flat().map((item) => [textIn(item, "at"), textIn(item, "pk")]));
    const newest = [...places].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, limit + 1);
    const full = await items.getAll(newest.map(([, pk]) => ({ pk, sk: "PLAN" })));
    const plans = new Map(full.map((item) => [item.pk, unpacked(item) as Plan]));
    for (const [at, pk] of newest) {
      const plan = plans.get(pk);
      const isWanted = plan !== undefined && matches(plan, filter);
      if (isWanted && found.length === limit) return { items: found, next: cursorText([below ?? ""]) };
      if (isWanted) found.push(plan);
      below = at;
    }
    if (newest.length <= limit) return { items: found };
  }
  return { items: found, next: cursorText([below ?? ""]) };
}

function sourcesOf({ states, session, requester }: Filter): { index: IndexName; partition: string }[] {
  if (session !== undefined) return [{ index: "session", partition: `plans#${session}` }];
  if (requester !== undefined) return [{ index: "person", partition: `plans#${short(requester)}` }];
  if (states === undefined) return [{ index: "lists", partition: "plans" }];
  return states.map((state) => ({ index: "work", partition: `plans#${state}` }));
}

function matches(plan: Plan, { states, session, requester }: Filter): boolean {
  if (states !== undefined && !states.includes(plan.state)) return false;
  if (session !== undefined && plan.session !== session) return false;
  return requester === undefined || plan.requester.subject === requester;
}
