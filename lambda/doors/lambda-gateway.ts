// The road on AWS: API Gateway's event in, a streamed answer out.
import { requestOf } from "./api-event.ts";
import { pathPrefix } from "./aws-config.ts";
import { createAwsWorld } from "./aws-world.ts";
import { answering } from "./invocation.ts";
import { streamed, type Invocation } from "./lambda-stream.ts";
import { serveRoad } from "./road.ts";

const opened = createAwsWorld(process.env);
const prefix = pathPrefix(process.env);

export const handler = streamed(
  answering(async ({ event, deadline }: Invocation) => {
    const { world } = await opened();
    return serveRoad(world)(requestOf(event, prefix, deadline));
  }),
  async () => (await opened()).platform.events.flush(),
);
