// How much work and memory reading one push may take, with the reason for each number.

export interface ScanLimits {
  readonly packBytes: number;
  readonly packObjects: number;
  /** The largest object that is ever held whole: a delta base, a delta result, a tree. */
  readonly heldBytes: number;
  /** Blobs above this are inflated, hashed and searched as a stream. */
  readonly streamedFromBytes: number;
  /** git itself never writes a chain longer than 4095. */
  readonly deltaDepth: number;
  /** Against bombs: all bytes ever inflated or built from deltas; at least `inflatedFloorBytes` is granted. */
  readonly inflatedPerPackByte: number;
  readonly inflatedFloorBytes: number;
  readonly inflatedBytes: number;
  /** Resolved objects kept for the next delta or the next read. */
  readonly cacheBytes: number;
  /** Commits visited over all refs; beyond it the push is not read at all. */
  readonly commitVisits: number;
  /** Tree entries compared over all commits; beyond it the push counts as touching workflows. */
  readonly treeEntries: number;
  readonly treeDepth: number;
  /** Objects asked of GitHub: commits and trees, and old sides of files. */
  readonly lookUps: number;
  readonly blobLookUps: number;
  readonly listedCommits: number;
  readonly listedFiles: number;
  readonly listedPaths: number;
  readonly listedFindings: number;
  readonly messageChars: number;
  /** Files above either are named but not shown line by line. */
  readonly diffFileBytes: number;
  readonly diffFileLines: number;
  /** Over the whole push. */
  readonly diffLines: number;
  readonly diffChars: number;
  readonly diffLineChars: number;
  /** Edits that Myers' algorithm may look for; beyond it a change is shown as one replaced block. */
  readonly diffEdits: number;
}

const MiB = 1024 * 1024;

export const defaultScanLimits: ScanLimits = {
  packBytes: 2048 * MiB,
  packObjects: 500_000,
  heldBytes: 32 * MiB,
  streamedFromBytes: MiB,
  deltaDepth: 4095,
  inflatedPerPackByte: 64,
  inflatedFloorBytes: 1024 * MiB,
  inflatedBytes: 8192 * MiB,
  cacheBytes: 32 * MiB,
  commitVisits: 200_000,
  treeEntries: 5_000_000,
  treeDepth: 512,
  lookUps: 4_000,
  blobLookUps: 400,
  listedCommits: 1_000,
  listedFiles: 3_000,
  listedPaths: 20_000,
  listedFindings: 1_000,
  messageChars: 16_000,
  diffFileBytes: 512 * 1024,
  diffFileLines: 10_000,
  diffLines: 20_000,
  diffChars: 4 * MiB,
  diffLineChars: 4_000,
  diffEdits: 2_000,
};
