// The process that is dynalite. Its own command line takes no free port (0 means 4567 there), so this asks for one.
import { createRequire } from "node:module";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

type Dynalite = (
  options: Readonly<Record<"createTableMs" | "deleteTableMs" | "updateTableMs", number>>,
) => Server;

const dynalite = createRequire(import.meta.url)("dynalite") as Dynalite;
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
});
