/**
 * Goal: `verifyPlan` finds what is wrong and says how to get there, says honestly how much it looked at, and holds what is right.
 * Method: the rules of a run with one mistake planted in them, each of a kind that users of other systems reported; every one has
 * to be found, and what is printed is compared word for word.
 */
import { describe, expect, test } from "vitest";
import type { RunSpecState } from "../../machines/run-spec.ts";
import { definePlan, type PlanDefinition } from "../../src/index.ts";
import { RUN_RULES, type SpecRules } from "../../src/verify/rules.ts";
import { notLookedAt } from "../../src/verify/spec-of-plan.ts";
import { verifyPlan, verifyWith, type VerifyOptions, type VerifyResult } from "../../src/verify/verify-plan.ts";
import { virtualEnv } from "../support/virtual-env.ts";

type Step = SpecRules["step"];

const run = "true";
const diamond: PlanDefinition = {
  name: "diamond",
  liveItemsMax: 2,
  tasks: {
    a: { run },
    b: { run, needs: ["a"], attemptsMax: 2 },
    c: { run, needs: ["a"], attemptsMax: 2 },
    d: { run, needs: ["b", "c"] },
  },
};

const looked = (definition: PlanDefinition, options: VerifyOptions = {}): Promise<VerifyResult> =>
  verifyPlan(definePlan(definition as never), { env: virtualEnv(), ...options });

/** The rules, but what they answer goes through `wrong`. */
const planted = (wrong: (right: Step) => Step): SpecRules => ({ ...RUN_RULES, step: wrong(RUN_RULES.step) });

const become = (state: RunSpecState, item: number, changes: Partial<RunSpecState["items"][number]>): RunSpecState => ({
  ...state,
  items: state.items.with(item, { ...state.items[item]!, ...changes }),
});

interface Bug {
  readonly bug: string;
  readonly rules: SpecRules;
  readonly options?: VerifyOptions;
  readonly definition?: PlanDefinition;
}

const bugs: readonly Bug[] = [
  {
    bug: "starts one item more than the cap allows",
    rules: planted(
      (right) => (spec, state, event) => right({ ...spec, liveItemsMax: spec.liveItemsMax + 1 }, state, event),
    ),
    definition: { name: "three", liveItemsMax: 2, tasks: { a: { run }, b: { run }, c: { run } } },
  },
  {
    bug: "gives the place of an attempt away before it has stopped",
    rules: planted((right) => (spec, state, event) => {
      if (event.type !== "claim") return right(spec, state, event);
      const hidden = { ...state, items: state.items.map((item) => ({ ...item, ending: false })) };
      const after = right(spec, hidden, event);
      return after && { ...after, items: after.items.map((item, i) => (i === event.item ? item : state.items[i]!)) };
    }),
    definition: { name: "two", liveItemsMax: 1, tasks: { a: { run }, b: { run } } },
  },
  {
    bug: "takes a need that failed for one that is done",
    rules: planted((right) => (spec, state, event) => {
      if (event.type !== "claim") return right(spec, state, event);
      const kind = {
        ...state,
        items: state.items.map((item) => (item.status === "failed" ? { ...item, status: "done" as const } : item)),
      };
      return (
        right(spec, kind, event) &&
        become(state, event.item, { status: "claimed", spent: state.items[event.item]!.spent + 1 })
      );
    }),
    definition: { name: "chain", liveItemsMax: 1, tasks: { a: { run }, b: { run, needs: ["a"] } } },
  },
  {
    bug: "never ends while something is blocked behind a failure",
    rules: planted(
      (right) => (spec, state, event) =>
        event.type === "drained" && state.run === "running" && state.items.some(({ status }) => status === "todo")
          ? undefined
          : right(spec, state, event),
    ),
    definition: { name: "chain", liveItemsMax: 1, tasks: { a: { run }, b: { run, needs: ["a"] } } },
  },
  {
    bug: "tries an item again for ever",
    rules: planted(
      (right) => (spec, state, event) =>
        event.type === "fail" || event.type === "timeout"
          ? right({ ...spec, attemptsMax: 99, attemptsOf: [] }, state, event)
          : right(spec, state, event),
    ),
  },
  {
    bug: "takes a report that comes after the run was cancelled",
    rules: planted(
      (right) => (spec, state, event) =>
        event.type === "complete" && state.items[event.item]!.ending
          ? become(state, event.item, { status: "done", ending: false })
          : right(spec, state, event),
    ),
    definition: { name: "one", tasks: { a: { run } } },
  },
  {
    bug: "goes on starting after a failure that should end the run",
    rules: planted((right) => (spec, state, event) => {
      const after = right(spec, state, event);
      return after?.run === "settling" && event.type === "fail" ? { ...after, run: "running" } : after;
    }),
    definition: { name: "two", onFailure: "fail-fast", liveItemsMax: 1, tasks: { a: { run }, b: { run } } },
  },
  {
    bug: "leaves a pool out of account",
    rules: planted((right) => (spec, state, event) => right({ ...spec, pools: [] }, state, event)),
    definition: {
      name: "pool",
      liveItemsMax: 4,
      pools: { network: 2 },
      tasks: { a: { run, uses: { network: 2 } }, b: { run, uses: { network: 1 } } },
    },
  },
  {
    bug: "counts an attempt that its process did not survive",
    rules: planted((right) => (spec, state, event) => {
      const after = right(spec, state, event);
      return event.type === "release" && after ? become(after, event.item, { spent: 1 }) : after;
    }),
    definition: { name: "one", tasks: { a: { run } } },
  },
  {
    bug: "takes work that is done for work that was checked",
    rules: planted((right) => (spec, state, event) => {
      const after = right(spec, state, event);
      const isLate =
        event.type === "complete" && after?.items[event.item]!.verifying === true && state.items[1]!.spent > 0;
      return isLate ? become(after, event.item, { status: "done", verifying: undefined }) : after;
    }),
    definition: { name: "checked", liveItemsMax: 2, tasks: { a: { run, verify: run }, b: { run } } },
  },
  {
    bug: "waits for an attempt that has stopped",
    rules: planted(
      (right) => (spec, state, event) =>
        event.type === "ended" && state.items[event.item]!.status === "failed" ? undefined : right(spec, state, event),
    ),
    definition: { name: "one", tasks: { a: { run } } },
  },
];

