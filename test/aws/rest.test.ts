// The REST side of the road, as it is deployed.
import { startAwsGateway } from "../stand-ins/aws/gateway.ts";
import { restStories } from "../stories/rest.ts";

// A plan passes through the state machine and another function on its way.
restStories(startAwsGateway, 5_000);
