/**
 * Goal: a definition becomes exactly the plan it describes, or is refused with every problem at once.
 * Method: small definitions; for what is wrong, one table row for each key and mistake.
 */
import { describe, expect, test } from "vitest";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { PlanCycleError, PlanEmptyError, PlanInvalidError } from "../../src/plan/problems.ts";

/** Hands over what the type would refuse. */
function check(definition: unknown): ReturnType<typeof checkPlan> {
  return checkPlan(definition as PlanDefinition);
}

function refusalOf(definition: unknown): PlanInvalidError {
  try {
    check(definition);
  } catch (error) {
    if (error instanceof PlanInvalidError) return error;
    throw error;
  }
  throw new Error("expected a refusal, got a plan");
}

const task = (values: object): object => ({ tasks: { a: { run: "true", ...values } } });

describe("a good plan", () => {
  test("has every option of a task, durations in milliseconds, and undefined for what is absent", () => {
    const plan = check({
      name: "release",
      liveItemsMax: 4,
      tasks: {
        a: {
          run: "true",
          timeout: "90s",
          deadline: "2h",
          attemptsMax: 3,
          backoff: { initial: "250ms" },
          env: { CI: "true" },
        },
        b: {},
      },
    });
    expect(plan).toMatchObject({ name: "release", liveItemsMax: 4, schedule: "as-ready", onFailure: "isolate" });
    expect(plan.tasks[0]).toMatchObject({
      key: "a",
      timeoutMs: 90_000,
      deadlineMs: 7_200_000,
      attemptsMax: 3,
      backoff: { initialMs: 250, factor: 2, maxMs: 30_000, jitter: true },
      priority: 5,
    });
    expect(Object.keys(plan.tasks[1]!)).toEqual(Object.keys(plan.tasks[0]!));
    expect(plan.tasks[1]!.run).toBeUndefined();
  });

  test("is frozen, with its tasks and their maps", () => {
    const plan = check(task({ env: { A: "1" } }));
    expect([plan, plan.tasks, plan.tasks[0], plan.tasks[0]!.env].every(Object.isFrozen)).toBe(true);
  });

  test("takes defaults where a task says nothing; env and backoff are joined key by key", () => {
    const plan = check({
      defaults: {
        timeout: "10m",
        attemptsMax: 2,
        env: { A: "1", B: "1" },
        backoff: { initial: "5s", max: "8s" },
        cwd: "x",
        priority: 3,
        deadline: "1h",
      },
      tasks: { a: { env: { B: "2" }, backoff: { initial: "1m" }, timeout: "1s" }, b: { run: "true" } },
    });
    const [a, b] = plan.tasks;
    expect(a).toMatchObject({
      timeoutMs: 1_000,
      attemptsMax: 2,
      backoff: { initialMs: 60_000, maxMs: 60_000 },
      cwd: "x",
      priority: 3,
    });
    expect({ ...a!.env }).toEqual({ A: "1", B: "2" });
    expect(b).toMatchObject({ timeoutMs: 600_000, deadlineMs: 3_600_000, backoff: { initialMs: 5_000, maxMs: 8_000 } });
  });

  test("may give durations as milliseconds and functions as run, in code", () => {
    const run = (): number => 1;
    const plan = check(task({ timeout: 1_500, run }));
    expect(plan.tasks[0]).toMatchObject({ timeoutMs: 1_500, run });
  });

  test("S1-03: stands in topological order, otherwise in the order in which it is written", () => {
    const plan = check({ tasks: { last: { needs: ["mid"] }, other: {}, mid: { needs: ["first"] }, first: {} } });
    expect(plan.tasks.map(({ key }) => key)).toEqual(["other", "first", "mid", "last"]);
    expect(plan.numberOf("mid")).toBe(2);
    expect(plan.numberOf("nobody")).toBeUndefined();
    expect([...plan.graph.needs]).toEqual([1, 2]);
  });

  test("keeps conditions that are not done, by number", () => {
    const plan = check({ tasks: { b: { needs: { a: "failed", c: "done" } }, a: {}, c: {} } });
    expect([...plan.tasks[2]!.conditions!]).toEqual([[0, "failed"]]);
  });
});

