// ESM throughout (CONTRIBUTING.md, "Decisions"): the same files run under `node` and under Jest, without a build.
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      {
        module: { type: "es6" },
        jsc: {
          target: "es2024",
          experimental: { keepImportAttributes: true },
          parser: { syntax: "typescript", tsx: true },
          transform: { react: { runtime: "automatic", importSource: "preact" } },
        },
      },
    ],
  },
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: [
    "/node_modules/",
    "<rootDir>/test/browser/",
    "<rootDir>/test/aws/",
    "<rootDir>/test/clients/",
    "<rootDir>/test/copilot/",
  ],
  modulePathIgnorePatterns: ["<rootDir>/cdk.out/", "<rootDir>/.cache/"],
  testTimeout: 30000,
  // One more than the cores of a small machine: many tests wait for a process of their own.
  maxWorkers: 3,
};
