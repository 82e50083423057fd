// The kill switch, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { killSwitchStories } from "./kill-switch.ts";

killSwitchStories(startGateway);
