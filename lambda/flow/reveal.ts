// A reviewer opens what a mask hides in a plan that waits: read from escrow, recorded before it is shown.
import { requireMayDecide } from "../approval/vote.ts";
import type { SignedIn } from "../console/desk.ts";
import type { OpenedMasks, RevealRequest } from "../model/api.ts";
import type { ChangeSummary } from "../model/change.ts";
import { GateError } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { EscrowObject } from "../model/ports.ts";
import { readBody } from "../record/read-body.ts";
import { hiddenInFile, hiddenInJson } from "../scan/hidden-lines.ts";
import { requirePerson } from "./decide.ts";
import type { World } from "./world.ts";

/** Throws GateError when this person may not, when nothing waits any more, or when it cannot be recorded. */
export async function reveal(
  plan: Plan,
  who: SignedIn,
  request: RevealRequest,
  world: World,
): Promise<OpenedMasks> {
  requirePerson(who, world);
  requireMayDecide(plan, who, world.clock.now());
  const hidden = plan.push === undefined ? await inBody(plan, world) : await inFile(plan, request, world);
  const lines = hidden.lines.filter(({ line }) => request.line === undefined || line === request.line);
  const mask = (text: string): string => world.masker.mask(text).text;
  await world.ledger.write([
    {
      kind: "event",
      event: "mask-opened",
      subject: who.subject,
      login: who.login,
      about: plan.session,
      details: {
        plan: plan.id,
        entry: plan.entry,
        ...(request.path === undefined ? {} : { path: mask(request.path) }),
        ...(request.ref === undefined ? {} : { ref: mask(request.ref) }),
        lines: lines.map(({ line }) => line).join(","),
        reason: mask(request.reason),
      },
    },
  ]);
  world.log("mask-opened", { plan: plan.id, login: who.login, lines: lines.length });
  return { lines, isCut: hidden.isCut };
}

async function inFile(plan: Plan, { path, ref }: RevealRequest, world: World): Promise<OpenedMasks> {
  const file = (await changeOf(plan, world)).refs
    .filter((diff) => ref === undefined || diff.ref === ref)
    .flatMap(({ files }) => files)
    .find((candidate) => candidate.path === path);
  if (file === undefined) throw new GateError("GH_NOT_FOUND", { what: "file in this change" });
  return hiddenInFile({
    file,
    pack: await escrowed(plan, world),
    objects: (kind, oid) => world.facts.object(plan.repository, kind, oid),
    limits: world.config.limits,
  });
}

async function inBody(plan: Plan, world: World): Promise<OpenedMasks> {
  if (plan.send.bodyBytes === 0) return { lines: [], isCut: false };
  const object = await escrowed(plan, world);
  return hiddenInJson(await object.read(0, object.bytes), world.masker);
}

async function changeOf(plan: Plan, world: World): Promise<Pick<ChangeSummary, "refs">> {
  const bytes = plan.changeBody === undefined ? undefined : await readBody(world.bodies, plan.changeBody);
  return bytes === undefined ? { refs: [] } : (JSON.parse(new TextDecoder().decode(bytes)) as ChangeSummary);
}

/** It is removed the moment the plan ends, which may be now. */
async function escrowed(plan: Plan, world: World): Promise<EscrowObject> {
  const object = await world.escrow.open(plan.entry);
  if (object === undefined) throw new GateError("GH_NOT_FOUND", { what: "escrowed content" });
  return object;
}