describe("a matrix", () => {
  const plan = check({
    tasks: {
      test: { matrix: { node: [22, 26], os: ["linux", "mac"] }, run: "true" },
      one: { needs: ["test[node=22,os=mac]"] },
      all: { needs: ["test"] },
    },
  });

  test("makes an item for every combination, the last axis changing fastest", () => {
    expect(plan.tasks.slice(0, 4).map(({ key }) => key)).toEqual([
      "test[node=22,os=linux]",
      "test[node=22,os=mac]",
      "test[node=26,os=linux]",
      "test[node=26,os=mac]",
    ]);
    expect({ ...plan.tasks[1]!.matrix }).toEqual({ node: 22, os: "mac" });
    expect(plan.tasks[1]!.id).toBe("test");
  });

  test("is needed as a whole by its id and in part by an item's key", () => {
    expect([...plan.graph.needs.subarray(plan.graph.needsStart[4], plan.graph.needsStart[5])]).toEqual([1]);
    expect([...plan.graph.needs.subarray(plan.graph.needsStart[5], plan.graph.needsStart[6])]).toEqual([0, 1, 2, 3]);
  });

  test.each([
    [{ node: [] }, "a list of at least one value"],
    [{ node: 22 }, "a list of at least one value"],
    [{}, "1 to 8 axes"],
    [[22], "a map from axis to a list of values"],
    [{ node: [22, 22] }, "each value of an axis once"],
    [{ node: [22, "22"] }, "each value of an axis once"],
    [{ node: [Number.NaN] }, "a number"],
    [{ node: ["a\u001bb"] }, "printable"],
    [{ node: [{}] }, "text"],
    [{ constructor: [1] }, "another name"],
    [
      { a: Array.from({ length: 200 }, (_, i) => i), b: Array.from({ length: 200 }, (_, i) => i) },
      "at most 10000 items",
    ],
  ])("%j is refused: %s", (matrix, expected) => {
    const { problems } = refusalOf(task({ matrix }));
    expect(problems.some((problem) => problem.expected.includes(expected))).toBe(true);
  });

  test("is not multiplied into more needs than memory holds", () => {
    const axis = Array.from({ length: 10_000 }, (_, i) => i);
    const error = refusalOf({ tasks: { a: { matrix: { n: axis } }, b: { matrix: { n: axis }, needs: ["a"] } } });
    expect(error.message).toContain("at most 16000000 needs");
  });
});

