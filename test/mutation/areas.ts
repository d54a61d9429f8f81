/** What is mutated, and which tests have to notice. */
import { dirname } from "node:path";
import type { TextFile } from "../support/tidy/source.ts";
import { repositoryPaths, textFiles } from "../support/tidy/repository.ts";

/** Folders whose rules everything else rests on. */
export const AREAS = ["machines", "src/items", "src/scheduler", "src/journal"] as const;

export type Area = (typeof AREAS)[number];

export function sourcesOf(area: Area): readonly string[] {
  // A barrel has nothing that could be wrong.
  return repositoryPaths(area).filter((path) => path.endsWith(".ts") && !path.endsWith("/index.ts"));
}

export function areaOf(path: string): Area {
  return AREAS.find((area) => path.startsWith(`${area}/`))!;
}

/** Tables and suites that hold a source by way of what supports the tests. */
const ALSO: readonly { readonly sources: string; readonly test: string }[] = [
  { sources: "machines/run-spec", test: "test/models/truth-table.test.ts" },
  { sources: "src/journal/", test: "test/conformance/journal-in-thread.test.ts" },
  { sources: "src/journal/", test: "test/conformance/journal-memory.test.ts" },
];

let files: readonly TextFile[] | undefined;

/** The tests of a source: those of its folder and whichever import it are `near`, whichever import another source of its area are not. */
export function testsOf(path: string): { readonly near: readonly string[]; readonly others: readonly string[] } {
  const area = areaOf(path);
  files ??= textFiles(repositoryPaths("test").filter((each) => each.endsWith(".test.ts") && !FAR.test(each)));
  const folder = `test/${area.replace(/^src\//, "")}/`;
  const also = ALSO.filter((each) => path.startsWith(each.sources)).map(({ test }) => test);
  const nearby = files.filter(({ path: test, text }) => test.startsWith(folder) || imports(test, text, path));
  const near = new Set([...nearby.map((file) => file.path), ...also]);
  const others = files.filter(({ path: test, text }) => !near.has(test) && imports(test, text, `${area}/`));
  return { near: [...near], others: others.map((file) => file.path) };
}

/** Those run the whole program, or a browser: what they notice, something nearer should have. */
const FAR = /^test\/(e2e|browser|board|bench|simulation|mutation|cli|server|git|docs)\//;

/** @param path a source, or a folder that ends with a slash */
function imports(test: string, text: string, path: string): boolean {
  const depth = dirname(test).split("/").length;
  const quoted = `"${"../".repeat(depth)}${path}`;
  return text.includes(path.endsWith("/") ? quoted : `${quoted}"`);
}
