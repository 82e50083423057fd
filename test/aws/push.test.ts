// A real push, from token to record, as it is deployed.
import { startAwsGateway } from "../stand-ins/aws/gateway.ts";
import { pushStories } from "../stories/push.ts";

pushStories(startAwsGateway);
