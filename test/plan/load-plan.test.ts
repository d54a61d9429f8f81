/**
 * Goal: a plan file becomes a plan, or an error that says where, what, and what to do; hostile files cost neither time nor stack.
 * Method: real files in a folder of the test's own; messages are written out here as users see them.
 */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SignalboxError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { loadPlan } from "../../src/plan/load-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { startWithNoFilesLeft } from "../support/commands.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-plan-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(name: string, content: string | Buffer): Promise<Plan> {
  await writeFile(join(folder, name), content);
  return loadPlan(join(folder, name));
}

async function refusal(name: string, content: string | Buffer): Promise<SignalboxError> {
  return load(name, content).then(
    () => expect.fail("expected a refusal, got a plan"),
    (error: unknown) => {
      if (error instanceof SignalboxError) return error;
      throw error;
    },
  );
}

/** The message with the folder of the test left out. */
async function message(name: string, content: string): Promise<string> {
  return (await refusal(name, content)).message.replaceAll(`${folder}/`, "");
}

describe("good files", () => {
  const yaml =
    "tasks:\n  b: { needs: [a], run: npm test }\n  a:\n    run: |\n      echo one\n      echo two\n    timeout: 90s\n";

  test("YAML and JSON of the same plan give the same plan", async () => {
    const fromYaml = await load("same.yaml", yaml);
    const json = {
      tasks: { b: { needs: ["a"], run: "npm test" }, a: { run: "echo one\necho two\n", timeout: "90s" } },
    };
    const fromJson = await load("same.json", JSON.stringify(json));
    expect(fromYaml.toText()).toBe(fromJson.toText());
    expect(fromYaml.hash()).toBe(fromJson.hash());
  });

  test("a plan without a name has its file's, and knows its file", async () => {
    const plan = await load("release.yml", yaml);
    expect(plan.name).toBe("release");
    expect(plan.file).toBe(join(folder, "release.yml"));
    expect((await load("x.yaml", `name: other\n${yaml}`)).name).toBe("other");
  });

  test("a byte order mark, Windows line ends, comments, $schema and anchors are welcome", async () => {
    const text =
      "\ufeff# plan\r\n$schema: x\r\nversion: 1\r\ntasks:\r\n  a: { env: &e { A: '1' } }\r\n  b: { env: *e }\r\n";
    const plan = await load("bom.yaml", text);
    expect(plan.tasks.map(({ env }) => ({ ...env }))).toEqual([{ A: "1" }, { A: "1" }]);
  });

  test("ids keep their text, even when YAML would read a number, null or true", async () => {
    const plan = await load("ids.yaml", 'tasks: { 1.10: {}, 0x10: {}, null: {}, true: { needs: ["1.10"] } }');
    expect(plan.tasks.map(({ key }) => key)).toEqual(["1.10", "0x10", "null", "true"]);
  });

  test("a module's default export may be a definition or a plan", async () => {
    const definition = await load("definition.mjs", "export default { tasks: { a: { run: () => 1, timeout: 5 } } };");
    expect(definition.name).toBe("definition");
    expect(definition.tasks[0]).toMatchObject({ timeoutMs: 5, run: expect.any(Function) });
    const define = new URL("../../src/plan/define.ts", import.meta.url).href;
    const source = `import { definePlan } from ${JSON.stringify(define)};\nexport default definePlan({ tasks: { a: { run: (): number => 1 } } });\n`;
    const plan = await load("made.ts", source);
    expect(plan).toMatchObject({ name: "made", file: join(folder, "made.ts") });
  });
});

