// The stand-ins answer the real SDK as AWS does, as far as the gateway asks.
import { afterAll, beforeAll, describe } from "@jest/globals";
import { awsClientScript } from "../../aws/client-script.ts";
import { useEnvironment } from "../../stand-ins/aws/environment.ts";
import { startAwsStandIns, type AwsStandIns } from "../../stand-ins/aws/stand-ins.ts";

let standIns: AwsStandIns | undefined;
let restore = (): void => undefined;

beforeAll(async () => {
  standIns = await startAwsStandIns();
  restore = useEnvironment(standIns.environment);
});
afterAll(async () => {
  restore();
  await standIns?.close();
});

describe("the stand-ins", () => {
  awsClientScript();
});
