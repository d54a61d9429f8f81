import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Leaves `N passed, N failed` in the file that `SIGNALBOX_TEST_COUNTS` names, for `.ci/run`. A file that could not be
 * loaded and an error outside every test count as one failure each, so that the line never looks better than the run.
 */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env["SIGNALBOX_TEST_COUNTS"];
    if (file === undefined) return;
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        // A pending test is one that never ended.
        if (state === "failed" || state === "pending") failed += 1;
      }
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
    }
    writeFileSync(file, `${passed} passed, ${failed} failed\n`);
  }
}