describe("one wrong value", () => {
  const cases: [string, unknown, string][] = [
    ["liveItemsMax", 0, "a whole number from 1 to 10000"],
    ["liveItemsMax", -1, "a whole number"],
    ["liveItemsMax", Number.NaN, "a whole number"],
    ["liveItemsMax", Number.POSITIVE_INFINITY, "a whole number"],
    ["liveItemsMax", 1.5, "a whole number"],
    ["liveItemsMax", "4", "a whole number"],
    ["liveItemsMax", 10_001, "a whole number"],
    ["version", 2, "1"],
    ["schedule", "asap", "as-ready, layers or sequential"],
    ["onFailure", "ignore", "isolate, fail-fast or rollback"],
    ["name", "", "text"],
    ["name", "a\nb", "without control characters"],
    ["pools", { network: 0 }, "a whole number"],
    ["pools", [], "a map"],
    ["defaults", { run: "x" }, "a key of `defaults`"],
    ["tasks", [], "a map from task id to task"],
    ["tasks", { __proto__: null, "a b": {} }, "named by 1 to 128"],
    ["tasks", { [`a${"b".repeat(128)}`]: {} }, "named by 1 to 128"],
    ["tasks", JSON.parse('{"__proto__": {}}'), "another name"],
    ["tasks", { constructor: {} }, "another name"],
    ["tasks", { prototype: {} }, "another name"],
    ["tasks", { a: null }, "a map with the keys of a task"],
    ["tasks", { a: "npm test" }, "a map with the keys of a task"],
  ];
  test.each(cases)("of the plan: %s: %j", (key, value, expected) => {
    const { problems } = refusalOf({ tasks: { ok: {} }, [key]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]!.expected).toContain(expected);
  });

  test.each([
    [{ pressure: { sample: "1ms" } }, "a duration from 10ms", "write a longer one, or remove the key"],
    [{ pressure: { sample: "9999h" } }, "a duration from 10ms", "write a shorter one"],
    [{ deadline: "0s" }, "a duration from 1ms", "write a longer one, or remove the key"],
  ])("a duration out of range is to be mended in the right direction: %j", (keys, expected, fix) => {
    const { problems } = refusalOf({ tasks: { ok: {} }, ...keys });
    expect(problems).toMatchObject([{ expected: expect.stringContaining(expected), fix }]);
  });

  const taskCases: [string, unknown, string][] = [
    ["timeout", "5 parsecs", "a duration such as"],
    ["timeout", "1.5h", "a duration such as"],
    ["timeout", "-1s", "a duration such as"],
    ["timeout", "0s", "a duration from 1ms"],
    ["timeout", "9999h", "a duration from 1ms"],
    ["timeout", Number.NaN, "a duration from"],
    ["timeout", -5, "a duration from"],
    ["timeout", true, "a duration such as"],
    ["priority", 10, "a whole number from 0 to 9"],
    ["priority", -1, "a whole number from 0 to 9"],
    ["priority", 1.5, "a whole number from 0 to 9"],
    ["attemptsMax", 0, "a whole number from 1"],
    ["backoff", { factor: 0.5 }, "a number from 1 to 100"],
    ["backoff", { jitter: "yes" }, "true or false"],
    ["backoff", { initial: "2s", max: "1s" }, "at least the initial pause"],
    ["backoff", { inital: "2s" }, "a key of `backoff`"],
    ["run", "  ", "a shell command"],
    ["run", 5, "a shell command or a function"],
    ["run", "a\0b", "without control characters"],
    ["prepare", 5, "a shell command or a function"],
    ["verify", 5, "a shell command or a function"],
    ["undo", ["x"], "a shell command or a function"],
    ["type", "two words", "one word"],
    ["type", "constructor", "one word"],
    ["title", "a\u202eb", "without control characters"],
    ["title", "x".repeat(501), "at most 500 characters"],
    ["env", { "A-B": "1" }, "the name of an environment variable"],
    ["env", JSON.parse('{"__proto__": "1"}'), "the name of an environment variable"],
    ["env", { SIGNALBOX_RUN_ID: "1" }, "does not start with SIGNALBOX_"],
    ["env", { CI: true }, "text"],
    ["env", { A: "x\0y" }, "without control characters"],
    ["env", ["A=1"], "a map from variable to text"],
    ["uses", { network: 1 }, "the name of a pool"],
    ["worktree", "yes", "true or false"],
    ["files", ["/etc/passwd"], "inside the repository"],
    ["files", ["../x"], "inside the repository"],
    ["files", ["a/../../x"], "inside the repository"],
    ["files", ["C:/x"], "inside the repository"],
    ["files", ["a\\..\\x"], "inside the repository"],
    ["files", "src", "a list"],
    ["needs", "b", "a list of task ids"],
    ["needs", [5], "the id of a task"],
    ["needs", ["nobody"], "the id of a task of this plan"],
    ["needs", { nobody: "done" }, "the id of a task of this plan"],
    ["needs", { b: "ok" }, "done, settled, failed, passed or missed"],
    ["needs", ["b", "b"], "each need once"],
    ["neeeds", ["b"], "a key of a task"],
  ];
  test.each(taskCases)("of a task: %s: %j", (key, value, expected) => {
    const { problems } = refusalOf({ tasks: { a: { [key]: value }, b: {} } });
    expect(problems).toHaveLength(1);
    expect(problems[0]!.expected).toContain(expected);
    expect(problems[0]!.message).toBe(
      `expected ${problems[0]!.expected}, got ${problems[0]!.got}; ${problems[0]!.fix}`,
    );
  });

  test("takes more places of a pool than it has", () => {
    const { problems } = refusalOf({ pools: { net: 2 }, tasks: { a: { uses: { net: 3 } } } });
    expect(problems[0]).toMatchObject({
      path: "tasks.a.uses.net",
      expected: "at most 2, the places of the pool",
      got: "3",
    });
  });
});

describe("did you mean", () => {
  test.each([
    [{ nmae: "x", tasks: { a: {} } }, "`name`"],
    [{ tasks: { a: { tiemout: "1s" } } }, "`timeout`"],
    [{ tasks: { build: {}, a: { needs: ["biuld"] } } }, "`build`"],
    [{ tasks: { Build: {}, a: { needs: ["build"] } } }, "`Build`"],
    [{ tasks: { t: { matrix: { node: [22, 26] } }, a: { needs: ["t[node=23]"] } } }, "`t[node=22]`"],
    [{ pools: { network: 1 }, tasks: { a: { uses: { netwrk: 1 } } } }, "`network`"],
    [{ schedule: "layer", tasks: { a: {} } }, "`layers`"],
  ])("%j", (definition, meant) => {
    expect(refusalOf(definition).problems[0]!.fix).toBe(`did you mean ${meant}?`);
  });

  test("says nothing when nothing is near", () => {
    expect(refusalOf({ tasks: { a: {}, b: { needs: ["zzz"] } } }).problems[0]!.fix).not.toContain("did you mean");
  });
});

