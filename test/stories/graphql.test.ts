// The GraphQL side of the road, on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { graphqlStories } from "./graphql.ts";

graphqlStories(startGateway);
