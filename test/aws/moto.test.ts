// moto, which others wrote against AWS, passes the script that the stand-ins pass: they are no invention of ours.
import { afterAll, beforeAll, describe } from "@jest/globals";
import { useEnvironment } from "../stand-ins/aws/environment.ts";
import { awsClientScript } from "./client-script.ts";
import { startMoto, type Moto } from "./moto.ts";

let moto: Moto | undefined;
let restore = (): void => undefined;

beforeAll(async () => {
  moto = await startMoto();
  restore = useEnvironment({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "moto",
    AWS_SECRET_ACCESS_KEY: "moto",
    AWS_ENDPOINT_URL: moto.url,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  });
});
afterAll(async () => {
  restore();
  await moto?.close();
});

describe("moto", () => {
  awsClientScript({ takesAnyTaskToken: true });
});
