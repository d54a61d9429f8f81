/**
 * Goal: steps become the tasks, needs, conditions and groups that mean the same. Method: small steps, their tasks written out by
 * `written`: each task with its needs, and what else says when it runs. What races and fallbacks mean on the engine is shown by
 * test/engine/races.test.ts.
 */
import { describe, expect, test } from "vitest";
import { needsOf } from "../../../src/graph/graph.ts";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import {
  fallback,
  matrix,
  parallel,
  race,
  retry,
  sequence,
  task,
  when,
} from "../../../src/plan/combine/combinators.ts";
import type { PlanInput } from "../../../src/plan/combine/combined-plan.ts";
import { executionLayers } from "../../../src/plan/execution.ts";
import type { Step } from "../../../src/plan/combine/step.ts";
import { PlanInvalidError } from "../../../src/plan/problems.ts";

/** One line for each task: `key: need need?condition`, then join, values it waits for, group. */
function written(input: PlanInput): string[] {
  const { tasks, graph } = checkPlan(input);
  return tasks.map(({ key, conditions, join, when, group }, n) => {
    const needs = Array.from(needsOf(graph, n), (need) => {
      const condition = conditions?.get(need);
      return `${tasks[need]!.key}${condition === undefined ? "" : `?${condition}`}`;
    });
    const values = [...(when ?? [])].map(([need, wanted]) => `when ${tasks[need]!.key}=${wanted.join("|")}`);
    const rest = [join, ...values, group && `in ${group}`].filter(Boolean);
    return [`${key}:`, ...needs, ...rest.map((word) => `(${word})`)].join(" ");
  });
}

function problemsOf(input: PlanInput): string[] {
  try {
    checkPlan(input);
  } catch (error) {
    if (error instanceof PlanInvalidError) return error.problems.map(({ path, got }) => `${path}: ${got}`);
    throw error;
  }
  throw new Error("expected a refusal");
}

describe("sequence and parallel", () => {
  test("S1-05: a diamond has the layers [[a],[b,c],[d]], and no item that does nothing", () => {
    const diamond = sequence(task("a"), parallel(task("b"), task("c")), task("d"));
    expect(executionLayers(diamond)).toEqual([["a"], ["b", "c"], ["d"]]);
    expect(written(diamond)).toEqual(["a:", "b: a (in parallel-1)", "c: a (in parallel-1)", "d: b c"]);
  });

  test("S1-16: onError is the policy of the group; a group that would change nothing is left out", () => {
    const inner = parallel(task("a"), task("b"));
    expect(checkPlan(parallel(inner, task("c"))).groups.map(({ name }) => name)).toEqual(["parallel-1"]);
    const settled = checkPlan(parallel(parallel(task("a"), task("b"), { onError: "settleAll" }), task("c")));
    expect(settled.groups).toMatchObject([
      { name: "parallel-1", onError: "failFast", group: undefined },
      { name: "parallel-2", onError: "settleAll", group: "parallel-1" },
    ]);
    expect(checkPlan(parallel(parallel(task("a"), task("b"), { name: "mine" }), task("c"))).groups).toHaveLength(2);
  });

  test("an empty one has nothing to do and holds nobody up", () => {
    expect(written(sequence(task("a"), parallel(), sequence(), task("b")))).toEqual(["a:", "b: a"]);
    expect(() => checkPlan(sequence())).toThrow(expect.objectContaining({ code: "plan_empty" }));
  });

  test("wide ones one after the other meet in a join instead of in a need for every pair", () => {
    const wide = (letter: string): Step => parallel(...Array.from({ length: 20 }, (_, i) => task(`${letter}${i}`)));
    const { tasks, graph } = checkPlan(sequence(wide("a"), wide("b")));
    expect(tasks[20]).toMatchObject({ key: "parallel-1", join: "all" });
    expect(graph.needs).toHaveLength(20 + 20);
  });

  test("what stands behind a task whose failure is allowed needs only its end, and what it needed", () => {
    const soft = { allowFailure: true };
    expect(written(sequence(task("a"), task("b", soft), task("c", soft), task("d")))).toEqual([
      "a:",
      "b: a",
      "c: a b?settled",
      "d: a c?settled",
    ]);
  });
});

