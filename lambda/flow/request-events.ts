// What other systems hear of a request: its verdict, and what a security team should look at.
import type { GateError } from "../model/errors.ts";
import type { FindingEvent } from "../model/events.ts";
import { emit } from "./emit.ts";
import type { Passage } from "./request.ts";

/** Once it is recorded. Verdicts that let through are told where the configuration asks for them. */
export function emitVerdict({ world, entry, caller, target, judgement }: Passage): void {
  if (caller === undefined || target === undefined || judgement === undefined) return;
  const { verdict } = judgement;
  if (verdict.is === "allow" && !world.config.events.allowed) return;
  const { action, repository } = target;
  emit(world, {
    type: "verdict",
    is: verdict.is,
    entry: entry.id,
    session: caller.session,
    subject: caller.subject,
    login: caller.login,
    operation: action.operation,
    effect: action.effect,
    ...(repository === undefined ? {} : { repository: repository.fullName }),
    rules: verdict.rules,
    policyHash: verdict.policyHash,
  });
}

const findings: Readonly<Partial<Record<GateError["code"], FindingEvent["what"]>>> = {
  GH_SECRET_IN_WRITE: "secret-in-write",
  GH_MASKED_VALUE_IN_WRITE: "masked-value-in-write",
  GH_FOREIGN_TOKEN: "foreign-token",
  GH_SESSION_STOPPED: "stopped-session",
};

/** Of a refusal, if it is one of these. */
export function emitFinding({ world, entry, caller, action, target }: Passage, error: GateError): void {
  const what = findings[error.code];
  if (what === undefined) return;
  const { kind = "", where = "" } = error.details;
  const details = world.masker.mask(`${kind}${where}`).text;
  emit(world, {
    type: "finding",
    what,
    entry: entry.id,
    ...(caller === undefined
      ? {}
      : { session: caller.session, subject: caller.subject, login: caller.login }),
    ...(action === undefined ? {} : { operation: action.operation }),
    ...(target?.repository === undefined ? {} : { repository: target.repository.fullName }),
    ...(details === "" ? {} : { details }),
  });
}
