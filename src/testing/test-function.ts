import { UsageError } from "../base/errors.ts";

/** `test` of vitest, of `node:test`, or of any other runner. */
export type TestFunction = (title: string, run: () => Promise<void>) => unknown;

/** @throws UsageError (`invalid_usage`) when there is none */
export function testOf({ test }: { readonly test?: TestFunction | undefined }): TestFunction {
  const found: unknown = test ?? (globalThis as { readonly test?: unknown }).test;
  if (typeof found === "function") return found as TestFunction;
  throw new UsageError(
    'expected a `test` function to register tests with, and there is no global one; pass the one of your runner: `import { test } from "vitest"` or from "node:test"',
  );
}
