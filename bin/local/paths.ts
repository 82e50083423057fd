// Where things are in this checkout.
import { resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "../..");
export const defaultDataDir = resolve(projectRoot, ".gatehouse");
