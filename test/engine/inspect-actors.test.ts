/**
 * Goal: whoever inspects the actors of a run late gets all that live, each with its item; an inspector that breaks is dropped (O3).
 * Method: runs whose attempts end when the test says so, with inspectors that come, go and throw.
 */
import type { AnyActorRef, InspectionEvent } from "xstate";
import { expect, test, vi } from "vitest";
import { createRun, type Run } from "../../src/index.ts";
import { manualExecutor, type ManualExecutor } from "../support/manual-executor.ts";

const tasks = Object.fromEntries(["a", "b", "c"].map((key) => [key, { run: () => 1 }]));

async function started(
  problems: Error[] = [],
): Promise<{ readonly run: Run; readonly executor: ManualExecutor; readonly end: () => Promise<void> }> {
  const executor = manualExecutor();
  const onProblem = (problem: Error): void => void problems.push(problem);
  const run = createRun({ tasks }, { liveItemsMax: 2, executors: [executor], onProblem });
  const ended = run.start();
  await vi.waitFor(() => expect(executor.running).toEqual(["a", "b"]));
  const end = async (): Promise<void> => {
    for (const key of ["a", "b", "c"]) {
      await vi.waitFor(() => expect(executor.running).toContain(key));
      executor.finish(key);
    }
    expect((await ended).outcome).toBe("done");
  };
  return { run, executor, end };
}

test("it answers the actors of live items, then tells of each that comes, by its item, until it is stopped", async () => {
  const { run, executor } = await started();
  const events: InspectionEvent[] = [];
  const names: string[] = [];
  const one = run.inspectActors({
    next: (event) => void events.push(event),
    named: (_actor, item) => void names.push(item),
  });
  expect(one.live.map(({ item, actor }) => [item, actor.getSnapshot().value])).toEqual([
    ["a", "claimed"],
    ["b", "claimed"],
  ]);
  executor.finish("a");
  await vi.waitFor(() => expect(names).toEqual(["c"]));
  expect(events.some(({ type, actorRef }) => type === "@xstate.snapshot" && actorRef === one.live[0]!.actor)).toBe(
    true,
  );
  one.stop();
  const before = events.length;
  executor.finish("b");
  executor.finish("c");
  await run.start();
  expect([events.length, names]).toEqual([before, ["c"]]);
});

test("several look at once, and each is stopped for itself", async () => {
  const { run, end } = await started();
  const named = { first: [] as AnyActorRef[], second: [] as AnyActorRef[] };
  const first = run.inspectActors({ named: (actor) => void named.first.push(actor) });
  run.inspectActors({ named: (actor) => void named.second.push(actor) });
  first.stop();
  await end();
  expect([named.first.length, named.second.length]).toEqual([0, 1]);
});

test("O3: an inspector that throws is dropped and told of once; the run and the other inspectors go on", async () => {
  const problems: Error[] = [];
  const { run, end } = await started(problems);
  const names: string[] = [];
  const broken = (): never => {
    throw new Error("mine is broken");
  };
  run.inspectActors({ next: broken });
  run.inspectActors({ named: broken });
  run.inspectActors({ named: (_actor, item) => void names.push(item) });
  await end();
  expect(names).toEqual(["c"]);
  expect(problems.map(({ cause }) => (cause as Error).message)).toEqual(["mine is broken", "mine is broken"]);
});
