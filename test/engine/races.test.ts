/**
 * Goal: a failure inside a race or a fallback is the run's only when nothing else came out of it.
 * Method: combinators on the real engine, under each failure policy that may stop a run.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { fallback, matrix, parallel, race, sequence, task } from "../../src/plan/combine/combinators.ts";
import type { Step } from "../../src/plan/combine/step.ts";
import { definePlan } from "../../src/plan/define.ts";

const fails = (id: string) =>
  task(id, {
    run: () => {
      throw new Error("no");
    },
  });
const works = (id: string) => task(id, { run: async () => id });
const last = works("last");

async function ended(step: Step, onFailure: "isolate" | "fail-fast") {
  const { outcome, snapshot } = await createRun(definePlan(step), { liveItemsMax: 4, onFailure }).start();
  return { outcome, statusOf: (key: string) => snapshot.items.get(key)?.status };
}

describe.each(["isolate", "fail-fast"] as const)("K3, %s", (onFailure) => {
  test("S1-17: what came out of a fallback makes up for the failure before it", async () => {
    const { outcome, statusOf } = await ended(sequence(fallback(fails("a"), works("b")), last), onFailure);
    expect([outcome, statusOf("a"), statusOf("b"), statusOf("last")]).toEqual(["done", "failed", "done", "done"]);
  });

  test("the winner of a race makes up for who failed in it", async () => {
    const { outcome, statusOf } = await ended(sequence(race(fails("a"), works("b")), last), onFailure);
    expect([outcome, statusOf("b"), statusOf("last")]).toEqual(["done", "done", "done"]);
  });

  test("nested ones forgive what is inside them, and only that", async () => {
    const inner = race(fails("a"), fallback(fails("b"), works("c")));
    expect((await ended(sequence(inner, last), onFailure)).outcome).toBe("done");
    expect((await ended(sequence(inner, fails("d"), last), onFailure)).outcome).toBe("failed");
  });

  test.each([
    ["a parallel of one sequence", parallel(sequence(fails("a"), works("b")))],
    ["parallels inside each other", parallel(parallel(sequence(fails("a"), works("b"))))],
    ["a sequence that ends with one", sequence(works("x"), parallel(sequence(fails("a"), works("b"))))],
    ["a parallel of one fallback", parallel(fallback(fails("a"), fails("b")))],
    ["a matrix of one combination", matrix({ os: ["linux"] }, () => sequence(fails("a"), works("b")))],
  ])("the next alternative runs when the one before has failed that is %s", async (_, first) => {
    const { outcome, statusOf } = await ended(sequence(fallback(first, works("c")), last), onFailure);
    expect([outcome, statusOf("c"), statusOf("last")]).toEqual(["done", "done", "done"]);
  });

  test("a run in which nothing came out of one has failed, and what needs it does not start", async () => {
    const { outcome, statusOf } = await ended(sequence(fallback(fails("a"), fails("b")), last), onFailure);
    expect([outcome, statusOf("b"), statusOf("last")]).toEqual(["failed", "failed", "todo"]);
  });

  test("a race that was waiting for a failure is won by it, and forgives it; so does one whose other members it ended", async () => {
    const fail = (): never => {
      throw new Error("no");
    };
    const plan = definePlan({
      tasks: {
        a: { run: fail, group: "inner" },
        b: { run: async () => "b", group: "inner", needs: { a: "settled" } },
        won: { join: "any", needs: { a: "failed", b: "done" } },
        last: { run: async () => "last", needs: ["won"] },
      },
      groups: { inner: { onError: "failFast", race: "won", group: "outer" }, outer: { onError: "settleAll" } },
    });
    const { outcome, snapshot } = await createRun(plan, { onFailure }).start();
    expect([outcome, snapshot.items.get("b")?.reason?.code]).toEqual(["done", "fail_fast"]);
    expect(snapshot.items.get("last")?.status).toBe("done");
  });
});
