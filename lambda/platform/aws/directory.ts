// People as last seen in a verified token.
import type { Person } from "../../model/caller.ts";
import type { Clock, Directory } from "../../model/ports.ts";
import type { Items } from "./items.ts";
import { packed, unpacked } from "./packed.ts";
import { keys } from "./table.ts";

/** The same person comes with every request; within this time only a change is written. */
const rememberedMs = 60_000;
const maxRemembered = 1_000;

export function createDirectory(items: Items, clock: Pick<Clock, "now">): Directory {
  const remembered = new Map<string, { readonly json: string; readonly untilMs: number }>();

  return {
    async person(subject) {
      const item = await items.get(keys.person(subject));
      return item && (unpacked(item) as Person);
    },
    async remember(seen) {
      // Field by field: a caller or reviewer is a Person too, and brings more than belongs here.
      const { subject, login, name, email, teams, person } = seen;
      const value = { subject, login, name, email, teams, person };
      const json = JSON.stringify(value);
      const known = remembered.get(subject);
      if (known?.json === json && clock.now() < known.untilMs) return;
      await items.put({ ...keys.person(subject), ...packed(value) });
      remembered.delete(subject);
      remembered.set(subject, { json, untilMs: clock.now() + rememberedMs });
      const [oldest] = remembered.keys();
      if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
    },
  };
}
