// Mutation testing of the rules (CONTRIBUTING.md, "Mutation testing"): would a test notice if a rule were a little wrong?
export default {
  testRunner: "in-process",
  plugins: ["./test/mutation/runner.ts", "./test/mutation/sentences.ts"],
  ignorers: ["sentences"],
  coverageAnalysis: "perTest",
  mutate: [
    "lambda/{classify,policy,approval}/**/*.ts",
    // The operation table's reader: its data has a test of drift.
    "!lambda/classify/operations.ts",
    // What explains and checks policies, and what tells of them, decides nothing.
    "!lambda/policy/{cases,explain,nearest,policy-error,source,type-errors,what-if}.ts",
    "!lambda/approval/{notices/*,sentence}.ts",
  ],
  ignorePatterns: ["bench", "cdk.out", "docs", "dist"],
  disableTypeChecks: false,
  // Static mutants load their room again, and what was loaded before stays in memory.
  maxTestRunnerReuse: 300,
  timeoutMS: 3000,
  incrementalFile: ".cache/mutation/incremental.json",
  tempDirName: ".cache/mutation/sandbox",
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: ".cache/mutation/report.json" },
  clearTextReporter: { allowColor: false, reportTests: false },
  concurrency: 2,
  thresholds: { high: 90, low: 85, break: 85 },
};
