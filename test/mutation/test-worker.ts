/**
 * Runs test files again and again in one process: what has not changed is not transformed anew. It is told which, and whether the
 * file failed, and how. Whoever started it ends it when a mutant never comes to an end.
 */
import { createVitest } from "vitest/node";
import type { TestModule } from "vitest/node";

export interface Asked {
  /** Sources that were changed since, absolute. */
  readonly changed: readonly string[];
  /** A test file, absolute. */
  readonly test: string;
  /** Every test of the file runs, whichever fail. */
  readonly isWhole: boolean;
}

export type Answered =
  | { readonly kind: "ready" }
  | { readonly kind: "passed" }
  /** `by`: the first test that failed; `isCrash`: the process of the test file ended before it had told anything. */
  | { readonly kind: "failed"; readonly by: string; readonly message: string; readonly isCrash: boolean };

/** Bounds for what waits for ever, on the wall of a machine that others use too. */
export const TEST_WALL_MS = 240_000;

// A module of types for whoever starts it, and a program for itself.
if (process.send !== undefined && process.argv[1] === import.meta.filename) await serve();

async function serve(): Promise<void> {
  const vitest = await createVitest({
    root: process.cwd(),
    config: "test/support/vitest.config.ts",
    watch: false,
    reporters: [{}],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: TEST_WALL_MS,
    hookTimeout: TEST_WALL_MS,
  });
  await vitest.standalone();

  /** The rest of a file is not asked once one of its tests has failed. */
  const run = async ({ changed, test, isWhole }: Asked): Promise<Answered> => {
    for (const path of changed) vitest.invalidateFile(path);
    const project = vitest.getRootProject();
    project.config.bail = isWhole ? 0 : 1;
    vitest.config.bail = project.config.bail;
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([project.createSpecification(test)]);
    // Those of the runs before are told again.
    const module = testModules.find(({ moduleId }) => moduleId === test);
    if (module?.ok() === true && unhandledErrors.length === 0) return { kind: "passed" };
    const failure = module === undefined ? undefined : failureOf(module);
    if (failure !== undefined) return { kind: "failed", ...failure, isCrash: false };
    const [error] = unhandledErrors as readonly ({ readonly message?: string } | undefined)[];
    return { kind: "failed", by: "", message: error?.message ?? "", isCrash: true };
  };

  process.on("message", (asked: Asked) => void run(asked).then((answer) => process.send!(answer)));
  process.on("disconnect", () => process.exit());
  process.send!({ kind: "ready" } satisfies Answered);
}

function failureOf(module: TestModule): { readonly by: string; readonly message: string } | undefined {
  for (const test of module.children.allTests("failed")) {
    const error = test.result().errors?.[0];
    return { by: test.fullName, message: error?.message ?? "" };
  }
  const error = module.errors()[0];
  return error === undefined ? undefined : { by: "the file itself", message: error.message };
}
