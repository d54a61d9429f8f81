/** Random plans that come to be while their run goes on: items are added, and edited to what they are to be, before they start. */
import * as fc from "fast-check";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { NeedCondition, PlanDefinition, Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { manualExecutor, type ManualExecutor } from "./manual-executor.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

export type Fate = "done" | "failed" | "cancelled";

export interface Growing {
  /** Needs of each item in the end, of smaller numbers; items get their numbers in the run in another order. */
  readonly needs: readonly (readonly number[])[];
  /** Conditions of these needs, by position; only `done` unless `special`. */
  readonly conditions: readonly (readonly NeedCondition[])[];
  readonly special: boolean;
  readonly fates: readonly Fate[];
  readonly allowFailure: readonly boolean[];
  readonly priorities: readonly number[];
  readonly uses: readonly number[];
  /** Whether an item is there from the start; the others are added, in the order of these numbers. */
  readonly added: readonly number[];
  /** Whether an item that could be written as it is to be is written otherwise at first, and edited. */
  readonly edited: readonly boolean[];
  readonly schedule: Schedule;
  readonly cap: number;
  /** What happens next: a report of an attempt, or a change of the plan, or another process goes on. */
  readonly choices: readonly number[];
}

export function growingRuns(sizeMax: number): fc.Arbitrary<Growing> {
  return fc.integer({ min: 1, max: sizeMax }).chain((size) => {
    const each = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.array(value, { minLength: size, maxLength: size });
    return fc.record({
      needs: fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: Math.min(3, i) }),
        ),
      ),
      conditions: each(
        fc.array(fc.constantFrom<NeedCondition>("done", "done", "settled", "failed", "passed", "missed"), {
          minLength: 3,
          maxLength: 3,
        }),
      ),
      special: fc.boolean(),
      fates: each(fc.constantFrom<Fate>("done", "done", "done", "failed", "cancelled")),
      allowFailure: each(fc.boolean()),
      priorities: each(fc.nat(9)),
      uses: each(fc.nat(2)),
      added: each(fc.integer({ min: 0, max: 4 })),
      edited: each(fc.boolean()),
      schedule: fc.constantFrom<Schedule>("as-ready", "layers", "sequential"),
      cap: fc.integer({ min: 1, max: 4 }),
      choices: fc.array(fc.nat(), { minLength: 1, maxLength: 40, size: "max" }),
    });
  });
}

export const keyOf = (item: number): string => `t${item}`;
const itemOf = (key: string): number => Number(key.slice(1));
/** It is live until the plan is what it is to be: whatever is to be edited needs it before. */
const HOLD = "hold";

export interface Grown {
  readonly result: RunResult;
  /** Cycles that were asked for, all refused. */
  readonly cycles: number;
  readonly restarts: number;
}

/** The plan as it is to be, from the start. */
export async function playWhole(growing: Growing): Promise<RunResult> {
  const tasks = Object.fromEntries(growing.needs.map((_, item) => [keyOf(item), taskOf(growing, item)]));
  const world = new World({ ...base(growing), tasks: { [HOLD]: { run: "x" }, ...tasks } });
  const { executor, env } = world;
  while (world.result === undefined) {
    await env.settle();
    if (world.result !== undefined) break;
    await world.end(growing, executor.running[0]!);
  }
  return world.result;
}

/** The same plan, as it comes to be. */
export async function playGrowing(growing: Growing): Promise<Grown> {
  const { choices } = growing;
  const atFirst = growing.added.flatMap((when, item) => (when === 0 ? [item] : []));
  const world = new World({
    ...base(growing),
    tasks: {
      [HOLD]: { run: "x" },
      ...Object.fromEntries(atFirst.map((item) => [keyOf(item), firstTaskOf(growing, item, atFirst)])),
    },
  });
  const changes = changesOf(growing, atFirst);
  let cycles = 0;
  for (let step = 0; world.result === undefined; step++) {
    await world.env.settle();
    if (world.result !== undefined) break;
    if (step > 500) throw new Error(`does not end: ${JSON.stringify(world.run.snapshot())}`);
    const choice = choices[step % choices.length]! + step;
    const { running } = world.executor;
    const others = running.filter((key) => key !== HOLD);
    if (choice % 11 === 10 && changes.length > 0 && world.restarts < 3) await world.restart();
    else if (choice % 5 === 4) cycles += await refuseCycle(world, choice);
    else if (choice % 2 === 0 && others.length > 0) await world.end(growing, others[choice % others.length]!);
    else if (changes.length > 0) await world.ask(changes.shift()!);
    else if (others.length > 0) await world.end(growing, others[choice % others.length]!);
    else await world.end(growing, running[0]!);
  }
  return { result: world.result, cycles, restarts: world.restarts };
}

type Change = (run: Run) => Promise<unknown>;

/** Added in their batches; what was not yet what it is to be is edited when all that it needs is there. */
function changesOf(growing: Growing, atFirst: readonly number[]): Change[] {
  const changes: Change[] = [];
  const there = new Set(atFirst);
  const toEdit = new Set(atFirst.filter((item) => isToEdit(growing, item, atFirst)));
  for (let batch = 1; batch <= 4; batch++) {
    const items = growing.added.flatMap((when, item) => (when === batch ? [item] : []));
    if (items.length === 0) continue;
    for (const item of items) there.add(item);
    const known = [...there];
    const tasks = Object.fromEntries(items.map((item) => [keyOf(item), firstTaskOf(growing, item, known)]));
    for (const item of items) if (isToEdit(growing, item, known)) toEdit.add(item);
    changes.push((run) => run.add(tasks));
    for (const item of toEdit) {
      if (batch < 4 && !growing.needs[item]!.every((need) => there.has(need))) continue;
      toEdit.delete(item);
      changes.push((run) => run.edit(keyOf(item), editOf(growing, item)));
    }
  }
  for (const item of toEdit) changes.push((run) => run.edit(keyOf(item), editOf(growing, item)));
  return changes;
}

