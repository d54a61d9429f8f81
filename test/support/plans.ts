import * as fc from "fast-check";
import type { Json } from "../../src/base/json.ts";
import { matrixVariable } from "../../src/base/matrix-variable.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";

/** Names that objects give a meaning of their own. */
export const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,6}$/).filter((text) => !PROTOTYPE_NAMES.includes(text));
const duration = fc
  .tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom("ms", "s", "m", "h"))
  .map(([n, unit]) => `${n}${unit}`);
const command = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== "" && !text.includes("\0"));
const envName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/).filter((text) => !text.startsWith("SIGNALBOX_"));

/** Any task that a file can hold, but for its needs. */
const task: fc.Arbitrary<TaskDefinition> = fc.record(
  {
    title: fc.stringMatching(/^[ -~]{1,20}$/).filter((text) => text.trim() !== ""),
    type: fc.constantFrom("feature", "bug", "my-kind"),
    run: command,
    // Axes that share a variable are a mistake.
    matrix: fc
      .dictionary(
        id,
        fc.uniqueArray(fc.oneof(fc.integer({ min: -9, max: 99 }), id), {
          minLength: 1,
          maxLength: 3,
          selector: String,
        }),
        { minKeys: 1, maxKeys: 2 },
      )
      .filter((axes) => new Set(Object.keys(axes).map(matrixVariable)).size === Object.keys(axes).length),
    attemptsMax: fc.integer({ min: 1, max: 9 }),
    backoff: fc.record(
      {
        initial: fc.constantFrom("0ms", "10ms", "1s"),
        factor: fc.constantFrom(1, 1.5, 2),
        max: fc.constantFrom("1s", "30s"),
        jitter: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    timeout: duration,
    deadline: duration,
    priority: fc.integer({ min: 0, max: 9 }),
    env: fc.dictionary(envName, command, { maxKeys: 3 }),
    files: fc.array(fc.constantFrom("src/**", "a.ts", "docs"), { maxLength: 2 }),
    estimatedHours: fc.integer({ min: 0, max: 40 }),
    metadata: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>, { maxKeys: 2 }),
    allowFailure: fc.boolean(),
    group: fc.constantFrom("inner", "outer"),
    cwd: fc.constantFrom(".", "packages/core"),
    worktree: fc.boolean(),
    prepare: command,
    verify: command,
    undo: command,
  },
  { requiredKeys: [] },
);

/** Any valid plan as a file can hold it: needs lead to tasks that stand earlier or later, never in a circle. */
export function anyPlan(tasksMax = 8): fc.Arbitrary<PlanDefinition> {
  const tasks = fc
    .uniqueArray(id, { minLength: 1, maxLength: tasksMax })
    .chain((ids) =>
      fc.tuple(
        fc.constant(ids),
        fc.array(task, { minLength: ids.length, maxLength: ids.length }),
        fc.array(fc.uniqueArray(fc.nat(99), { maxLength: 3 }), { minLength: ids.length, maxLength: ids.length }),
        fc.shuffledSubarray(ids, { minLength: ids.length }),
      ),
    );
  return fc
    .record(
      {
        groups: fc.constantFrom<NonNullable<PlanDefinition["groups"]>>(
          { inner: { group: "outer" }, outer: { onError: "settleAll" } },
          { outer: {}, inner: { onError: "failFast" } },
        ),
        liveItemsMax: fc.integer({ min: 1, max: 99 }),
        prepareItemsMax: fc.integer({ min: 1, max: 99 }),
        schedule: fc.constantFrom("as-ready", "layers", "sequential"),
        onFailure: fc.constantFrom("isolate", "fail-fast"),
        deadline: duration,
        pressure: fc.record(
          {
            memory: fc.constantFrom(0.5, 1),
            handles: fc.constantFrom(0.01, 0.8),
            eventLoopDelay: duration,
            loadPerProcessor: fc.constantFrom(0.5, 2),
            sample: fc.constantFrom("10ms", "1s"),
          },
          { requiredKeys: [] },
        ),
        worktrees: fc.record(
          {
            base: fc.constantFrom("HEAD~1", "main"),
            setup: command,
            setupTimeout: duration,
            links: fc.constantFrom(["node_modules"], []),
            ports: fc.record({ first: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
            hooks: fc.boolean(),
            keep: fc.constantFrom("work", "always", "never"),
          },
          { requiredKeys: [] },
        ),
        name: id,
      },
      { requiredKeys: ["groups"] },
    )
    .chain((head) =>
      tasks.map(([ids, bodies, needs, written]) => ({ ...head, tasks: connected(ids, bodies, needs, written) })),
    );
}

const CONDITIONS = ["settled", "failed", "passed", "missed", "done"] as const;

/** Gives each task needs among those before it in `ids`, and writes the tasks down in another order. */
function connected(
  ids: string[],
  bodies: TaskDefinition[],
  needs: number[][],
  written: string[],
): Record<string, TaskDefinition> {
  const tasks = new Map(
    ids.map((name, i) => {
      const before = i === 0 ? [] : [...new Set(needs[i]!.map((n) => ids[n % i]!))];
      const asMap = before.length === 2;
      const named = asMap
        ? Object.fromEntries(before.map((need, n) => [need, n === 0 ? CONDITIONS[i % 5]! : ("done" as const)]))
        : before;
      const when = asMap && i % 3 === 0 ? { [before[0]!]: i % 2 === 0 ? true : ["a", 1, null] } : undefined;
      return [name, { ...bodies[i]!, needs: named, ...(when !== undefined && { when }) }];
    }),
  );
  return Object.fromEntries(written.map((name) => [name, tasks.get(name)!]));
}
