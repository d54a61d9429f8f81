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

const never = [...configDefaults.exclude, "test/bench/**"];
/**
 * Files that share a process, one after the other: to start one for each and to load the modules again takes longer than
 * most of them do. Whatever starts many processes (the larger the parent, the slower), weighs memory or replaces a module
 * of Node has a process of its own for each file.
 */
const shared = [
  "test/{board,cli,client,graph,inspect,items,machines,models,plan,properties,regressions}/**/*.test.ts",
  "test/{report,resources,scheduler,state,testing,verify}/**/*.test.ts",
  "test/conformance/!(command-runner).test.ts",
  "test/engine/!(worktree*).test.ts",
  "test/journal/**/!(memory-journal).test.ts",
  "test/server/**/!(events).test.ts",
];

export default defineConfig({
  root,
  // What the examples import.
  resolve: { alias: { "signalbox/machines": join(root, "machines/index.ts") } },
  test: {
    env: process.env["NODE_V8_COVERAGE"] === undefined ? childrenStartFaster : {},
    setupFiles: ["test/support/seed.ts", "test/support/left-as-found.ts"],
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
    unstubGlobals: true,
    projects: [
      { extends: true, test: { name: "shared", include: shared, exclude: never, isolate: false } },
      { extends: true, test: { name: "own", include: ["test/**/*.test.ts"], exclude: [...never, ...shared] } },
    ],
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