describe("when", () => {
  test("one branch runs, and what stands behind needs whichever did", () => {
    expect(written(sequence(when(task("c"), sequence(task("t"), task("u")), task("e")), task("z")))).toEqual([
      "c:",
      "t: c (when c=true)",
      "u: t",
      "e: c (when c=false|)",
      "z: c u?passed e?passed",
    ]);
  });

  test("the first tasks of a branch all carry its condition, also behind one whose failure is allowed", () => {
    const then = sequence(task("s", { allowFailure: true }), parallel(task("t"), task("u")));
    expect(written(when(task("c"), then)).slice(1)).toEqual([
      "s: c (when c=true)",
      "t: c s?settled (when c=true) (in parallel-1)",
      "u: c s?settled (when c=true) (in parallel-1)",
    ]);
  });

  test("what stands behind a condition whose failure is allowed needs its end, and what it needed", () => {
    const soft = task("c", { allowFailure: true });
    const inner = when(task("d", { allowFailure: true }), sequence(task("t", { allowFailure: true }), task("u")));
    expect(written(sequence(task("x"), when(soft, inner, task("e"))))).toEqual([
      "x:",
      "c: x",
      "d: x c?settled (when c=true)",
      "t: x c?settled d?settled (when d=true) (when c=true)",
      "u: x c?settled d?settled t?settled (when d=true) (when c=true)",
      "e: x c?settled (when c=false|)",
    ]);
  });

  test("inside another, the inner condition is skipped with its branch", () => {
    expect(written(sequence(when(task("a"), when(task("b"), task("t"))), task("z")))).toEqual([
      "a:",
      "b: a (when a=true)",
      "t: b (when b=true)",
      "z: a b?passed t?passed",
    ]);
  });
});

describe("fallback and race", () => {
  test("the next alternative needs that none before came out, and what the whole needs", () => {
    const plan = sequence(task("x"), fallback(task("a"), sequence(task("b"), task("c")), task("d")), task("z"));
    expect(written(plan)).toEqual([
      "x:",
      "a: x (in fallback-1)",
      "b: x a?missed (in fallback-1)",
      "c: b (in fallback-1)",
      "d: x a?missed b?settled c?missed (in fallback-1)",
      "fallback-1: a c d (any)",
      "z: fallback-1",
    ]);
    expect(checkPlan(plan).groups).toMatchObject([{ name: "fallback-1", onError: "settleAll", race: 5 }]);
  });

  test("an alternative waits until nothing of those before runs", () => {
    const settling = parallel(sequence(task("a"), task("b")), task("c"), { onError: "settleAll" });
    expect(written(fallback(settling, task("d")))).toEqual([
      "a: (in fallback-1)",
      "b: a (in fallback-1)",
      "c: (in fallback-1)",
      "parallel-1: b c (all) (in fallback-1)",
      "d: a?settled b?settled c?settled parallel-1?missed (in fallback-1)",
      "fallback-1: parallel-1 d (any)",
    ]);
    // One that fails fast has ended when it failed, but not when somebody cancelled one of its tasks.
    expect(written(fallback(parallel(task("a"), task("b")), task("d")))).toContain(
      "d: a?settled b?settled parallel-1?missed (in fallback-1)",
    );
    // The last of a sequence may be cancelled while the one before it is live.
    expect(written(fallback(sequence(task("a"), task("b")), task("d")))).toContain(
      "d: a?settled b?missed (in fallback-1)",
    );
    // The next alternative may be cancelled too, long before its turn.
    expect(written(fallback(task("a"), task("b"), task("c")))).toContain("c: a?missed b?missed (in fallback-1)");
  });

  test("a join stands for a group of one task after another: a failure cancels the last of them with the group", () => {
    expect(written(fallback(parallel(sequence(task("a"), task("b"))), task("c")))).toEqual([
      "a: (in parallel-1)",
      "b: a (in parallel-1)",
      "parallel-1: b (any) (in fallback-1)",
      "c: a?settled b?settled parallel-1?missed (in fallback-1)",
      "fallback-1: parallel-1 c (any)",
    ]);
  });

  test("an empty alternative is what comes out when all before it failed", () => {
    expect(written(fallback(task("a"), sequence()))).toEqual([
      "a: (in fallback-1)",
      "fallback-1-2: a?missed (all) (in fallback-1)",
      "fallback-1: a fallback-1-2 (any)",
    ]);
    expect(written(sequence(task("x"), fallback(sequence(), task("b"))))).toEqual([
      "x:",
      "fallback-1-1: x (all) (in fallback-1)",
      "b: x fallback-1-1?missed (in fallback-1)",
      "fallback-1: fallback-1-1 b (any)",
    ]);
  });

  test("of one step it is that step", () => {
    expect(written(sequence(race(task("a")), fallback(task("b"))))).toEqual(["a:", "b: a"]);
  });

  test("every entrant of a race counts as a whole", () => {
    const entrants = race(parallel(task("a"), task("b")), sequence(task("c"), parallel(task("d"), task("e"))));
    expect(written(sequence(entrants, task("z")))).toEqual([
      "a: (in parallel-1)",
      "b: (in parallel-1)",
      "parallel-1: a b (all) (in race-1)",
      "c: (in race-1)",
      "d: c (in parallel-2)",
      "e: c (in parallel-2)",
      "race-1-2: d e (all) (in race-1)",
      "race-1: parallel-1 race-1-2 (any)",
      "z: race-1",
    ]);
  });
});

