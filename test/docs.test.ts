// Goal: what the docs say works. Method: every block of README.md and docs/**/*.md does its work, in the order of its
// page, in a folder of its own that holds a copy of docs/examples. Conventions, after the language of a block:
//
//   ts      is type-checked and executed; `signalbox` and its sub-paths are the sources. `norun=REASON`: only checked.
//           `continues`: it goes on from the ts block before it. `file=NAME`: it is also written there for later blocks.
//   sh      runs with `sh -e`; `signalbox`, `npx signalbox` and `npm run -s signalbox --` are the command line from the
//           sources. It must end with 0, or with N of `exit=N`. `norun=REASON` where it cannot run here.
//   yaml    is parsed; with `tasks:` it is a plan and goes through `signalbox check` (`exit=3`: a plan that must be
//           refused). `file=NAME`: it is also written there, so that a later sh block can run it.
//   json    the same. ndjson: each line is parsed.
//   text    is output, mermaid a picture: neither is run.
//
// Every public name, error code and limit stands in docs/reference. test/docs-checks.test.ts tests the checks.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODES } from "../src/base/errors.ts";
import { LIMITS } from "../src/base/limits.ts";
import { blocksOf, fenceFault } from "./support/docs/blocks.ts";
import { checkBlock } from "./support/docs/check-block.ts";
import { typeFaultsOf, type TypeFaults } from "./support/docs/check-types.ts";
import { exportedNames } from "./support/docs/public-names.ts";
import { makeWorkspace, type Workspace } from "./support/docs/workspace.ts";
import { readPath, repositoryPaths, textFiles } from "./support/tidy/repository.ts";
import { parse } from "./support/tidy/source.ts";

const pages = textFiles(repositoryPaths().filter((path) => /^(README\.md$|docs\/.*\.md$)/.test(path)));

const read = pages.map((page) => ({ path: page.path, blocks: blocksOf(page) }));

let typeFaults: TypeFaults;
beforeAll(async () => {
  typeFaults = await typeFaultsOf(read.map(({ blocks }) => blocks));
});

describe.each(read)("$path", ({ blocks }) => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = makeWorkspace();
  });
  afterAll(() => workspace.remove());

  test("says of each block what it is", () => {
    expect(blocks.map((block) => fenceFault(block)).filter(Boolean)).toEqual([]);
  });

  test.each(blocks.filter(({ language }) => language !== "text" && language !== "mermaid"))(
    "line $line: the $language block works",
    async (block) => {
      expect(await checkBlock(workspace, block, blocks, typeFaults)).toBeUndefined();
    },
  );
});

describe("docs/examples", () => {
  const plans = repositoryPaths("docs/examples").filter((path) => /^docs\/examples\/[^/]+\.(ya?ml|json)$/.test(path));
  let workspace: Workspace;
  beforeAll(() => {
    workspace = makeWorkspace();
  });
  afterAll(() => workspace.remove());

  test.each(plans)("%s is a plan without problems", async (path) => {
    const { code, output } = await workspace.shell(`signalbox check "${path}"`);
    expect(code, output).toBe(0);
  });
});

describe("docs/reference", () => {
  const reference = pages.filter(({ path }) => path.startsWith("docs/reference/")).map(({ text }) => text);
  const missing = (names: readonly string[]): string[] => {
    const words = new Set(reference.join("\n").match(/[\w$]+/g));
    return names.filter((name) => !words.has(name));
  };
  const load = (path: string): ReturnType<typeof parse> => parse({ path, text: readPath(path) });

  test("names everything that the library exports", () => {
    expect(missing(exportedNames(load("src/index.ts"), load))).toEqual([]);
  });

  test("names everything that the kit for tests exports", () => {
    expect(missing(exportedNames(load("src/testing/index.ts"), load))).toEqual([]);
  });

  test("names every error code", () => {
    expect(missing(Object.keys(EXIT_CODES))).toEqual([]);
  });

  test("explains every error code once", () => {
    expect(doubled(readPath("docs/reference/errors.md"), /^\| `\w+`/gm)).toEqual([]);
  });

  test("names every limit", () => {
    expect(missing(Object.keys(LIMITS))).toEqual([]);
  });
});

describe("docs/internals/requirements.md", () => {
  test("explains every number that a test cites", () => {
    const known = new Set(readPath("docs/internals/requirements.md").match(/^\| S\d-\d\d/gm));
    const cited = textFiles(repositoryPaths("test")).flatMap(({ text }) => text.match(/\bS\d-\d\d\b/g) ?? []);
    expect([...new Set(cited)].filter((number) => !known.has(`| ${number}`))).toEqual([]);
  });
});

describe("docs/changelog.md", () => {
  test("tells everything once", () => {
    expect(doubled(readPath("docs/changelog.md"), /^(?:- \*\*[^*]+\*\*|Refused\b)/gm)).toEqual([]);
  });
});

/** What the pattern finds in the text more than once. */
function doubled(text: string, pattern: RegExp): readonly string[] {
  const found: readonly string[] = text.match(pattern) ?? [];
  return found.filter((piece, index) => found.indexOf(piece) !== index);
}
