/**
 * Goal: a mutant counts as noticed only when the mutant was the reason. Method: a runner that answers as it is told. A bug would
 * look like a score that grows with the load of the machine.
 */
import { expect, test } from "vitest";
import { Judge } from "./judge.ts";
import { mutantsOf } from "./mutants.ts";
import type { Ran } from "./test-runner.ts";

const mutant = mutantsOf({ path: "machines/run.ts", text: "go();" })[0]!;
const NEAR = "test/machines/run.test.ts";
const passed: Ran = { ran: "passed", ms: 1 };
const failed = (message: string, isCrash = false): Ran => ({ ran: "failed", ms: 1, by: "a test", message, isCrash });
const other = (ran: "slow" | "waits" | "stopped" | "gone"): Ran => ({ ran, ms: 1 });

/** Who is asked answers the next of these; with `*` in front when nothing is changed. */
async function verdictOf(answers: readonly Ran[], files: readonly string[] = ["a.test.ts"]) {
  const asked: string[] = [];
  const rest = [...answers];
  const judge = new Judge(
    {
      run: async (test, _, how) => {
        asked.push(how?.mutant === undefined ? `*${test}` : test);
        return rest.shift()!;
      },
    },
    // Near, all of them.
    { testsOf: (_, tests) => (tests.includes(NEAR) ? files.map((test, at) => ({ test, ms: 1_000 - at * 900 })) : []) },
  );
  const judged = await judge.judge(mutant);
  expect(rest).toEqual([]);
  return [judged?.verdict, asked.join(" ")];
}

test("quick files are asked first, and no more once one fails", async () => {
  const files = ["slow.test.ts", "quick.test.ts"];
  expect(await verdictOf([passed, failed("expected 1 to be 2")], files)).toEqual([
    "killed",
    "quick.test.ts slow.test.ts",
  ]);
  expect(await verdictOf([failed("expected 1 to be 2")], files)).toEqual(["killed", "quick.test.ts"]);
  expect(await verdictOf([passed, passed], files)).toEqual(["survived", "quick.test.ts slow.test.ts"]);
});

test("what no test runs has survived without being asked about", async () => {
  expect(await verdictOf([], [])).toEqual(["uncovered", ""]);
});

test("M3: what a busy machine can cause counts when it comes again, and not without the mutant", async () => {
  const three = "a.test.ts a.test.ts *a.test.ts";
  for (const doubtful of [failed("Test timed out in 240000ms."), failed("", true)]) {
    expect(await verdictOf([doubtful, doubtful, passed])).toEqual(["killed", three]);
    expect(await verdictOf([doubtful, passed, passed])).toEqual(["undecided", three]);
    expect(await verdictOf([doubtful, doubtful, doubtful])).toEqual(["undecided", three]);
  }
  expect(await verdictOf([other("waits"), other("waits"), passed])).toEqual(["timeout", three]);
  expect(await verdictOf([other("waits"), passed, passed])).toEqual(["undecided", three]);
});

test("M1, M2: the processor's time is told by nobody else; a worker that is gone says nothing", async () => {
  expect(await verdictOf([other("slow")])).toEqual(["timeout", "a.test.ts"]);
  expect(await verdictOf([other("gone"), other("gone"), passed])).toEqual([
    "undecided",
    "a.test.ts a.test.ts *a.test.ts",
  ]);
});

test("who is told to stop in the middle has judged nothing", async () => {
  expect(await verdictOf([other("stopped")])).toEqual([undefined, "a.test.ts"]);
  expect(await verdictOf([other("waits"), other("waits"), other("stopped")])).toEqual([
    undefined,
    "a.test.ts a.test.ts *a.test.ts",
  ]);
});
