import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { CountReporter } from "./count-reporter.ts";

export default defineConfig({
  root: fileURLToPath(new URL("../../", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/bench/**"],
    setupFiles: ["test/support/seed.ts"],
    // Processes rather than threads: tests change folders, send signals and start worker threads of their own.
    pool: "forks",
    // Bounds for a hang, not expectations: several runs may share this machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    allowOnly: false,
    passWithNoTests: false,
    unstubEnvs: true,
    reporters: ["default", new CountReporter()],
    coverage: {
      provider: "v8",
      include: ["machines/**/*.ts", "src/**/*.ts"],
      reporter: ["text"],
      reportsDirectory: "coverage",
    },
  },
});
