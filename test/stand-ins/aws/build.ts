// `npm run test:aws` begins here: functions and state machine as they are deployed, made once for all test files.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildFunction, entries } from "../../../lib/bundle.ts";
import { definitionIn } from "../../lib/definition.ts";
import { makeStack, templateOf } from "../../lib/a-stack.ts";
import { builtFunctions, builtMachine } from "./built.ts";

for (const [name, entry] of Object.entries(entries)) await buildFunction(entry, join(builtFunctions, name));
await writeFile(builtMachine, definitionIn(templateOf(makeStack())));
