// Goal: a module that runs on its own is found from the sources, from the compiled library and from the bundle.
// Method: plain addresses; the package check runs the real thing from an installed tarball.
import { expect, test } from "vitest";
import { siblingModule } from "../../src/base/sibling.ts";

test("a sibling of a source file is a source file", () => {
  const url = siblingModule("file:///a%20b/src/journal/sqlite-journal.ts", "sqlite-worker");
  expect(url.href).toBe("file:///a%20b/src/journal/sqlite-worker.ts");
});

test("a sibling of a compiled file is a compiled file, one of a bundle a bundle", () => {
  const compiled = siblingModule("file:///p/dist/src/journal/sqlite-journal.js", "sqlite-worker");
  expect(compiled.href).toBe("file:///p/dist/src/journal/sqlite-worker.js");
  const bundled = siblingModule("file:///p/dist/cli/main.cjs", "sqlite-worker");
  expect(bundled.href).toBe("file:///p/dist/cli/sqlite-worker.cjs");
});
