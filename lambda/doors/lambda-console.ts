// The console on AWS: pages and the reviewer API, on a host of their own.
import { requestOf } from "./api-event.ts";
import { taskRoot } from "./aws-config.ts";
import { createAwsWorld } from "./aws-world.ts";
import { bundledAssets } from "./console-assets.ts";
import { serveConsole } from "./console.ts";
import { answering } from "./invocation.ts";
import { streamed, type Invocation } from "./lambda-stream.ts";

const opened = createAwsWorld(process.env);
const assets = bundledAssets(taskRoot(process.env));
// Whoever needs them hears of it.
assets.catch(() => undefined);

export const handler = streamed(
  answering(async ({ event, deadline }: Invocation) => {
    const { world, signIn } = await opened();
    return serveConsole(world, signIn, await assets)(requestOf(event, "", deadline));
  }),
  async () => (await opened()).platform.events.flush(),
);
