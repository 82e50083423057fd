// What would land: secrets first, then commits, then files in the order in which they matter.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ChangeSummary, CommitSummary, FileChange, RefDiff, SecretFinding } from "../../model/change.ts";
import { Id, Time } from "./bits.tsx";
import { FileDiff } from "./diff-view.tsx";
import { byImportance, flagWords, modeChange } from "./file-order.ts";
import { Icon } from "./icon.tsx";
import { Marked } from "./marked.tsx";
import { OpenMasks } from "./open-masks.tsx";
import { count, shortOid, shortRef } from "./words.ts";

const filesAtOnce = 50;
const commitsAtOnce = 50;
/** Files that open by themselves; the others wait for a click, so that a large change stays quick. */
const openFiles = 12;

export function ChangeView({ change }: { change: ChangeSummary }): JSX.Element {
  const { objects } = change;
  return (
    <div class="change">
      <Findings title="Secrets in this change" findings={change.secrets} />
      <Findings title="Masked values that come back" findings={change.maskedValues} />
      {change.isTruncated ? (
        <p class="banner warn" role="note">
          <b>This view is cut.</b> The change is larger than what is shown here.
        </p>
      ) : null}
      {change.unreachableObjects > 0 ? (
        <p class="banner warn" role="note">
          The push also carries {count(change.unreachableObjects, "object")} that no branch or tag would
          reach.
        </p>
      ) : null}
      {change.refs.map((ref) => (
        <RefChangeView key={ref.ref} diff={ref} isOnly={change.refs.length === 1} />
      ))}
      <p class="quiet">
        The push carries {count(objects.commits, "commit")}, {count(objects.trees, "tree")},{" "}
        {count(objects.blobs, "blob")} and {count(objects.tags, "tag")}.
      </p>
    </div>
  );
}

function Findings({
  title,
  findings,
}: {
  title: string;
  findings: readonly SecretFinding[];
}): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <section class="banner danger" aria-label={title}>
      <h3>
        <Icon name="warning" />
        {title}
      </h3>
      <ul>
        {findings.slice(0, 50).map((finding, index) => (
          <li key={index}>
            {finding.kind}
            {finding.path === undefined ? null : (
              <>
                {" in "}
                <code>
                  <Marked text={finding.path} where="name" />
                  {finding.line === undefined ? "" : `:${finding.line}`}
                </code>
              </>
            )}
          </li>
        ))}
      </ul>
      {findings.length > 50 ? <p>And {findings.length - 50} more.</p> : null}
    </section>
  );
}

function RefChangeView({ diff, isOnly }: { diff: RefDiff; isOnly: boolean }): JSX.Element {
  const files = useMemo(() => byImportance(diff.files), [diff.files]);
  return (
    <section class="ref" aria-label={`Change of ${diff.ref}`}>
      {isOnly ? null : (
        <h3>
          <Marked text={shortRef(diff.ref)} where="name" />{" "}
          <code>
            {shortOid(diff.old)} → {shortOid(diff.new)}
          </code>
        </h3>
      )}
      {diff.isFastForward === true ? null : (
        <p class="banner warn" role="note">
          {diff.isFastForward === false
            ? "This rewrites history: commits that are there now would be gone."
            : "It could not be established whether this rewrites history."}
        </p>
      )}
      <Commits commits={diff.commits} />
      <Files files={files} diffOf={diff.ref} />
    </section>
  );
}

function Commits({ commits }: { commits: readonly CommitSummary[] }): JSX.Element {
  const [limit, setLimit] = useState(commitsAtOnce);
  return (
    <section class="commits" aria-label="Commits">
      <h3>{count(commits.length, "commit")}</h3>
      <ol>
        {commits.slice(0, limit).map((commit) => (
          <li key={commit.oid}>
            <Commit commit={commit} />
          </li>
        ))}
      </ol>
      {commits.length > limit ? (
        <button
          type="button"
          onClick={() => {
            setLimit(limit + commitsAtOnce);
          }}
        >
          Show more of the {count(commits.length - limit, "commit")} left
        </button>
      ) : null}
    </section>
  );
}

function Commit({ commit }: { commit: CommitSummary }): JSX.Element {
  const [subject = "", ...rest] = commit.message.split("\n");
  const body = rest.join("\n").trim();
  return (
    <>
      <p class="commit-subject">
        <Marked text={subject === "" ? "(no message)" : subject} />
      </p>
      {body === "" ? null : (
        <details>
          <summary>Whole message</summary>
          <p class="said">
            <Marked text={body} />
          </p>
        </details>
      )}
      <p class="quiet">
        <Id text={commit.oid} shown={commit.oid.slice(0, 10)} what="the commit id" /> · claims to be by{" "}
        <Marked text={commit.claimedAuthor} /> · <Time atMs={commit.authoredAtMs} />
        {commit.parents.length > 1 ? ` · merges ${commit.parents.length} parents` : ""}
      </p>
    </>
  );
}

function Files({ files, diffOf }: { files: readonly FileChange[]; diffOf: string }): JSX.Element {
  const [limit, setLimit] = useState(filesAtOnce);
  const shown = files.slice(0, limit);
  const flagged = files.filter((file) => file.flags.length > 0).length;
  return (
    <section class="files" aria-label="Files">
      <h3>
        {count(files.length, "file")}
        {flagged > 0 ? <span class="quiet"> · {flagged} to look at first</span> : null}
      </h3>
      {shown.map((file, index) => (
        <FileView key={file.path} file={file} diffOf={diffOf} isOpen={index < openFiles} />
      ))}
      {files.length > limit ? (
        <button
          type="button"
          class="more-files"
          onClick={() => {
            setLimit(limit + filesAtOnce);
          }}
        >
          Show more of the {count(files.length - limit, "file")} left
        </button>
      ) : null}
    </section>
  );
}

const statusWords = { added: "new", modified: "changed", deleted: "deleted", "type-changed": "type changed" };

function FileView({
  file,
  diffOf,
  isOpen,
}: {
  file: FileChange;
  diffOf: string;
  isOpen: boolean;
}): JSX.Element {
  const [isShown, setShown] = useState(isOpen);
  const mode = modeChange(file);
  return (
    <details
      class="file"
      open={isOpen}
      onToggle={(event) => {
        // Once rendered it stays: folding and opening again costs nothing.
        if (event.currentTarget.open) setShown(true);
      }}
    >
      <summary>
        <code class="path">
          <Marked text={file.path} where="name" />
        </code>
        <span class="file-facts">
          {file.flags.map((flag) => (
            <span key={flag} class={`flag ${flag}`}>
              {flagWords[flag].label}
            </span>
          ))}
          {file.status === "modified" ? null : <span class="flag plain">{statusWords[file.status]}</span>}
          {mode === undefined ? null : <span class="flag plain">mode {mode}</span>}
          <span class="plus">+{file.added}</span> <span class="minus">−{file.removed}</span>
        </span>
      </summary>
      {file.pathHex === undefined ? null : (
        <p class="no-hunks">The path is not valid UTF-8. Its bytes: {file.pathHex}</p>
      )}
      {isShown ? <FileDiff file={file} /> : null}
      {file.hasMasks === true ? <OpenMasks path={file.path} diffOf={diffOf} /> : null}
    </details>
  );
}
