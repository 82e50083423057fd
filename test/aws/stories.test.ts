// The stories of the one-machine edition, as it is deployed: the same code tells them.
import { describe } from "@jest/globals";
import { startAwsGateway } from "../stand-ins/aws/gateway.ts";
import type { StartGateway } from "../stand-ins/gateway.ts";
import { clockStories } from "../stories/clock.ts";
import { graphqlStories } from "../stories/graphql.ts";
import { holdStories } from "../stories/hold.ts";
import { killSwitchStories } from "../stories/kill-switch.ts";
import { pushStories } from "../stories/push.ts";
import { restStories } from "../stories/rest.ts";
import { windowStories } from "../stories/window.ts";

/** A plan passes through the state machine and another function on its way, so that an answer takes longer. */
const restWaitMs = 5_000;

describe.each<[string, (start: StartGateway, restWaitMs?: number) => void]>([
  ["push", pushStories],
  ["REST", restStories],
  ["GraphQL", graphqlStories],
  ["hold", holdStories],
  ["clock", clockStories],
  ["window", windowStories],
  ["kill switch", killSwitchStories],
])("the %s stories on Lambda", (_name, stories) => {
  stories(startAwsGateway, restWaitMs);
});
