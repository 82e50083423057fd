// The REST side of the road, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { restStories } from "./rest.ts";

restStories(startGateway, 1_500);
