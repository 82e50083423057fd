// A rule with a window, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { windowStories } from "./window.ts";

windowStories(startGateway);
