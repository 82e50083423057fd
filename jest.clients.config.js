// The real command-line clients that npm cannot bring; `npm run test:clients`.
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["<rootDir>/test/clients/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120000,
  maxWorkers: 1,
};
