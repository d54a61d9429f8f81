// Goal: what is added to a plan is checked like a plan, whole, and changes nothing of what is there.
import { describe, expect, test } from "vitest";
import { needsOf } from "../../../src/graph/graph.ts";
import { definePlan } from "../../../src/plan/define.ts";
import { addTasks } from "../../../src/plan/grow/add-tasks.ts";
import type { Plan, PlanDefinition } from "../../../src/plan/plan.ts";
import { PlanInvalidError } from "../../../src/plan/problems.ts";
import { bindFunctions, planFromText, storedTask, withStoredChanges } from "../../../src/plan/read-text.ts";

const plan = definePlan({
  pools: { network: 2 },
  groups: { checks: { onError: "settleAll" } },
  defaults: { timeout: "1m" },
  tasks: {
    build: { run: "x" },
    test: { run: "x", needs: ["build"], matrix: { node: [22, 26] } },
    publish: { run: "x", needs: ["test"] },
  },
});
const keysOf = ({ tasks }: Plan): string[] => tasks.map(({ key }) => key);
const needKeys = (grown: Plan, key: string): string[] =>
  Array.from(needsOf(grown.graph, grown.numberOf(key)!), (need) => grown.tasks[need]!.key);
function problemsOf(tasks: PlanDefinition["tasks"]): string[] {
  try {
    addTasks(plan, tasks);
  } catch (error) {
    if (error instanceof PlanInvalidError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

test("added tasks follow the others, whose numbers stay; they may need what is there and each other", () => {
  const grown = addTasks(plan, {
    tell: { run: "x", needs: { publish: "settled", note: "done" }, when: { note: [1, 2] } },
    note: { run: "x", needs: ["test"], group: "checks", uses: { network: 2 } },
    sign: { run: "x", needs: ["test[node=26]"], matrix: { kind: ["a", "b"] } },
    ship: { join: "all", needs: ["sign[kind=b]", "sign[kind=a]"] },
  });
  expect(keysOf(grown)).toEqual([...keysOf(plan), "note", "tell", "sign[kind=a]", "sign[kind=b]", "ship"]);
  expect(needKeys(grown, "tell")).toEqual(["publish", "note"]);
  expect(needKeys(grown, "note")).toEqual(["test[node=22]", "test[node=26]"]);
  expect(needKeys(grown, "ship")).toEqual(["sign[kind=a]", "sign[kind=b]"]);
  const tell = grown.tasks[grown.numberOf("tell")!]!;
  expect(tell.conditions).toEqual(new Map([[grown.numberOf("publish")!, "settled"]]));
  expect(tell.when).toEqual(new Map([[grown.numberOf("note")!, [1, 2]]]));
  // Defaults of the plan are for the tasks of its file.
  expect(tell.timeoutMs).toBeUndefined();
  // The plan itself is as it was, and knows nothing of them.
  expect(plan.numberOf("tell")).toBeUndefined();
  expect(plan.graph.size).toBe(4);
});

test("every version of a plan that grew has its own tasks, by number and as a list that never changes", () => {
  const first = addTasks(plan, { a: { run: "x" } });
  const second = addTasks(first, { b: { run: "x" } });
  const beside = addTasks(first, { c: { run: "x" } });
  const versions = [plan, first, second, beside];
  const added = versions.map((each) => keysOf(each).slice(plan.graph.size));
  expect(added).toEqual([[], ["a"], ["a", "b"], ["a", "c"]]);
  for (const each of versions) {
    expect(each.tasks.map((task, number) => each.taskOf(number) === task)).not.toContain(false);
    expect(each.taskOf(each.graph.size)).toBeUndefined();
    expect(each.taskOf(-1)).toBeUndefined();
    expect(Object.isFrozen(each.tasks)).toBe(true);
    expect(each.tasks).toBe(each.tasks);
  }
});

test("a plan that somebody copied can grow, too", () => {
  const copy = { ...plan };
  expect(keysOf(addTasks(copy, { a: { run: "x" } }))).toEqual([...keysOf(plan), "a"]);
});

test("one task more costs the same in a long plan and in a short one", () => {
  const cost = (size: number): number => {
    const tasks = Object.fromEntries(Array.from({ length: size }, (_, n) => [`t${n}`, {}]));
    // The first one makes room, and a list of names.
    let grown = addTasks(definePlan({ tasks }), { first: {} });
    const before = process.cpuUsage();
    for (let n = 0; n < 200; n++) grown = addTasks(grown, { [`more${n}`]: {} });
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  cost(100);
  // A copy of the list each time made it 40 times as much.
  expect(cost(100_000) / cost(1_000)).toBeLessThan(10);
});

test("a plan that grew task by task is the one that grew at once, whoever else grew from the same", () => {
  const other = addTasks(plan, { other: {} });
  const once = addTasks(plan, { a: { run: "x" }, b: { run: "x", needs: ["a"] } });
  const twice = addTasks(addTasks(plan, { a: { run: "x" } }), { b: { run: "x", needs: ["a", "build"] } });
  expect(keysOf(twice)).toEqual(keysOf(once));
  expect(twice.numberOf("b")).toBe(5);
  expect([other.numberOf("other"), other.numberOf("a"), once.numberOf("other")]).toEqual([4, undefined, undefined]);
});

describe("all problems at once", () => {
  test("of keys, ids, needs, pools and groups, with what was meant among all tasks", () => {
    expect(
      problemsOf({
        build: { run: "x" },
        test: {},
        a: { rum: "x", needs: ["biuld", "test[node=25]"] } as never,
        b: { run: "x", uses: { network: 3, netwrok: 1 }, group: "chekcs", needs: ["bb", "a", "a"] },
        bbb: { run: "x", join: "all" },
      }),
    ).toEqual([
      'tasks.a.rum: expected a key of a task, got "rum"; did you mean `run`?',
      'tasks.build: expected an id that no task of the plan has, got "build"; take another one',
      'tasks.test: expected an id that no task of the plan has, got "test"; take another one',
      "tasks.b.uses.network: expected at most 2, the places of the pool, got 3; take fewer, or make the pool larger",
      'tasks.b.uses.netwrok: expected the name of a pool, got "netwrok"; did you mean `network`?',
      'tasks.b.group: expected the name of a group, got "chekcs"; did you mean `checks`?',
      "tasks.bbb.run: expected no such key beside `join`, got run; remove one of the two: a join runs nothing",
      'tasks.a.needs[0]: expected the id of a task of this plan, got "biuld"; did you mean `build`?',
      'tasks.a.needs[1]: expected the id of a task of this plan, got "test[node=25]"; did you mean `test[node=22]`?',
      'tasks.b.needs[0]: expected the id of a task of this plan, got "bb"; add a task with this id, or remove the need',
      'tasks.b.needs[2]: expected each need once, got "a" again; remove one of the two',
    ]);
  });

  test("S2-13: a cycle among them is refused with its path", () => {
    const tasks = { a: { needs: ["build", "b"] }, b: { needs: ["c"] }, c: { needs: ["a"] }, d: { needs: ["d"] } };
    expect(() => addTasks(plan, tasks)).toThrow(
      expect.objectContaining({
        code: "plan_cycle",
        paths: [
          ["a", "b", "c", "a"],
          ["d", "d"],
        ],
      }),
    );
  });

  test("no task at all", () => {
    expect(() => addTasks(plan, {})).toThrow(expect.objectContaining({ code: "plan_empty" }));
    expect(problemsOf([] as never)).toEqual([
      "tasks: expected a map from task id to task, got an empty list; write each task as `id:` with its keys below it",
    ]);
  });
});

test("what a journal keeps of them gives the same plan again, and functions are bound to it", () => {
  const grown = addTasks(plan, {
    a: { run: () => 1, needs: { build: "settled" }, when: { build: [true] } },
    b: { run: "x", needs: ["a"], env: { A: "b" }, backoff: { initial: "3s" }, attemptsMax: 2 },
  });
  const changes = [4, 5].map((item) => ({ item, task: JSON.parse(JSON.stringify(storedTask(grown, item))) }));
  const again = withStoredChanges(planFromText(plan.toText()), changes);
  expect(again.toText()).toBe(grown.toText());
  expect(planFromText(again.toText()).hash()).toBe(grown.hash());
  expect(bindFunctions(again, grown).tasks[4]!.run).toBe(grown.tasks[4]!.run);
  expect(() => withStoredChanges(plan, [{ item: 4, task: { key: "x", needs: [9] } }])).toThrow(
    expect.objectContaining({ code: "invalid_plan" }),
  );
});
