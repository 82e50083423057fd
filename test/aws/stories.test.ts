// The stories of the one-machine edition, as it is deployed: the same code tells them.
import { describe } from "@jest/globals";
import { startAwsGateway } from "../stand-ins/aws/gateway.ts";
import type { StartGateway } from "../stand-ins/gateway.ts";
import { clockStories } from "../stories/clock.ts";
import { copilotStories } from "../stories/copilot.ts";
import { graphqlStories } from "../stories/graphql.ts";
import { holdStories } from "../stories/hold.ts";
import { killSwitchStories } from "../stories/kill-switch.ts";
import { mcpStories } from "../stories/mcp.ts";
import { pushStories } from "../stories/push.ts";
import { restStories } from "../stories/rest.ts";
import { windowStories } from "../stories/window.ts";

/** A plan passes through the state machine and another function on its way, so that an answer takes longer. */
const restWaitMs = 5_000;

/** Two environments take turns: what one of them remembers is of no use to the next request. */
const startTwo: StartGateway = (options) => startAwsGateway({ ...options, instances: 2 });

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

describe("the MCP stories on Lambda", () => {
  mcpStories(startTwo, 5_000);
});

describe("the Copilot stories on Lambda", () => {
  copilotStories(startTwo);
});