describe("what a person sees", () => {
  test("every problem of a YAML plan, in the order of the file, each with its line and a caret", async () => {
    const text = [
      "nmae: release",
      "liveItemsMax: 0",
      "tasks:",
      "  lint: { run: npm run lint }",
      "  test:",
      "    timeout: 90",
      "    needs: [lnit]",
      "    env: { CI: true }",
      "  lint: { run: other }",
      "  bad id: {}",
    ].join("\n");
    expect(await message("p.yaml", text)).toMatchInlineSnapshot(`
      "p.yaml:1:1: expected a key of a plan, got "nmae"; did you mean \`name\`?
        1 | nmae: release
          | ^
      p.yaml:2:15: expected a whole number from 1 to 10000, got 0; write a number within these bounds
        2 | liveItemsMax: 0
          |               ^
      p.yaml:6:14: expected a duration such as 250ms, 90s, 10m or 2h, got 90; write 90s for seconds or 90ms for milliseconds
        6 |     timeout: 90
          |              ^
      p.yaml:7:13: expected the id of a task of this plan, got "lnit"; did you mean \`lint\`?
        7 |     needs: [lnit]
          |             ^
      p.yaml:8:16: expected text, got true; write it in quotes: "true"
        8 |     env: { CI: true }
          |                ^
      p.yaml:9:3: expected each key once, got "lint" again; remove or rename one of the two
        9 |   lint: { run: other }
          |   ^
      p.yaml:10:3: expected a task named by 1 to 128 letters, digits, dots, - and _, the first a letter or digit, got "bad id"; rename it
        10 |   bad id: {}
           |   ^"
    `);
  });

  test("the same for JSON", async () => {
    const text = '{\n  "tasks": {\n    "a": { "needs": ["b"], "priority": 10 },\n    "a": { "runn": "x" }\n  }\n}\n';
    expect(await message("p.json", text)).toMatchInlineSnapshot(`
      "p.json:4:5: expected each key once, got "a" again; remove or rename one of the two
        4 |     "a": { "runn": "x" }
          |     ^
      p.json:4:12: expected a key of a task, got "runn"; did you mean \`run\`?
        4 |     "a": { "runn": "x" }
          |            ^"
    `);
  });

  test("a cycle is printed as its path", async () => {
    const error = await refusal(
      "cycle.yaml",
      "tasks:\n  a: { needs: [b] }\n  b: { needs: [c] }\n  c: { needs: { a: done } }\n",
    );
    expect(error.code).toBe("plan_cycle");
    expect(error.message.replaceAll(`${folder}/`, "")).toMatchInlineSnapshot(`
      "cycle.yaml:2:16: expected needs without a cycle, got a -> b -> c -> a; remove one of these needs; each needs the next
        2 |   a: { needs: [b] }
          |                ^"
    `);
  });

  test("a long line is cut around its caret, and nothing in it moves the cursor", async () => {
    const text = `tasks: { a: { title: "${"x".repeat(300)}\u001b[2J", run: "${"y".repeat(300)}" } }`;
    expect(await message("long.yaml", text)).toMatchInlineSnapshot(`
      "long.yaml:1:22: expected text without control characters, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; remove them
        1 | tasks: { a: { title: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
          |                      ^"
    `);
  });

  test.each([
    ["trailing-comma.json", '{ "tasks": { "a": {}, } }'],
    ["comment.json", '// plan\n{ "tasks": {} }'],
    ["quotes.json", "{ 'tasks': {} }"],
    ["truncated.json", '{ "tasks": { "a": { "run": "x"'],
    ["unclosed.json", '{ "tasks": { "a'],
    ["escape.json", '{ "tasks": { "a\\x": {} } }'],
    ["after.json", '{ "tasks": { "a": {} } } }'],
    ["number.json", '{ "liveItemsMax": 01 }'],
  ])("JSON that is none: %s", async (name, text) => {
    expect(await message(name, text)).toMatchSnapshot("message");
  });

  test.each([
    ["tab.yaml", "tasks:\n\ta: {}\n"],
    ["colon.yaml", "tasks:\n  a:\n    run: echo a: b\n"],
    ["quote.yaml", 'tasks:\n  a:\n    run: "echo\n'],
    ["indent.yaml", "tasks:\n  a:\n    run: x\n   timeout: 1s\n"],
    ["tag.yaml", 'tasks: { a: { run: !!js/function "x" } }\n'],
    ["two.yaml", "---\ntasks: { a: {} }\n---\ntasks: {}\n"],
    ["key.yaml", "tasks: { [a]: {} }\n"],
    ["alias.yaml", "tasks: { a: *nobody }\n"],
    ["self.yaml", "tasks: &t { a: *t }\n"],
    ["merge.yaml", "tasks: { a: { <<: { run: x } } }\n"],
    ["duplicate.yaml", "tasks: { a: { run: x, run: y } }\n"],
    ["null.yaml", "tasks:\n  a:\n  b: { needs: }\n"],
    ["list.yaml", "- a\n- b\n"],
  ])("YAML that is no plan: %s", async (name, text) => {
    expect(await message(name, text)).toMatchSnapshot("message");
  });
});

