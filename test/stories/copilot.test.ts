// Copilot's account and model calls on one machine, where the command tells which prompt wrote a commit.
import { blame } from "../../bin/local/blame.ts";
import { startGateway } from "../stand-ins/gateway.ts";
import { copilotStories } from "./copilot.ts";

copilotStories(startGateway, (commit, { dataDir }) =>
  blame("acme/app", commit, { as: "alice", data: dataDir }),
);
