// GitHub's real Copilot CLI; `npm run test:copilot`.
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["<rootDir>/test/copilot/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120000,
  maxWorkers: 1,
};
