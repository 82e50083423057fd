// A webhook of GitHub: whether GitHub sent it, and which repository's facts it makes stale.
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { GateError } from "../model/errors.ts";
import { headerValues, type Bytes, type HeaderList } from "../model/http.ts";

/** GitHub sends up to 25 MB; the few events that matter here are small. */
export const maxWebhookBytes = 1024 * 1024;

export interface Webhook {
  readonly event: string;
  /** `X-GitHub-Delivery`: not covered by the signature, so a label only. */
  readonly delivery: string;
  /** Names this very body: the same one again is a replay, or GitHub's own second try. */
  readonly onceKey: string;
  readonly makesStale: Stale;
}

export type Stale =
  | { readonly is: "nothing" }
  | { readonly is: "repository"; readonly id: number }
  | { readonly is: "everything" };

/** Events after which what is remembered of a repository's protection, name, owner, visibility or default branch may be wrong. */
const stalingEvents: ReadonlySet<string> = new Set([
  "branch_protection_configuration",
  "branch_protection_rule",
  "installation",
  "installation_repositories",
  "public",
  "repository",
  "repository_ruleset",
]);

const payload = z.object({ repository: z.object({ id: z.int().positive() }).optional() });

/** Throws GH_BAD_SIGNATURE unless the signature fits the raw body; nothing in it is read before. */
export function readWebhook(headers: HeaderList, body: Bytes, secret: string): Webhook {
  const signature = single(headers, "x-hub-signature-256");
  const expected = createHmac("sha256", secret).update(body).digest();
  const claimed = /^sha256=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (claimed === undefined) throw refused("its X-Hub-Signature-256 is not one signature");
  // An empty secret would make everybody's signature fit.
  if (secret === "" || !timingSafeEqual(expected, Buffer.from(claimed, "hex")))
    throw refused("its signature does not fit");
  const event = single(headers, "x-github-event");
  const delivery = single(headers, "x-github-delivery");
  if (!/^[a-z_]{1,60}$/.test(event) || !/^[A-Za-z0-9-]{1,60}$/.test(delivery))
    throw refused("it does not name its event and delivery");
  return { event, delivery, onceKey: `github-hook/${claimed}`, makesStale: staleBy(event, body) };
}

function staleBy(event: string, body: Bytes): Stale {
  if (!stalingEvents.has(event)) return { is: "nothing" };
  const parsed = payload.safeParse(jsonOf(body));
  if (!parsed.success) throw new GateError("GH_BAD_BODY", { why: "it is not the JSON of a GitHub webhook" });
  const { repository } = parsed.data;
  // Rulesets of an organisation, and installations, name no single repository.
  return repository === undefined ? { is: "everything" } : { is: "repository", id: repository.id };
}

function single(headers: HeaderList, name: string): string {
  const values = headerValues(headers, name);
  return values.length === 1 ? (values[0] ?? "") : "";
}

function jsonOf(body: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function refused(why: string): GateError {
  return new GateError("GH_BAD_SIGNATURE", { why });
}