describe("all problems at once", () => {
  test("every mistake is reported, each with its path", () => {
    const error = refusalOf({
      liveItemsMax: 0,
      nope: 1,
      tasks: { a: { needs: ["x"], priority: 99 }, b: { needs: ["b"] } },
    });
    expect(error.code).toBe("invalid_plan");
    expect(error.problems.map(({ path }) => path)).toEqual([
      "liveItemsMax",
      "nope",
      "tasks.a.priority",
      "tasks.a.needs[0]",
      "tasks.b.needs[0]",
    ]);
    expect(error.message.split("\n")).toHaveLength(5);
  });

  test("F1: only the first thousand are kept, the rest is counted, and that takes no time", () => {
    const tasks = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`task-${i}`, { needs: [`tsak-${i}`] }]));
    const error = refusalOf({ tasks });
    expect(error.problems).toHaveLength(1_000);
    expect(error.total).toBe(20_000);
    expect(error.message).toContain("and 19000 more problems");
  });
});

describe("cycles", () => {
  const cycle = (tasks: Record<string, readonly string[]>): PlanInvalidError =>
    refusalOf({ tasks: Object.fromEntries(Object.entries(tasks).map(([id, needs]) => [id, { needs }])) });

  test("S1-02: a cycle is an error with its path", () => {
    const error = cycle({ a: ["b"], b: ["c"], c: ["a"], d: ["a"] });
    expect(error).toBeInstanceOf(PlanCycleError);
    expect(error).toMatchObject({ code: "plan_cycle", path: ["a", "b", "c", "a"], paths: [["a", "b", "c", "a"]] });
    expect(error.message).toContain("a -> b -> c -> a");
  });

  test("S1-02, S2-13: self needs and disjoint cycles are all reported", () => {
    expect(cycle({ a: ["b"], b: ["a"], s: ["s"], ok: [] })).toMatchObject({
      paths: [
        ["a", "b", "a"],
        ["s", "s"],
      ],
    });
  });

  test("a cycle through a matrix is told in ids", () => {
    const error = refusalOf({ tasks: { m: { matrix: { n: [1, 2] }, needs: ["a"] }, a: { needs: ["m[n=1]"] } } });
    expect(error).toMatchObject({ code: "plan_cycle", path: ["m", "a", "m"] });
  });

  test("beside other problems it is one of them", () => {
    const error = refusalOf({ tasks: { a: { needs: ["a"] }, b: { nope: 1 } } });
    expect(error).not.toBeInstanceOf(PlanCycleError);
    expect(error.problems).toHaveLength(2);
  });

  test("a ring of 100,000 is refused with a message of readable length", () => {
    const size = 100_000;
    const error = cycle(Object.fromEntries(Array.from({ length: size }, (_, i) => [`t${i}`, [`t${(i + 1) % size}`]])));
    expect((error as PlanCycleError).path).toHaveLength(size + 1);
    expect(error.message.length).toBeLessThan(1_000);
    expect(error.message).toContain("(99977 more)");
  });
});

describe("nothing to do", () => {
  test.each([[{ tasks: {} }], [{}], [null], [undefined], [{ tasks: null }]])(
    "S1-02: %j is an empty plan",
    (definition) => {
      const error = refusalOf(definition);
      expect(error).toBeInstanceOf(PlanEmptyError);
      expect(error.code).toBe("plan_empty");
    },
  );

  test.each([[5], ["tasks"], [[]], [true]])("%j is no plan at all", (definition) => {
    expect(refusalOf(definition).code).toBe("invalid_plan");
  });
});

test("a chain of 100,000 tasks is checked without recursion", () => {
  const size = 100_000;
  const tasks = Object.fromEntries(
    Array.from({ length: size }, (_, i) => [`t${i}`, i + 1 < size ? { needs: [`t${i + 1}`] } : {}]),
  );
  const plan = check({ tasks });
  expect(plan.tasks[0]!.key).toBe(`t${size - 1}`);
  expect(plan.tasks).toHaveLength(size);
});
