// Where the bundled functions lie that tests run, and the state machine's definition.
import { join } from "node:path";

export const builtFunctions = join(import.meta.dirname, "../../../.cache/functions");
export const builtMachine = join(builtFunctions, "approval-machine.json");
