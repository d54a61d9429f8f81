// Goal: the checks of test/docs.test.ts find a block that does not do what its page says. Method: pages written here, one
// mistake each, and a stand-in for the command line that only knows a plan with a task from one without.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { blocksOf, fenceFault, type Block } from "./support/docs/blocks.ts";
import { checkBlock } from "./support/docs/check-block.ts";
import { typeFaultsOf } from "./support/docs/check-types.ts";
import { exportedNames } from "./support/docs/public-names.ts";
import { sourceOf } from "./support/docs/source-of.ts";
import { makeWorkspace } from "./support/docs/workspace.ts";
import { parse, type Source } from "./support/tidy/source.ts";

const standIn = `
import { readFileSync } from "node:fs";
const [command, file] = process.argv.slice(2);
console.log(command, file);
process.exitCode = command === "check" && !readFileSync(file, "utf8").includes("run:") ? 3 : 0;`;

const programFolder = makeWorkspace();
writeFileSync(join(programFolder.folder, "stand-in.ts"), standIn);
afterAll(() => programFolder.remove());

type Fence = readonly [info: string, text: string];

function page(...blocks: readonly Fence[]): Block[] {
  const text = blocks.map(([info, body]) => `\`\`\`${info}\n${body}\n\`\`\`\n`).join("\n");
  return blocksOf({ path: "docs/page.md", text: `# Page\n\n${text}` });
}

async function check(...blocks: readonly Fence[]): Promise<(string | undefined)[]> {
  const workspace = makeWorkspace(join(programFolder.folder, "stand-in.ts"));
  try {
    const faults: (string | undefined)[] = [];
    const all = page(...blocks);
    const typeFaults = await typeFaultsOf([all]);
    for (const block of all) faults.push(await checkBlock(workspace, block, all, typeFaults));
    return faults;
  } finally {
    workspace.remove();
  }
}

describe("blocks", () => {
  test("are found with their line, language, options and text, inside lists too", () => {
    const text =
      "# A\n\n```sh exit=1\necho a\n```\n\n- item\n\n  ```yaml file=a.yaml\n  b:\n    c: 1\n  ```\n\n````text\n```\n````\n";
    expect(blocksOf({ path: "a.md", text })).toEqual([
      { path: "a.md", line: 3, language: "sh", options: new Map([["exit", "1"]]), text: "echo a\n" },
      { path: "a.md", line: 9, language: "yaml", options: new Map([["file", "a.yaml"]]), text: "b:\n  c: 1\n" },
      { path: "a.md", line: 14, language: "text", options: new Map(), text: "```\n" },
    ]);
  });

  test("without an end are an error", () => {
    expect(() => blocksOf({ path: "a.md", text: "```sh\necho a\n" })).toThrow(
      "a.md:1: the block that starts here has no end",
    );
  });

  test.each(["", "bash", "sh norun", "sh exti=1", "sh exit=one", "ts exit=1", "yaml file=../a.yaml", "yaml file"])(
    "whose fence says `%s` are refused",
    (info) => expect(page([info, ""]).map(fenceFault)).toEqual([expect.any(String)]),
  );

  test.each(["ts", "ts continues", "sh exit=3", "sh norun=needs-network", "yaml file=plans/a.yaml", "text", "mermaid"])(
    "whose fence says `%s` are fine",
    (info) => expect(page([info, ""]).map(fenceFault)).toEqual([undefined]),
  );
});

describe("a ts block", () => {
  test("that compiles and runs is fine, and may go on from the one before", async () => {
    const faults = await check(
      ["ts", "export const a: number = 1;"],
      ["ts continues", 'if (a !== 1) throw new Error("not the same a");'],
    );
    expect(faults).toEqual([undefined, undefined]);
  });

  test("that does not compile is found at the line of its page", async () => {
    expect(await check(["ts", 'export const a = 1;\nexport const b: number = "x";'])).toEqual([
      expect.stringContaining("(5,14): error TS2322"),
    ]);
  });

  test("that throws is found, unless it says why it does not run", async () => {
    const text = 'throw new Error("broken example");';
    expect(await check(["ts", text], ["ts norun=shown-elsewhere", text])).toEqual([
      expect.stringContaining("broken example"),
      undefined,
    ]);
  });

  test("that imports signalbox gets the sources", () => {
    const manifest = {
      name: "signalbox",
      exports: { ".": { default: "./dist/src/index.js" }, "./x.json": "./x.json" },
    };
    expect(sourceOf(manifest, "signalbox")).toBe("./src/index.ts");
    expect(sourceOf(manifest, "signalbox/x.json")).toBe("./x.json");
    expect(sourceOf(manifest, "signalboxes")).toBeUndefined();
    expect(() => sourceOf(manifest, "signalbox/inner")).toThrow("package.json exports no signalbox/inner");
  });
});

describe("a sh block", () => {
  test("that ends with the code it says is fine, another is found with its output", async () => {
    const faults = await check(
      ["sh", "true"],
      ["sh exit=3", "exit 3"],
      ["sh", "echo hello; exit 3"],
      ["sh exit=3", "true"],
    );
    expect(faults).toEqual([
      undefined,
      undefined,
      expect.stringContaining("hello"),
      expect.stringContaining("expected 3"),
    ]);
  });

  test("stops at its first failing line", async () => {
    expect(await check(["sh", "false\ntrue"])).toEqual([expect.stringContaining("ended with 1")]);
  });

  test("finds signalbox, npx signalbox and the npm script, and nothing else by npm or npx", async () => {
    const calls = ["signalbox run a", "npx signalbox run a", "npm run -s signalbox -- run a"].map(
      (call) => ["sh", `test "$(${call})" = "run a"`] as const,
    );
    expect(await check(...calls)).toEqual([undefined, undefined, undefined]);
    expect(await check(["sh", "npm install"], ["sh", "npx other"])).toEqual([
      expect.stringContaining("norun"),
      expect.stringContaining("norun"),
    ]);
  });

  test("sees the files of the blocks before it", async () => {
    expect(await check(["yaml file=a/b.yaml", "c: 1"], ["sh", "cat a/b.yaml"])).toEqual([undefined, undefined]);
  });
});

describe("a data block", () => {
  test("that does not parse is found", async () => {
    expect(await check(["yaml", "a: [1"], ["yaml", "a: 1"])).toEqual([expect.any(String), undefined]);
    await expect(check(["json", "{ a: 1 }"])).rejects.toThrow("JSON");
    await expect(check(["ndjson", '{"a":1}\n{"a":'])).rejects.toThrow("JSON");
  });

  test("that is a plan goes through `signalbox check`", async () => {
    const good = "tasks:\n  a: { run: x }";
    const faults = await check(
      ["yaml", good],
      ["yaml", "tasks:"],
      ["yaml exit=3", "tasks:"],
      ["json", '{\n "tasks": {}\n}'],
    );
    expect(faults).toEqual([undefined, expect.stringContaining("check"), undefined, expect.stringContaining("check")]);
  });
});

test("exported names are found in every form of export", () => {
  const files: Record<string, string> = {
    "src/index.ts":
      'export { a, b as c } from "./x.ts"; export type { D } from "./x.ts"; export * from "./y.ts"; export const e = 1;',
    "src/y.ts":
      "export function f() {}\nexport interface G {}\nexport class H {}\nexport type I = 1;\nconst hidden = 1;",
  };
  const load = (path: string): Source => parse({ path, text: files[path] ?? "" });
  expect(exportedNames(load("src/index.ts"), load)).toEqual(["D", "G", "H", "I", "a", "c", "e", "f"]);
});
