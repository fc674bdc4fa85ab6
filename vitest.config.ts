import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The file that plain Node resolves `xstate` to; vitest itself picks the development build, and the two differ. */
const productionBuild = fileURLToPath(new URL("./node_modules/xstate/dist/xstate.cjs.mjs", import.meta.url));

/** Slow suites: those that start processes or servers, already on the build that their children resolve, and what lays out, parses or explores many charts. */
const integration = [
  "test/node/**/*.test.ts",
  "test/cli/**/*.test.ts",
  "test/e2e/**/*.test.ts",
  "test/page/browser/*.test.ts",
  "test/bridges/**/*.test.ts",
  "test/chart/{layout,random-layout,svg}.test.ts",
  "test/chart/export/{dot,mermaid,mermaid-render,scxml}.test.ts",
  "test/explore/{charts,composed-supervisor,fuzz,migration-cases}.test.ts",
  "test/generated/planted-bugs.test.ts",
  "test/replay/long-log.test.ts",
];
const neutral = { include: ["test/**/*.test.ts"], exclude: integration };

export default defineConfig({
  test: {
    // Two cores: one worker for each, so that real processes under test are not starved.
    maxWorkers: 2,
    // Properties run for seconds on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        test: { name: "development", ...neutral, setupFiles: "test/support/chart-coverage.ts" },
      },
      {
        resolve: { alias: [{ find: /^xstate$/, replacement: productionBuild }] },
        test: { name: "production", ...neutral, env: { XSTATE_BUILD: "production" } },
      },
      // A browser draws when it can; a test waits for what it shows.
      { test: { name: "integration", include: integration, expect: { poll: { timeout: 10_000 } } } },
    ],
  },
});
