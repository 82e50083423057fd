// `npm run test:aws`: against moto, and with the bundled functions under Lambda's own runtime.
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["<rootDir>/test/aws/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120000,
};
