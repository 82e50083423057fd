// The stand-ins for one test file, and a fresh deployment on them before each test.
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import type { AwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import { useEnvironment } from "../../stand-ins/aws/environment.ts";
import { startAwsStandIns, type AwsStandIns } from "../../stand-ins/aws/stand-ins.ts";
import { steeredClock, type SteeredClock } from "../steered-clock.ts";
import { deploy, type Deployment } from "./opened.ts";

export interface Services {
  readonly aws: AwsStandIns;
  readonly deployment: Deployment;
  readonly platform: AwsPlatform;
  readonly clock: SteeredClock;
  /** What was sent to Slack, and what Slack answers. */
  readonly slack: { readonly sent: { url: string; init: RequestInit }[]; answer: () => Response };
}

export function services(): Services {
  let aws: AwsStandIns | undefined;
  let restore = (): void => undefined;
  let each: Omit<Services, "aws"> | undefined;

  beforeAll(async () => {
    aws = await startAwsStandIns();
    restore = useEnvironment(aws.environment);
  });
  afterAll(async () => {
    restore();
    await aws?.close();
  });
  beforeEach(async () => {
    if (aws === undefined) throw new Error("the stand-ins did not start");
    const deployment = await deploy(aws);
    const clock = steeredClock();
    const slack: Services["slack"] = { sent: [], answer: () => new Response("ok") };
    const platform = await deployment.open(clock, (url, init) => {
      slack.sent.push({ url: url instanceof Request ? url.url : url.toString(), init: init ?? {} });
      return Promise.resolve(slack.answer());
    });
    each = { deployment, platform, clock, slack };
  });
  afterEach(async () => {
    await each?.platform.close();
  });

  const now = (): Omit<Services, "aws"> => {
    if (each === undefined) throw new Error("only inside a test");
    return each;
  };
  return {
    get aws() {
      if (aws === undefined) throw new Error("only inside a test");
      return aws;
    },
    get deployment() {
      return now().deployment;
    },
    get platform() {
      return now().platform;
    },
    get clock() {
      return now().clock;
    },
    get slack() {
      return now().slack;
    },
  };
}
