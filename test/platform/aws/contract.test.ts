// The AWS edition keeps every port's contract, on the wire against the stand-ins.
import { afterAll, beforeAll } from "@jest/globals";
import type { AwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import { useEnvironment } from "../../stand-ins/aws/environment.ts";
import { startAwsStandIns, type AwsStandIns } from "../../stand-ins/aws/stand-ins.ts";
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
import { deploy } from "./opened.ts";

let aws: AwsStandIns | undefined;
let restore = (): void => undefined;

beforeAll(async () => {
  aws = await startAwsStandIns();
  restore = useEnvironment(aws.environment);
});
afterAll(async () => {
  restore();
  await aws?.close();
});

const makeAws: MakePlatform = async (clock) => {
  if (aws === undefined) throw new Error("only inside a test");
  const deployment = await deploy(aws);
  const opened: AwsPlatform[] = [];
  const open = async (): Promise<AwsPlatform> => {
    const platform = await deployment.open(clock);
    opened.push(platform);
    return platform;
  };
  return {
    ...(await open()),
    beside: open,
    async restart() {
      await Promise.all(opened.splice(0).map((platform) => platform.close()));
      return open();
    },
    async close() {
      await Promise.all(opened.map((platform) => platform.close()));
    },
  };
};

recordStoreContract(makeAws);
bodyStoreContract(makeAws);
escrowStoreContract(makeAws);
planStoreContract(makeAws);
directoryContract(makeAws);
stopListContract(makeAws);
keyedStoreContract(makeAws);
lockboxContract(makeAws);
tokenSignerContract(makeAws);
