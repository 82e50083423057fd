// The approval clock, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { clockStories } from "./clock.ts";

clockStories(startGateway);
