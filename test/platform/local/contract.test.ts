// The edition of one machine keeps every port's contract.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../lambda/model/ports.ts";
import { openDatabase } from "../../../lambda/platform/local/database.ts";
import { createDirectory } from "../../../lambda/platform/local/directory.ts";
import { createKeyedStore } from "../../../lambda/platform/local/keyed-store.ts";
import { createPlanStore } from "../../../lambda/platform/local/plan-store.ts";
import { openLocalPlatform } from "../../../lambda/platform/local/platform.ts";
import type { LocalPlatform } from "../../../lambda/platform/local/platform.ts";
import { createRecordStore } from "../../../lambda/platform/local/record-store.ts";
import { createStopList } from "../../../lambda/platform/local/stop-list.ts";
import { bodyStoreContract } from "../contract/body-store.ts";
import { escrowStoreContract } from "../contract/escrow-store.ts";
import { planStoreContract } from "../contract/plan-store.ts";
import type { MakePlatform } from "../contract/platform.ts";
import { recordStoreContract } from "../contract/record-store.ts";
import {
  directoryContract,
  keyedStoreContract,
  lockboxContract,
  stopListContract,
  tokenSignerContract,
} from "../contract/small-stores.ts";
import { scratchFolder } from "./scratch.ts";

function open(folder: string, clock: Clock): Promise<LocalPlatform> {
  return openLocalPlatform(folder, {
    clock,
    onDue: () => Promise.resolve(undefined),
    onApproved: () => Promise.resolve(),
    onGivenUp: () => undefined,
  });
}

const makeLocal: MakePlatform = async (clock) => {
  const folder = await scratchFolder();
  let platform = await open(folder, clock);
  const closers: (() => void)[] = [];
  return {
    ...platform,
    beside() {
      const db = openDatabase({ file: join(folder, "gatehouse.db") });
      closers.push(() => {
        db.close();
      });
      return Promise.resolve({
        ...platform,
        records: createRecordStore(db),
        plans: createPlanStore(db, clock),
        directory: createDirectory(db),
        stops: createStopList(db, clock),
        keyed: createKeyedStore(db, clock),
      });
    },
    async restart() {
      await platform.close();
      platform = await open(folder, clock);
      return platform;
    },
    async close() {
      for (const close of closers) close();
      await platform.close();
      await rm(folder, { recursive: true });
    },
  };
};

recordStoreContract(makeLocal);
bodyStoreContract(makeLocal);
escrowStoreContract(makeLocal);
planStoreContract(makeLocal);
directoryContract(makeLocal);
stopListContract(makeLocal);
keyedStoreContract(makeLocal);
lockboxContract(makeLocal);
tokenSignerContract(makeLocal);
