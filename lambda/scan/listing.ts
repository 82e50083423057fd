// Commits and tags as a reviewer reads them, within the space that one view has.
import type { CommitSummary, TagSummary } from "../model/change.ts";
import type { GainedCommit } from "./history.ts";
import type { ScanLimits } from "./limits.ts";
import type { Tag } from "./objects.ts";
import { parseIdentity } from "./objects.ts";

/** Shared by all refs of one push. */
export class CommitLister {
  readonly #messageChars: number;
  #left: number;
  isComplete = true;

  constructor(limits: ScanLimits) {
    this.#left = limits.listedCommits;
    this.#messageChars = limits.messageChars;
  }

  list(commits: readonly GainedCommit[]): CommitSummary[] {
    const listed = commits.slice(0, this.#left);
    this.#left -= listed.length;
    if (listed.length < commits.length) this.isComplete = false;
    return listed.map(({ oid, commit }) => {
      const author = parseIdentity(commit.author);
      if (commit.message.length > this.#messageChars) this.isComplete = false;
      return {
        oid,
        parents: commit.parents,
        claimedAuthor: author.name,
        claimedCommitter: parseIdentity(commit.committer).name,
        authoredAtMs: author.atMs,
        message: commit.message.slice(0, this.#messageChars).toWellFormed(),
      };
    });
  }
}

export function tagSummaries(tags: readonly Tag[]): TagSummary[] {
  return tags.map(({ name, object, type, tagger, message }) => ({
    name,
    object,
    type,
    claimedTagger: parseIdentity(tagger).name,
    message: message.slice(0, 16_000).toWellFormed(),
  }));
}
