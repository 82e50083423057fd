// A whole gateway inside the test's own process: one machine's stores, shipped policies, a clock that the test moves.
import { rm } from "node:fs/promises";
import { assemble } from "../../lambda/flow/assemble.ts";
import type { Platform, World } from "../../lambda/flow/world.ts";
import type { Person } from "../../lambda/model/caller.ts";
import type { ConfigInput } from "../../lambda/model/config.ts";
import type { GateEvent } from "../../lambda/model/events.ts";
import type { NoticeChannel, NoticeMessage, SlackReply } from "../../lambda/model/notices.ts";
import type { Secrets } from "../../lambda/model/ports.ts";
import { openLocalPlatform, type LocalPlatform } from "../../lambda/platform/local/platform.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { configFor, noCredential } from "../forward/stand-in.ts";
import { scratchFolder } from "../platform/local/scratch.ts";
import { steeredClock, type SteeredClock } from "../platform/steered-clock.ts";

export interface WorldUnderTest {
  readonly world: World;
  readonly platform: LocalPlatform;
  readonly dataDir: string;
  readonly clock: SteeredClock;
  readonly sent: { readonly channel: NoticeChannel; readonly message: NoticeMessage }[];
  readonly replies: { readonly url: string; readonly reply: SlackReply }[];
  readonly events: GateEvent[];
  readonly logged: { readonly event: string; readonly details: Readonly<Record<string, string | number>> }[];
  /** Another instance of the gateway over the same stores; `change` is what it does not share. */
  another(change: Partial<Platform>): Promise<World>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly config?: Partial<ConfigInput>;
  readonly upstream?: Partial<ConfigInput["upstream"]>;
  readonly people?: readonly Person[];
  readonly secrets?: Secrets;
  /** Throws to make the channel fail. */
  readonly send?: (channel: NoticeChannel, message: NoticeMessage) => Promise<void>;
}

export async function openWorld(options: WorldOptions = {}): Promise<WorldUnderTest> {
  const clock = steeredClock();
  const dataDir = await scratchFolder();
  const [sent, replies, events, logged] = [[], [], [], []] as [
    WorldUnderTest["sent"],
    WorldUnderTest["replies"],
    GateEvent[],
    WorldUnderTest["logged"],
  ];
  const local = await openLocalPlatform(dataDir, {
    clock,
    onDue: () => Promise.resolve(undefined),
    onApproved: () => Promise.resolve(),
    onGivenUp: () => undefined,
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  });
  const platform: Platform = {
    ...local,
    notices: {
      send: async (channel, message) => {
        sent.push({ channel, message });
        await options.send?.(channel, message);
      },
      reply: (url, reply) => {
        replies.push({ url, reply });
        return Promise.resolve();
      },
    },
    events: {
      emit: (event) => {
        events.push(event);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    },
  };
  const opened: { close(): Promise<void> }[] = [];
  const assembled = async (change: Partial<Platform>): Promise<World> => {
    const assembly = await assemble({
      config: configFor(options.upstream ?? {}, options.config),
      platform: { ...platform, ...change },
      policies: loadPolicies(await readPolicies("policies")),
      credentials: { credential: () => Promise.resolve(noCredential), secrets: () => Promise.resolve([]) },
      secrets: [],
      log: (event, details) => {
        logged.push({ event, details });
      },
    });
    opened.push(assembly);
    return assembly.world;
  };
  const world = await assembled({});
  for (const person of options.people ?? []) await platform.directory.remember(person);
  return {
    world,
    platform: local,
    dataDir,
    clock,
    sent,
    replies,
    events,
    logged,
    another: assembled,
    close: async () => {
      for (const each of opened) await each.close();
      await local.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