const told = ({ counterexample }: VerifyResult): string =>
  counterexample === undefined
    ? "held"
    : [
        counterexample.promise,
        ...counterexample.steps.map(({ words }, at) => `${at + 1}. ${words}`),
        `Then: ${counterexample.end}`,
      ].join("\n");

describe("rules with a mistake in them are found, by a shortest way, in words", () => {
  test.each(bugs)("a run that $bug", async ({ rules, definition = diamond, options = {} }) => {
    const plan = definePlan(definition as never);
    const result = await verifyWith(rules, plan, { env: virtualEnv(), ...options });
    expect(result.ok).toBe(false);
    expect(told(result)).toMatchSnapshot();
    // Nothing is wrong with the plan itself.
    expect(told(await verifyPlan(plan, { env: virtualEnv(), ...options }))).toBe("held");
  });

  test("in a plan that is only walked at random, and the way is shortened", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 120 }, (_, item) => [`t${item}`, { run }]));
    const plan = definePlan({ liveItemsMax: 3, tasks });
    const result = await verifyWith(bugs[0]!.rules, plan, { env: virtualEnv(), seed: 7 });
    expect(result.worlds).toMatchObject([{ states: 0, complete: false, walks: 1 }]);
    expect(result.counterexample!.steps.map(({ event }) => event)).toEqual([
      "start",
      "claim",
      "claim",
      "claim",
      "claim",
    ]);
  });
});

describe("how much was looked at is told", () => {
  test("every state of a small plan", async () => {
    const result = await looked(diamond);
    expect(result).toMatchObject({ ok: true, complete: true, notLookedAt: [], counterexample: undefined });
    expect(result.worlds).toMatchObject([
      { name: "run", complete: true, limit: undefined, walks: 0, neverStarted: [], interchangeable: [["b", "c"]] },
    ]);
    expect(Object.keys(result.worlds[0]!.ends).sort()).toEqual(["cancelled", "done", "failed"]);
  });

  test("the first states up to a limit, and random walks beside them", async () => {
    const result = await looked(diamond, { statesMax: 50, walksMax: 20 });
    expect(result).toMatchObject({ ok: true, complete: false, seed: 1 });
    expect(result.worlds).toMatchObject([{ complete: false, limit: "states", walks: 20 }]);
    expect(result.worlds[0]!.states).toBeLessThan(60);
  });

  test("what time allowed, by the clock of the world that was given", async () => {
    const env = virtualEnv();
    const slow = { ...env, clock: { ...env.clock, monotonic: () => 10 * ticks++ } };
    let ticks = 0;
    const tasks = Object.fromEntries(
      Array.from({ length: 7 }, (_, item) => [`t${item}`, { run, attemptsMax: 1 + (item % 2) }]),
    );
    const result = await looked({ liveItemsMax: 4, tasks }, { env: slow, timeMsMax: 20 });
    expect(result.worlds).toMatchObject([{ complete: false, limit: "time" }]);
  });

  test("the same seed gives the same walks", async () => {
    const options = { itemsMax: 1, walksMax: 30 };
    const steps = async (seed: number): Promise<number> =>
      (await looked(diamond, { ...options, seed })).worlds[0]!.walkSteps;
    expect(await steps(3)).toBe(await steps(3));
    expect(new Set([await steps(3), await steps(4), await steps(5)]).size).toBeGreaterThan(1);
  });

  test("keys of the plan that it does not know", async () => {
    const result = await looked({ tasks: { a: { run, worktree: true } } });
    expect(result.notLookedAt).toEqual(["worktrees"]);
  });
});