describe("files that cannot be read", () => {
  test.each([
    ["empty.yaml", ""],
    ["empty.json", " \n"],
    ["comment.yaml", "# nothing\n"],
    ["braces.json", "{}"],
    ["none.yaml", "tasks: {}"],
  ])("%s is an empty plan", async (name, text) => {
    expect((await refusal(name, text)).code).toBe("plan_empty");
  });

  test("a missing file and a directory are wrong usage", async () => {
    await expect(loadPlan(join(folder, "nobody.yaml"))).rejects.toMatchObject({
      code: "invalid_usage",
      message: expect.stringMatching(/^expected a plan file, got nothing at .*nobody\.yaml; check the path$/),
    });
    await mkdir(join(folder, "dir.yaml"), { recursive: true });
    await expect(loadPlan(join(folder, "dir.yaml"))).rejects.toMatchObject({
      code: "invalid_usage",
      message: expect.stringContaining("directory"),
    });
    await expect(loadPlan(join(folder, "nobody.yaml", "x.yaml"))).rejects.toMatchObject({ code: "invalid_usage" });
    await expect(loadPlan("/dev/null")).rejects.toMatchObject({
      code: "invalid_usage",
      message: expect.stringContaining("no regular file"),
    });
  });

  test("one that cannot be opened just now: that is not its permissions", async () => {
    const [refused, again] = await startWithNoFilesLeft("plan", fileURLToPath(import.meta.url));
    expect(refused).toBe(
      "expected a plan file, got the error EMFILE at plan.yaml. Allow more open files (`ulimit -n`).",
    );
    expect(again).toBe("started");
  });

  test("an unknown ending is wrong usage", async () => {
    expect(await refusal("plan.toml", "a = 1")).toMatchObject({
      code: "invalid_usage",
      message: expect.stringContaining(".yaml, .yml, .json"),
    });
  });

  test.each([
    ["binary.yaml", Buffer.from([0, 1, 2, 255])],
    ["latin1.yaml", Buffer.from("tasks: { caf\u00e9: {} }", "latin1")],
    ["utf16.json", Buffer.from('{"tasks":{}}', "utf16le")],
  ])("%s is no text", async (name, bytes) => {
    expect(await refusal(name, bytes)).toMatchObject({
      code: "invalid_plan",
      message: expect.stringContaining("text in UTF-8"),
    });
  });

  test("a YAML file above the limit is refused before it is read", async () => {
    const error = await refusal("huge.yaml", Buffer.alloc(LIMITS.yamlFileBytesMax + 1, "#"));
    expect(error).toMatchObject({ code: "invalid_plan", message: expect.stringContaining("write it as JSON") });
  });

  test.each([
    ["throws.mjs", "throw new Error('no');", "an error: no"],
    ["syntax.mjs", "export default {", "a module that can be loaded"],
    ["none.mjs", "export const plan = {};", "no default export"],
    ["five.mjs", "export default 5;", "a map with the keys of a plan"],
    ["bad.mjs", "export default { tasks: { a: { nope: 1 } } };", "bad.mjs: tasks.a.nope: expected a key of a task"],
  ])("%s is no plan", async (name, text, expected) => {
    expect(await refusal(name, text)).toMatchObject({
      code: "invalid_plan",
      message: expect.stringContaining(expected),
    });
  });
});

describe("hostile files", () => {
  const bomb = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(",")}]`).join(
    "\n",
  );

  test.each([
    ["bomb.yaml", `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${bomb}\ntasks: { a: { needs: *a9 } }\n`],
    [
      "aliases.yaml",
      `tasks: { a: { needs: &n [b] }, b: {}, ${Array.from({ length: 200 }, (_, i) => `c${i}: { needs: *n }`).join(", ")} }`,
    ],
    ["deep-flow.yaml", `tasks: ${"[".repeat(100_000)}`],
    ["deep-map.yaml", `tasks: ${"{a: ".repeat(100)}1${"}".repeat(100)}`],
    ["deep-list.yaml", `${"- ".repeat(100_000)}x`],
    ["deep-block.yaml", Array.from({ length: 1_500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["deep.json", "[".repeat(1_000_000)],
    ["deep-closed.json", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`],
    ["deep-map.json", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
  ])("%s is refused", async (name, text) => {
    const error = await refusal(name, text);
    expect(error.code).toBe("invalid_plan");
    expect(error.message).toMatch(/at most 32 levels|at most 100 aliases|a key of a plan/);
    expect(error.message.length).toBeLessThan(100_000);
  });

  test.each([
    ["__proto__.yaml", "tasks: { a: { env: { __proto__: { polluted: 1 } } } }\n__proto__: { polluted: 1 }\n"],
    [
      "__proto__.json",
      '{"tasks": {"__proto__": {"polluted": 1}, "constructor": {}}, "__proto__": {"polluted": 1}, "defaults": {"__proto__": {"polluted": 1}}}',
    ],
  ])("%s pollutes nothing", async (name, text) => {
    expect((await refusal(name, text)).code).toBe("invalid_plan");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("100,000 tasks in YAML or JSON take seconds: nothing in reading or checking grows faster than the file", async () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `task-${i}`);
    const yaml = ids
      .map((id, i) => `  ${id}:\n    run: echo ${i}\n    needs: [${i === 0 ? "" : ids[i - 1]}]\n`)
      .join("");
    const tasks = Object.fromEntries(
      ids.map((id, i) => [id, { run: `echo ${i}`, needs: i === 0 ? [] : [ids[i - 1]] }]),
    );
    const fromYaml = await load("many.yaml", `tasks:\n${yaml}`);
    const fromJson = await load("many.json", JSON.stringify({ name: "many", tasks }));
    expect(fromYaml.hash()).toBe(fromJson.hash());
  });

  test("60,000 flat keys are refused, and 60,000 tasks are read, without a quadratic check for equal keys", async () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}`);
    expect(await refusal("flat.yaml", keys.map((key) => `${key}: 1`).join("\n"))).toMatchObject({
      code: "invalid_plan",
      total: 60_001,
    });
    expect(
      (await load("flat-tasks.yaml", `tasks:\n${keys.map((key) => `  ${key}: {}`).join("\n")}\n`)).tasks,
    ).toHaveLength(60_000);
  });
});
