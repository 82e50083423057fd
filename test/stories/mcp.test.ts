// MCP on one machine.
import { startGateway } from "../stand-ins/gateway.ts";
import { mcpStories } from "./mcp.ts";

mcpStories(startGateway);
