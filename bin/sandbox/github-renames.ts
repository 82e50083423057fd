// Renamed and transferred repositories: where they are now, and the names that still lead there, as at GitHub.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitHubError, optionalText, type Answer, type Json } from "./github-answers.ts";
import type { SandboxRepository } from "./github-repositories.ts";

const nameFile = (directory: string): string => join(directory, "name.json");

/** The repository under its present name; the seed's name is where it starts. */
export async function presentName(repository: SandboxRepository): Promise<SandboxRepository> {
  try {
    const text = await readFile(nameFile(repository.directory), "utf8");
    return { ...repository, ...(JSON.parse(text) as Pick<SandboxRepository, "owner">) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return repository;
    throw error;
  }
}

/** Gives it the `name` or `new_name` and the `new_owner` of a body. A name that is taken is refused. */
export async function renamed(
  repository: SandboxRepository,
  body: Json,
  all: readonly SandboxRepository[],
): Promise<SandboxRepository> {
  const name = optionalText(body, "name") ?? optionalText(body, "new_name") ?? repository.name;
  const owner = optionalText(body, "new_owner") ?? repository.owner;
  const fullName = `${owner}/${name}`.toLowerCase();
  if (all.some((one) => one.id !== repository.id && one.fullName === fullName))
    throw new GitHubError(422, "name already exists on this account");
  const formerNames = [...repository.formerNames, repository.fullName].filter((one) => one !== fullName);
  const place = { owner, name, fullName, formerNames };
  await writeFile(nameFile(repository.directory), JSON.stringify(place), { mode: 0o600 });
  return { ...repository, ...place };
}

/** GitHub answers an old name with the repository's number: 301 for reads, 307 for everything else. */
export function moved(method: string, url: string): Answer {
  return {
    status: method === "GET" ? 301 : 307,
    json: { message: method === "GET" ? "Moved Permanently" : "Temporary Redirect", url },
    headers: { Location: url },
  };
}
