// A real push, from token to record, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { pushStories } from "./push.ts";

pushStories(startGateway);
