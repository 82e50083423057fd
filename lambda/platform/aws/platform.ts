// The outside world on AWS, opened in one call: one table, two buckets, keys, a state machine and a bus.
import type { Config } from "../../model/config.ts";
import type {
  BodyStore,
  Clock,
  Credentials,
  Directory,
  EscrowStore,
  Events,
  Ids,
  KeyedStore,
  Lockbox,
  NoticeChannels,
  PlanStore,
  RecordStore,
  Secrets,
  StopList,
  TokenSigner,
} from "../../model/ports.ts";
import { createClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createApprovalClock, type AwsApprovalClock } from "./approval-clock.ts";
import { createBodyStore } from "./body-store.ts";
import { createClients, type AwsClients } from "./clients.ts";
import { createConnector, type MakeCredentials } from "./connector.ts";
import { createDataKeys } from "./data-keys.ts";
import { createDirectory } from "./directory.ts";
import { readNames } from "./environment.ts";
import { createEscrowStore } from "./escrow-store.ts";
import { createEventBus } from "./event-bus.ts";
import { createItems } from "./items.ts";
import { createKeyedStore } from "./keyed-store.ts";
import { createLockbox } from "./lockbox.ts";
import { createNoticeChannels } from "./notice-channels.ts";
import { createPlanStore } from "./plan-store.ts";
import { createRecordStore } from "./record-store.ts";
import { createSecrets } from "./secrets.ts";
import { createStopList } from "./stop-list.ts";
import { createTokenSigner } from "./token-signer.ts";

export interface AwsPlatform {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly records: RecordStore;
  readonly bodies: BodyStore;
  readonly escrow: EscrowStore;
  readonly plans: PlanStore;
  readonly approvals: AwsApprovalClock;
  readonly directory: Directory;
  readonly stops: StopList;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  readonly signer: TokenSigner;
  readonly notices: NoticeChannels;
  readonly events: Events;
  readonly secrets: Secrets;
  /** From the connector secret; a rotated token is used within minutes. */
  readonly credentials: Credentials;
  /** Keeps the token by which the plan's execution is woken when the plan is decided. */
  readonly storeTaskToken: AwsApprovalClock["storeTaskToken"];
  close(): Promise<void>;
}

export interface AwsPlatformOptions {
  readonly config: Pick<Config, "notices">;
  readonly connector: MakeCredentials;
  readonly log: (event: string, details: Readonly<Record<string, string | number>>) => void;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly clients?: AwsClients;
  /** Sends to Slack. */
  readonly fetch?: typeof fetch;
}

/** Throws when the environment does not name everything. Asks AWS for nothing yet. */
export function openAwsPlatform(
  env: Readonly<Record<string, string | undefined>>,
  options: AwsPlatformOptions,
): Promise<AwsPlatform> {
  const { config, connector, log, fetch } = options;
  const { clock = createClock(), ids = createIds(), clients = createClients() } = options;
  const names = readNames(env);
  const items = createItems(clients.dynamodb, names.table, clock);
  const plans = createPlanStore(items, clock, ids);
  const approvals = createApprovalClock(clients.states, names.stateMachine, items, plans);
  const secrets = createSecrets(clients.secrets, clock);
  const stops = createStopList(items, clock);
  const keyed = createKeyedStore(items, clock, ids);
  const lockbox = createLockbox(clients.kms, names.linkKey);
  const events = createEventBus(clients.events, names.eventBus, clock, log);
  return Promise.resolve({
    clock,
    ids,
    plans,
    approvals,
    secrets,
    stops,
    events,
    records: createRecordStore(items, clock, ids),
    bodies: createBodyStore(clients.s3, names.archiveBucket, clock, ids),
    escrow: createEscrowStore({
      s3: clients.s3,
      bucket: names.escrowBucket,
      dataKeys: createDataKeys(clients.kms, names.dataKey),
      clock,
      ids,
    }),
    directory: createDirectory(items, clock),
    keyed,
    lockbox,
    signer: createTokenSigner(clients.kms, names.signingKeys.split(",").filter(Boolean)),
    notices: createNoticeChannels({
      mail: clients.mail,
      secrets,
      botTokenName: config.notices.slack?.botTokenName,
      ...(fetch === undefined ? {} : { fetch }),
    }),
    credentials: createConnector(secrets, names.connectorSecret, connector, { clock, keyed, lockbox }),
    storeTaskToken: approvals.storeTaskToken,
    async close() {
      stops.close();
      await events.flush();
      for (const client of Object.values(clients) as { destroy(): void }[]) client.destroy();
    },
  });
}
