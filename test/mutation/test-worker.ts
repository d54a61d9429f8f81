/**
 * Runs test files again and again in one process: what has not changed is not transformed anew. It is told which, and whether one
 * of them failed. Whoever started it ends it when a mutant never comes to an end.
 */
import { createVitest } from "vitest/node";

export interface Asked {
  /** Sources that were changed since, absolute. */
  readonly changed: readonly string[];
  /** Test files, absolute. */
  readonly tests: readonly string[];
}

export type Answered = { readonly kind: "ready" } | { readonly kind: "ran"; readonly failed?: string };

const vitest = await createVitest({
  root: process.cwd(),
  config: "test/support/vitest.config.ts",
  watch: false,
  reporters: [{}],
  maxWorkers: 1,
  fileParallelism: false,
  // Bounds for what waits for ever, on the wall of a machine that others use too.
  testTimeout: 240_000,
  hookTimeout: 240_000,
});
await vitest.standalone();

process.on("message", (asked: Asked) => {
  void run(asked).then((answer) => process.send!(answer satisfies Answered));
});
process.on("disconnect", () => process.exit());
process.send!({ kind: "ready" } satisfies Answered);

/** One file after the other, until one fails. */
async function run({ changed, tests }: Asked): Promise<Answered> {
  for (const path of changed) vitest.invalidateFile(path);
  let failed: string | undefined;
  for (const test of tests) {
    const specification = vitest.getRootProject().createSpecification(test);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
    // Those of the runs before are told again.
    const isFine = testModules.find(({ moduleId }) => moduleId === test)?.ok() === true;
    if (isFine && unhandledErrors.length === 0) continue;
    failed = test;
    break;
  }
  return { kind: "ran", ...(failed !== undefined && { failed }) };
}
