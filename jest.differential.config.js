// Thousands of pushes against the real git; `npm run test:differential`.
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["<rootDir>/test/differential/**/*.long.ts"],
  testTimeout: 300000,
};