describe("retry", () => {
  test("reaches every task inside that does not say itself how often it is tried; the nearest wins", () => {
    const step = retry(sequence(task("a"), retry(task("b"), { attemptsMax: 2 }), task("c", { attemptsMax: 7 })), {
      attemptsMax: 3,
      backoff: { initial: "2s", jitter: false },
    });
    const plan = checkPlan({ steps: step, defaults: { attemptsMax: 5 } });
    expect(plan.tasks.map(({ attemptsMax, backoff }) => [attemptsMax, backoff?.initialMs])).toEqual([
      [3, 2_000],
      [2, undefined],
      [7, undefined],
    ]);
  });
});

describe("matrix", () => {
  test("an id that combinations share gets their values; one of a single combination stays as it is", () => {
    const plan = checkPlan(
      matrix({ os: ["linux", "mac"], node: [22, 26] }, ({ os, node }) =>
        sequence(...(os === "mac" && node === 22 ? [task("sign")] : []), task("test", { run: `test ${os} ${node}` })),
      ),
    );
    expect(plan.tasks.map(({ key, id, matrix: values }) => [key, id, { ...values }])).toEqual([
      ["test[os=linux,node=22]", "test", { os: "linux", node: 22 }],
      ["test[os=linux,node=26]", "test", { os: "linux", node: 26 }],
      ["sign", "sign", {}],
      ["test[os=mac,node=22]", "test", { os: "mac", node: 22 }],
      ["test[os=mac,node=26]", "test", { os: "mac", node: 26 }],
    ]);
  });

  test("inside each other they join their values, and a task's own matrix is one more", () => {
    const step = matrix({ os: ["a", "b"] }, () =>
      matrix({ n: [1] }, () => ({ id: "t", matrix: { flag: [true, false] } })),
    );
    expect(checkPlan(step).tasks.map(({ key }) => key)).toEqual([
      "t[os=a,n=1,flag=true]",
      "t[os=a,n=1,flag=false]",
      "t[os=b,n=1,flag=true]",
      "t[os=b,n=1,flag=false]",
    ]);
    const twice = matrix({ n: [1, 2] }, () => matrix({ n: [3, 4] }, () => task("t")));
    expect(problemsOf(twice)[0]).toBe('matrix[0].matrix[0].t: "n"');
    // Both would be SIGNALBOX_MATRIX_A_B.
    const alike = matrix({ "a.b": [1, 2] }, () => matrix({ "a-b": [3, 4] }, () => task("t")));
    expect(problemsOf(alike)[0]).toBe('matrix[0].matrix[0].t: "a-b"');
  });

  test("a task's own matrix counts as a whole in a race", () => {
    expect(written(race({ id: "t", matrix: { n: [1, 2] } }, task("u")))).toEqual([
      "t[n=1]: (in race-1)",
      "t[n=2]: (in race-1)",
      "matrix-1: t[n=1] t[n=2] (all) (in race-1)",
      "u: (in race-1)",
      "race-1: matrix-1 u (any)",
    ]);
  });
});