test("a plan with tasks that somebody has to claim is looked at with and without somebody", async () => {
  const { worlds } = await looked({ tasks: { a: { run }, review: { needs: ["a"] } } });
  expect(worlds.map(({ name }) => name)).toEqual(["claimed", "unclaimed"]);
  expect(Object.keys(worlds[0]!.ends).sort()).toEqual(["cancelled", "done", "failed"]);
  expect(Object.keys(worlds[1]!.ends).sort()).toEqual(["cancelled", "failed", "stalled"]);
});

test("layers and sequential runs have fewer states, and none that they cannot leave", async () => {
  const tasks = { a: { run }, b: { run }, c: { run, needs: ["a"] }, d: { run, needs: ["b"] } };
  const statesOf = async (schedule: "as-ready" | "layers" | "sequential"): Promise<number> => {
    const result = await looked({ liveItemsMax: 3, tasks }, { schedule });
    expect(result).toMatchObject({ ok: true, complete: true });
    return result.worlds[0]!.states;
  };
  const ready = await statesOf("as-ready");
  expect(await statesOf("layers")).toBeLessThan(ready);
  expect(await statesOf("sequential")).toBeLessThan(ready);
});

test("X1: items whose files overlap are looked at as never live at once, others as they are", async () => {
  const statesOf = async (more: readonly object[], pools = {}): Promise<number> => {
    const tasks = Object.fromEntries(more.map((each, i) => [`t${i}`, { run, ...each }]));
    const result = await looked({ liveItemsMax: 4, pools, tasks, sharedFiles: ["docs/log.md"] });
    expect(result).toMatchObject({ ok: true, complete: true, notLookedAt: [] });
    return result.worlds[0]!.states;
  };
  const files = ["src/**", "src/a.ts", "src/a.ts", "lib/a.ts", "docs/log.md", "docs/log.md"];
  const p = { uses: { p: 1 } };
  expect(await statesOf(files.slice(0, 4).map((file) => ({ files: [file] })))).toBe(
    await statesOf([p, p, p, {}], { p: 1 }),
  );
  expect(await statesOf(files.slice(3).map((file) => ({ files: [file] })))).toBe(await statesOf([{}, {}, {}]));
});

test("a rollback is looked at with its undos: each may fail, vanish and run again, and the run still ends", async () => {
  const tasks = { a: { run, undo: run }, b: { run, undo: run }, c: { run, needs: ["a", "b"] } };
  const result = await looked({ onFailure: "rollback", liveItemsMax: 2, tasks });
  expect(result).toMatchObject({ ok: true, complete: true, notLookedAt: ["the order of undos"] });
  expect(Object.keys(result.worlds[0]!.ends).sort()).toEqual(["cancelled", "done", "failed"]);
});

test("V1: checks are looked at: each may fail, run out of time, be cut short and be made again; nothing is done without", async () => {
  const tasks = { a: { run, verify: run, attemptsMax: 2 }, b: { run, needs: ["a"] } };
  const result = await looked({ liveItemsMax: 2, tasks });
  expect(result).toMatchObject({ ok: true, complete: true, notLookedAt: [] });
  const { worlds } = await looked({ liveItemsMax: 2, tasks: { ...tasks, a: { run, attemptsMax: 2 } } });
  expect(result.worlds[0]!.states).toBeGreaterThan(worlds[0]!.states);
  expect(result.promises).toContain("V1: an item with a check is done only when that has succeeded");
});

test("a limit that is none is refused", async () => {
  await expect(looked(diamond, { statesMax: 0 })).rejects.toThrow(
    /expected statesMax to be a whole number from 1 on, got 0/,
  );
});

test("what it does not look at is named, in the words of the plan", () => {
  const plan = definePlan({
    tasks: {
      a: { run: "x", allowFailure: true, group: "g", files: ["src/**"], prepare: "p", verify: "y" },
      b: { run: "x", needs: { a: "settled" } },
      c: { run: "x", needs: ["a"], when: { a: 1 } },
      d: { join: "all", needs: ["a"] },
    },
    groups: { g: { onError: "settleAll" } },
  });
  expect(notLookedAt(plan, "isolate")).toEqual(["prepare"]);
});
