import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { CountReporter } from "./count-reporter.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/**
 * Threads and processes that tests start from the sources find each module's code here the second time, and start in a third
 * of the time. Not while coverage is counted: Node counts less exactly with it.
 */
const childrenStartFaster = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/signalbox-tests") };

export default defineConfig({
  root,
  // What the examples import.
  resolve: { alias: { "signalbox/machines": join(root, "machines/index.ts") } },
  test: {
    env: process.env["NODE_V8_COVERAGE"] === undefined ? childrenStartFaster : {},
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/bench/**"],
    setupFiles: ["test/support/seed.ts"],
    // Processes rather than threads: tests change folders, send signals and start worker threads of their own.
    pool: "forks",
    // One file for each processor: vitest leaves one of them free, which on two is half of the machine.
    maxWorkers: "100%",
    // Bounds for a hang, not expectations: several runs may share this machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
    passWithNoTests: false,
    unstubEnvs: true,
    reporters: ["default", new CountReporter()],
    coverage: {
      provider: "v8",
      include: ["machines/**/*.ts", "src/**/*.ts"],
      // A page: it runs in a browser, where nothing counts.
      exclude: ["src/board/**"],
      reporter: ["text"],
      reportsDirectory: "coverage",
    },
  },
});
