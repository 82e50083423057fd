// The console behind every door: pages and the reviewer API.
import { consoleAnswer } from "../console/routes.ts";
import { createDesk } from "../flow/desk.ts";
import { describe } from "../flow/refusal.ts";
import type { World } from "../flow/world.ts";
import type { SignIn } from "../identity/sign-in.ts";
import type { Answer, Bytes, GatewayRequest } from "../model/http.ts";

export type Assets = ReadonlyMap<string, { readonly bytes: Bytes; readonly type: string }>;

export function serveConsole(
  world: World,
  signIn: SignIn,
  assets: Assets,
): (request: GatewayRequest) => Promise<Answer> {
  const desk = createDesk(world, signIn);
  const deps = {
    desk,
    assets,
    consoleUrl: world.config.console.url,
    reference: () => world.ids.next("ref"),
    trouble: (reference: string, error: unknown) => {
      world.log("console-failed", { reference, cause: describe(error) });
    },
  };
  return (incoming) => consoleAnswer(incoming, deps);
}
