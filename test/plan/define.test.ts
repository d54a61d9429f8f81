/**
 * Goal: a plan in code knows the names of its inputs, and its canonical text takes functions apart and together again.
 * Method: what must not compile is marked as such, so the type check is the test; the rest runs.
 */
import { describe, expect, test } from "vitest";
import { definePlan } from "../../src/plan/define.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { bindFunctions, isUnbound, planFromText } from "../../src/plan/read-text.ts";

const context = {
  runId: "r",
  item: "i",
  attempt: 1,
  matrix: {},
  signal: new AbortController().signal,
  snapshot: () => expect.unreachable("no function here asks for it"),
};

describe("definePlan", () => {
  test("gives a function the names of the needs it lists", () => {
    const plan = definePlan({
      tasks: {
        fetch: { run: ({ signal }) => signal.aborted },
        test: { matrix: { node: [22, 26] } },
        parse: {
          needs: ["fetch", "test[node=22]"],
          run: ({ inputs }) => {
            // @ts-expect-error: nothing of this name is needed.
            void inputs.other;
            return [inputs.fetch, inputs.test];
          },
        },
        any: { needs: { fetch: "done" }, run: ({ inputs }) => inputs["whatever"] },
      },
    });
    const run = plan.tasks.find(({ key }) => key === "parse")!.run;
    expect(typeof run === "function" && run({ ...context, inputs: { fetch: 1, test: 2 } })).toEqual([1, 2]);
  });

  test("gives `verify` and `undo` the item's own output by its name too", () => {
    const plan = definePlan({
      tasks: {
        fetch: { run: () => 1 },
        build: {
          needs: ["fetch"],
          run: ({ inputs }) => inputs.fetch,
          verify: ({ inputs }) => [inputs.fetch, inputs.build],
          undo: ({ inputs }) => {
            // @ts-expect-error: nothing of this name is needed.
            void inputs.other;
            return inputs.build;
          },
        },
      },
    });
    const { verify, undo } = plan.tasks[1]!;
    const inputs = { fetch: 1, build: 2 };
    expect(typeof verify === "function" && verify({ ...context, inputs })).toEqual([1, 2]);
    expect(typeof undo === "function" && undo({ ...context, inputs })).toBe(2);
  });

  test("does not compile with a key that no task has", () => {
    // @ts-expect-error: `neds` is no key of a task.
    expect(() => definePlan({ tasks: { a: { neds: [] } } })).toThrow("did you mean `needs`?");
  });
});

describe("a plan with functions", () => {
  const definition: PlanDefinition = {
    tasks: {
      a: { run: () => 1, prepare: () => 5, undo: () => 3 },
      b: { needs: ["a"], run: "true", verify: () => 4 },
      c: { matrix: { n: [1, 2] }, run: () => 2 },
      d: { run: "true", undo: "true", verify: "true" },
    },
  };
  const plan = definePlan(definition);
  const text = plan.toText();

  test("comes back from its text without them", () => {
    const again = planFromText(text, { file: "/x/p.ts" });
    expect(again.tasks.map(isUnbound)).toEqual([true, true, true, true, false]);
    expect(again.toText()).toBe(text);
    expect(again.file).toBe("/x/p.ts");
    const { run } = again.tasks[0]!;
    expect(() => typeof run === "function" && run({ ...context, inputs: {} })).toThrow("bindFunctions");
  });

  test("gets them back from its definition or its plan", () => {
    for (const source of [definition, plan]) {
      const bound = bindFunctions(planFromText(text), source);
      const work = ({ run, prepare, verify, undo }: (typeof plan.tasks)[number]): unknown[] => [
        run,
        prepare,
        verify,
        undo,
      ];
      expect(bound.tasks.map(work)).toEqual(plan.tasks.map(work));
      expect(bound.hash()).toBe(plan.hash());
    }
  });

  test("refuses a definition that lacks one", () => {
    const other = definePlan({ tasks: { a: { run: "true" } } });
    expect(() => bindFunctions(planFromText(text), other)).toThrow('expected a function for task "a", got a command');
    const noUndo = definePlan({ tasks: { a: { run: () => 1, prepare: () => 5 } } });
    expect(() => bindFunctions(planFromText(text), noUndo)).toThrow('a function for `undo` of task "a", got none');
    expect(() => bindFunctions(planFromText(text), { tasks: { z: {} } })).toThrow(
      expect.objectContaining({ code: "plan_changed" }),
    );
  });
});

test.each([
  "",
  "{",
  "5",
  "{}",
  '{"format":2,"tasks":[]}',
  '{"format":1,"tasks":[{}]}',
  '{"format":1,"pools":{},"tasks":[{"key":"a","needs":[0]}]}',
])("%j is not the text of a plan", (text) => {
  expect(() => planFromText(text)).toThrow(expect.objectContaining({ code: "invalid_plan" }));
});
