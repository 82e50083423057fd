// Puts the rooms together around a platform: the same world on Lambda and on one machine.
import { createIdentity } from "../identity/identity.ts";
import { createSignIn, type SignIn } from "../identity/sign-in.ts";
import { createFacts } from "../forward/facts.ts";
import { createUpstream } from "../forward/upstream.ts";
import { createLearningMasker } from "../mask/learning-masker.ts";
import type { Config } from "../model/config.ts";
import type { Credentials } from "../model/ports.ts";
import type { Policies } from "../policy/policies.ts";
import { createProtection } from "../policy/protection.ts";
import { createLedger } from "../record/ledger.ts";
import { emit } from "./emit.ts";
import { createLiveEntries } from "./live.ts";
import { createRoadLogin } from "./login.ts";
import { createStaleness } from "./staleness.ts";
import type { Platform, World } from "./world.ts";

export interface Assembly {
  readonly world: World;
  readonly signIn: SignIn;
  close(): Promise<void>;
}

export interface Parts {
  readonly config: Config;
  readonly platform: Platform;
  readonly policies: Policies;
  readonly credentials: Credentials;
  /** The gateway's own credentials, raw: never to appear in an answer or record. */
  readonly secrets: readonly string[];
  readonly log: World["log"];
}

export async function assemble(parts: Parts): Promise<Assembly> {
  const { config, platform, credentials } = parts;
  const { clock, ids, directory, stops, signer, keyed } = platform;
  const masker = createLearningMasker({ literals: parts.secrets });
  const ownMasker = createLearningMasker({ literals: parts.secrets, literalsOnly: true });
  const upstream = createUpstream({
    config,
    // Before its first use: an answer may already quote it.
    uses: (credential) => {
      for (const one of [masker, ownMasker]) one.learn(credential.secrets());
    },
  });
  const facts = createFacts({ upstream, credentials, clock });
  const identity = createIdentity({ config, directory, stops, jwks: signer, clock, ids });
  const protection = createProtection({ facts, config, clock });
  const live = createLiveEntries();
  const base: Omit<World, "login"> = {
    ...platform,
    config,
    identity,
    ledger: createLedger({ store: platform.records, clock, ids }),
    policies: parts.policies,
    protection,
    masker,
    ownMasker,
    upstream,
    credentials,
    facts,
    live,
    ...createStaleness({ keyed, clock, ids }, (repositoryId) => {
      facts.forget(repositoryId);
      protection.forget(repositoryId);
    }),
    log: parts.log,
  };
  const world: World = { ...base, login: createRoadLogin(base) };
  const unwatch = stops.watch((session) => {
    live.stop(session);
  });
  await recordStart(world);
  return {
    world,
    signIn: createSignIn({
      config,
      store: keyed,
      directory,
      clock,
      ids,
      bearer: identity,
      onSignedIn: async ({ subject, login }) => {
        await world.ledger.write([
          { kind: "event", event: "signed-in", subject, login, details: { at: "console" } },
        ]);
        emit(world, {
          type: "sign-in",
          outcome: "granted",
          flow: "console",
          client: "console",
          subject,
          login,
        });
      },
    }),
    close: async () => {
      unwatch();
      await upstream.close();
    },
  };
}

/** A new policy hash is itself recorded (DESIGN 7), before the first request is decided by it. */
async function recordStart(world: World): Promise<void> {
  const last = await world.records.lastEvent("policy-changed");
  const before = last?.kind === "event" ? (last.details.policyHash ?? "") : "";
  await world.ledger.write([
    { kind: "event", event: "started", details: { policyHash: world.policies.hash } },
    ...(before === world.policies.hash
      ? []
      : [
          {
            kind: "event" as const,
            event: "policy-changed" as const,
            details: { policyHash: world.policies.hash, before },
          },
        ]),
  ]);
  if (before !== world.policies.hash)
    emit(world, { type: "policy-changed", policyHash: world.policies.hash, before });
}
