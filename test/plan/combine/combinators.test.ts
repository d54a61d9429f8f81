/** Goal: what is no step, no option and no condition is refused where it is written. Method: each mistake once, with its words. */
import { describe, expect, test } from "vitest";
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

describe("arguments of combinators", () => {
  test.each<[string, () => unknown, string]>([
    ["text", () => sequence("a" as never), 'expected a step in sequence[0], got "a"'],
    ["a map without id", () => sequence({ run: "x" } as never), "got a map without `id`"],
    ["a look-alike", () => sequence({ kind: "task", tasks: 1 } as never), "got a map without `id`"],
    ["an unknown option", () => parallel(task("a"), { onEror: "settleAll" } as never), "did you mean `onError`?"],
    [
      "a wrong policy",
      () => parallel(task("a"), { onError: "ignore" } as never),
      "expected onError of parallel to be failFast or settleAll",
    ],
    ["a bad name", () => race(task("a"), { name: "a b" }), "expected the name of a race"],
    ["no alternative", () => fallback(), "expected at least one step in fallback"],
    ["no entrant", () => race(), "expected at least one step in race"],
    ["an order of its own", () => task("a", { needs: ["b"] } as never), 'expected task "a" without `needs`'],
    ["an id that is no text", () => task(5 as never), "expected the id of a task, got 5"],
    ["keys that are no map", () => task("a", "run" as never), 'expected the keys of task "a"'],
    ["no axes", () => matrix({}, () => task("a")), "expected 1 to 8 axes"],
    ["no builder", () => matrix({ n: [1] }, task("a") as never), "expected a function that makes the step"],
    ["a builder of nothing", () => matrix({ n: [1] }, () => undefined as never), 'what matrix got for {"n":1}'],
    [
      "a condition of many",
      () => when(sequence(task("a")), task("b")),
      "expected the condition of when to be one task",
    ],
    ["no attempts", () => retry(task("a"), { attemptsMax: 0 }), "expected attemptsMax of retry"],
    [
      "a pause that is no map",
      () => retry(task("a"), { attemptsMax: 2, backoff: "1s" as never }),
      "expected backoff of retry",
    ],
    ["options that are none", () => retry(task("a"), undefined as never), "expected the options of retry"],
  ])("%s is refused", (_, make, words) => {
    expect(make).toThrow(words);
  });

  test("a builder of a matrix knows its values, and they are its own", () => {
    const seen: unknown[] = [];
    matrix({ node: [22, 26], os: ["linux"] }, (values) => {
      const node: 22 | 26 = values.node;
      seen.push({ ...values });
      Object.assign(values, { node: 0 });
      return task(`t${node}`);
    });
    expect(seen).toEqual([
      { node: 22, os: "linux" },
      { node: 26, os: "linux" },
    ]);
  });
});