describe("the combined plan", () => {
  test("every key is taken once; a second use is refused with both places", () => {
    const shared = task("a");
    const text = () => checkPlan(sequence(shared, parallel(task("b"), sequence(task("b"), shared))));
    expect(text).toThrow(
      'sequence[1].parallel[1].sequence[0].b: expected each id once, got "b" again, which is taken at sequence[1].parallel[0].b; rename one of the two',
    );
    expect(text).toThrow("sequence[1].parallel[1].sequence[1].a: expected each id once");
    expect(
      problemsOf(
        parallel(
          matrix({ n: [1, 2] }, () => task("t")),
          task("t"),
        ),
      ),
    ).toHaveLength(1);
    expect(problemsOf(sequence(task("race-1"), race(task("a"), task("b"))))).toHaveLength(1);
    expect(problemsOf(sequence(task("x"), race(task("a"), task("b"), { name: "x" })))).toHaveLength(1);
  });

  test("keeps every key of every task, compensations too, and takes the other keys of a plan beside steps", () => {
    const plan = checkPlan({
      name: "release",
      onFailure: "rollback",
      pools: { network: 2 },
      steps: retry(
        parallel(race(task("a", { run: "a", undo: "no a" }), task("b", { undo: "no b" })), {
          id: "c",
          undo: "no c",
          uses: { network: 1 },
        }),
        { attemptsMax: 2 },
      ),
    });
    expect(plan).toMatchObject({ name: "release", onFailure: "rollback", pools: { network: 2 } });
    expect(plan.tasks.map(({ undo }) => undo)).toEqual(["no a", "no b", undefined, "no c"]);
  });

  test("the same step gives the same plan, whatever was made before", () => {
    const make = (): string =>
      checkPlan(fallback(race(task("a"), task("b")), parallel(task("c"), when(task("d"), task("e"))))).toText();
    const first = make();
    checkPlan(race(task("x"), task("y")));
    expect(make()).toBe(first);
  });

  test("says what is wrong with a task by its key, and what is wrong with steps", () => {
    // @ts-expect-error: `neds` is no key of a task.
    expect(problemsOf(sequence(task("a", { neds: [] })))).toEqual(['tasks.a.neds: "neds"']);
    // @ts-expect-error: 5 is no step.
    expect(problemsOf({ steps: 5 })).toEqual(["steps: 5"]);
    expect(problemsOf({ steps: task("a"), tasks: {} })).toEqual(["tasks: both"]);
  });

  test("ten thousand levels make a plan; more groups than are allowed inside each other are refused", () => {
    let deep = task("x");
    for (let i = 0; i < 10_000; i++)
      deep = i % 2 === 0 ? sequence(deep, task(`s${i}`)) : parallel(retry(deep, { attemptsMax: 2 }), task(`p${i}`));
    expect(checkPlan(deep).tasks).toHaveLength(10_001);
    let groups = task("x");
    for (let i = 0; i < 70; i++) groups = fallback(groups, task(`f${i}`));
    expect(() => checkPlan(groups)).toThrow("expected at most 64 groups inside each other");
    let doubled = task("x");
    const double = (): void => {
      for (let i = 0; i < 30; i++) doubled = parallel(doubled, doubled);
    };
    expect(double).toThrow("expected at most 2000000 tasks in parallel");
  });
});
