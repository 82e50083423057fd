// The outside world on one machine, opened in one call: SQLite, files, timers and keys in one data folder.
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type {
  ApprovalClock,
  BodyStore,
  Clock,
  Directory,
  EscrowStore,
  Events,
  Ids,
  Inbox,
  KeyedStore,
  Lockbox,
  NoticeChannels,
  PlanStore,
  RecordStore,
  Secrets,
  StopList,
  TokenSigner,
} from "../../model/ports.ts";
import { createApprovalClock } from "./approval-clock.ts";
import type { ApprovalCallbacks } from "./approval-clock.ts";
import { createBodyStore } from "./body-store.ts";
import { createClock } from "../clock.ts";
import { openDatabase } from "./database.ts";
import { createDirectory } from "./directory.ts";
import { createEscrowStore } from "./escrow-store.ts";
import { openEventFile } from "./event-file.ts";
import { isErrno, makeFolder, syncFolder } from "./files.ts";
import { createIds } from "../ids.ts";
import { createInbox } from "./inbox.ts";
import { createKeyedStore } from "./keyed-store.ts";
import { createLockbox } from "./lockbox.ts";
import { lockFolder } from "./lock.ts";
import { createPlanStore } from "./plan-store.ts";
import { createRecordStore } from "./record-store.ts";
import { secretFile } from "./secret-file.ts";
import { createStopList } from "./stop-list.ts";
import { createTokenSigner } from "./token-signer.ts";

export interface LocalPlatform {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly records: RecordStore;
  readonly bodies: BodyStore;
  readonly escrow: EscrowStore;
  readonly plans: PlanStore;
  readonly approvals: ApprovalClock;
  readonly directory: Directory;
  readonly stops: StopList;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  readonly signer: TokenSigner;
  /** Into the inbox; `createNoticeChannels` sends. */
  readonly notices: NoticeChannels;
  readonly inbox: Inbox;
  readonly events: Events;
  readonly secrets: Secrets;
  /** Starts the approval clock: plans left from before the last end expire or execute. Call when callbacks can run. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What the command line reads beside a running gateway. */
export type LocalReader = Pick<LocalPlatform, "records" | "bodies" | "plans" | "close">;

export interface LocalPlatformOptions extends ApprovalCallbacks {
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly busyTimeoutMs?: number;
  /** Where the secrets are that the configuration names; without it there are none. */
  readonly secrets?: Secrets;
  readonly log?: (event: string, details: Readonly<Record<string, string | number>>) => void;
}

/** Opens or creates the data folder. Throws when another gateway uses it. */
export async function openLocalPlatform(
  dataDir: string,
  options: LocalPlatformOptions,
): Promise<LocalPlatform> {
  const { clock = createClock(), ids = createIds(), busyTimeoutMs } = options;
  await ownFolder(dataDir);
  const unlock = await lockFolder(dataDir);
  let db: DatabaseSync | undefined;
  try {
    db = openDatabase({
      file: join(dataDir, "gatehouse.db"),
      ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }),
    });
    await syncFolder(dataDir);
    return await assemble(dataDir, db, unlock, clock, ids, options);
  } catch (error) {
    db?.close();
    unlock();
    throw error;
  }
}

async function assemble(
  dataDir: string,
  db: DatabaseSync,
  unlock: () => void,
  clock: Clock,
  ids: Ids,
  options: LocalPlatformOptions,
): Promise<LocalPlatform> {
  const keys = join(dataDir, "keys");
  await makeFolder(keys);
  const plans = createPlanStore(db, clock);
  const approvals = createApprovalClock(clock, plans, options);
  const events = openEventFile(join(dataDir, "events.ndjson"), options.log ?? (() => undefined));
  const messages = createInbox(db, clock);
  const stops = createStopList(db, clock);
  let isClosed = false;
  return {
    clock,
    ids,
    plans,
    approvals,
    stops,
    records: createRecordStore(db),
    bodies: await createBodyStore(join(dataDir, "bodies"), ids),
    escrow: await createEscrowStore(
      join(dataDir, "escrow"),
      await keptKey(join(keys, "escrow.key"), ids),
      ids,
    ),
    directory: createDirectory(db),
    keyed: createKeyedStore(db, clock),
    lockbox: createLockbox(await keptKey(join(keys, "links.key"), ids), ids),
    signer: await createTokenSigner(join(keys, "session-token.jwk")),
    notices: messages,
    inbox: messages,
    events,
    secrets: options.secrets ?? { secret: (name) => Promise.reject(new Error(`there is no secret ${name}`)) },
    start: () => approvals.start(),
    async close() {
      if (!isClosed) {
        isClosed = true;
        approvals.close();
        stops.close();
        await events.flush();
        db.close();
        unlock();
      }
    },
  };
}

/** Reads a data folder that a gateway may be using at the same time; changes nothing in it. */
export async function openLocalReader(
  dataDir: string,
  { clock = createClock(), ids = createIds() }: { clock?: Clock; ids?: Ids } = {},
): Promise<LocalReader> {
  const file = join(dataDir, "gatehouse.db");
  await stat(file).catch((error: unknown) => {
    throw new Error(`${dataDir} is not the data folder of a gateway: it holds no gatehouse.db`, {
      cause: error,
    });
  });
  const db = openDatabase({ file, isReadOnly: true });
  return {
    records: createRecordStore(db),
    bodies: await createBodyStore(join(dataDir, "bodies"), ids, true),
    plans: createPlanStore(db, clock),
    close() {
      if (db.isOpen) db.close();
      return Promise.resolve();
    },
  };
}

async function keptKey(file: string, ids: Ids): Promise<Uint8Array> {
  const text = await secretFile(file, () => Promise.resolve(Buffer.from(ids.random(32)).toString("hex")));
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${file} is not a key of 32 bytes in hex. Restore it from a backup.`);
  return Buffer.from(text, "hex");
}

/** The folder holds keys and recordings: nobody else on the machine gets in. */
async function ownFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    if (isErrno(error, "EEXIST") || isErrno(error, "ENOTDIR")) {
      throw new Error(`${folder} is not a folder. Choose another one with --data.`, { cause: error });
    }
    throw error;
  }
  const { mode } = await stat(folder);
  if ((mode & 0o002) !== 0) {
    throw new Error(
      `Everybody on this machine may write to ${folder}, so it cannot hold keys and recordings. Choose another one with --data.`,
    );
  }
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700);
}