function isToEdit({ edited, needs }: Growing, item: number, there: readonly number[]): boolean {
  return edited[item]! || !needs[item]!.every((need) => there.includes(need));
}

/** As it is written first: what is to be edited waits for what is live until then. */
function firstTaskOf(growing: Growing, item: number, there: readonly number[]): TaskDefinition {
  if (!isToEdit(growing, item, there)) return taskOf(growing, item);
  const known = growing.special ? [] : growing.needs[item]!.filter((need) => there.includes(need));
  return { run: "not yet", needs: [HOLD, ...known.map(keyOf)], priority: 9 - growing.priorities[item]! };
}

function editOf(growing: Growing, item: number): object {
  const { needs, ...rest } = taskOf(growing, item);
  return { ...rest, needs };
}

/**
 * What is blocked counts as failed while it is, and may come to be skipped later: which of the two what needs it to fail has seen
 * depends on the order of reports. So only what needs nothing itself is needed to fail.
 */
function conditionOf({ needs, conditions, special }: Growing, item: number, i: number): NeedCondition {
  const condition = special ? conditions[item]![i]! : "done";
  return condition === "failed" && needs[needs[item]![i]!]!.length > 0 ? "settled" : condition;
}

function taskOf(growing: Growing, item: number): TaskDefinition {
  const { needs, allowFailure, priorities, uses } = growing;
  return {
    run: "x",
    needs: Object.fromEntries(needs[item]!.map((need, i) => [keyOf(need), conditionOf(growing, item, i)])),
    allowFailure: allowFailure[item]!,
    priority: priorities[item]!,
    ...(uses[item]! > 0 && { uses: { p: uses[item]! } }),
  };
}

function base({ schedule, cap }: Growing): Omit<PlanDefinition, "tasks"> {
  return { schedule, liveItemsMax: cap, pools: { p: 2 } };
}

/** Asks for a need that closes a cycle, and sees it refused; answers 0 when there is nothing that could be asked so. */
async function refuseCycle({ run, env }: World, choice: number): Promise<number> {
  const { plan } = run;
  const { graph, tasks } = plan;
  const todo = tasks.flatMap(({ key }, n) => (run.snapshot().items.get(key)?.status === "todo" ? [n] : []));
  if (todo.length === 0) return 0;
  const item = todo[choice % todo.length]!;
  // Whatever needs it, directly or not, or itself.
  let need = item;
  for (let left = choice % 4; left > 0 && graph.dependentsStart[need]! < graph.dependentsStart[need + 1]!; left--)
    need = graph.dependents[graph.dependentsStart[need]!]!;
  const { seq } = run.snapshot();
  const asked = run.edit(tasks[item]!.key, { needs: [tasks[need]!.key] }).then(
    () => "taken",
    (error: { code: string }) => error.code,
  );
  await env.settle();
  const answer = await asked;
  if (answer !== "plan_cycle" || run.snapshot().seq !== seq || run.plan !== plan)
    throw new Error(`a cycle through ${tasks[item]!.key} was answered with ${answer}`);
  return 1;
}

class World {
  readonly #journal = memoryJournal();
  readonly #plan: Run["plan"];
  env: VirtualEnv = virtualEnv(1);
  executor: ManualExecutor = manualExecutor();
  run: Run;
  result: RunResult | undefined;
  restarts = 0;

  constructor(plan: PlanDefinition) {
    this.run = createRun(plan, { env: this.env, journal: this.#journal, executors: [this.executor] });
    this.#plan = this.run.plan;
    this.#begin();
  }

  #begin(): void {
    this.run.changes$.subscribe({ next: (snapshot) => checkSnapshotInvariants(snapshot), error: () => {} });
    this.run.start().then(
      (result) => (this.result = result),
      () => {},
    );
  }

  /** Another process goes on with it. */
  async restart(): Promise<void> {
    this.restarts++;
    await this.run.stop();
    const before = this.run.plan.toText();
    const recovered = await this.#journal.recover(this.run.id);
    this.env = virtualEnv(this.restarts + 1);
    this.executor = manualExecutor();
    this.run = resumeRun(recovered, this.#plan, { env: this.env, journal: this.#journal, executors: [this.executor] });
    if (this.run.plan.toText() !== before) throw new Error("another process has another plan");
    this.#begin();
  }

  async ask(change: Change): Promise<void> {
    const asked = change(this.run);
    asked.catch(() => {});
    await this.env.settle();
    await asked;
  }

  /** Lets an attempt come to what its item comes to. */
  async end({ fates }: Growing, key: string): Promise<void> {
    if (this.executor.request(key).task.run !== "x") throw new Error(`${key} started before it was what it is to be`);
    const fate = key === HOLD ? "done" : fates[itemOf(key)]!;
    if (fate === "done") this.executor.finish(key, { kind: "done", output: key });
    else if (fate === "failed")
      this.executor.finish(key, { kind: "failed", reason: { code: "exit" }, retryable: false });
    else await this.ask((run) => run.cancelItem(key));
  }
}
