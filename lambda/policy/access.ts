// Which teams the configuration lets read and write what; the policies see these as attributes.
import type { Config } from "../model/config.ts";
import { globMatches } from "./glob.ts";

export interface Access {
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** By organisation; "*" is every one. */
export type ReadMany = Readonly<Record<string, readonly string[]>>;

const nobody: Access = { readers: [], writers: [] };

/** The first line that matches counts, so a narrow line stands above a wide one; without one, nobody may do anything. */
export function accessOf(config: Pick<Config, "access">, fullName: string): Access {
  const name = fullName.toLowerCase();
  const line = config.access.find(({ repository }) => globMatches(repository.toLowerCase(), name));
  return line === undefined ? nobody : { readers: line.readers, writers: line.writers };
}

/** Teams that may read across an organisation; "*" is every organisation, and whatever belongs to none. */
export function readManyOf(readMany: ReadMany, organization: string | undefined): readonly string[] {
  const wanted = organization?.toLowerCase();
  const teams = Object.entries(readMany)
    .filter(([name]) => name === "*" || name.toLowerCase() === wanted)
    .flatMap(([, listed]) => listed);
  return [...new Set(teams)];
}
