/** Specifications of runs as plans, and random ones of needs with conditions, joins, `when` and groups. */
import * as fc from "fast-check";
import type { RunSpec } from "../../machines/run-spec.ts";
import type { SpecCondition, SpecEdges, SpecGroup, SpecWhen } from "../../machines/run-spec-edges.ts";
import type { GroupDefinition, Plan, PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";

const keyOf = (item: number): string => `t${item}`;

/** A plan whose items are `t0`, `t1`, …; the output of each is its own key. */
export function definitionOf(spec: RunSpec, timeouts: readonly number[]): PlanDefinition {
  const tasks = spec.needs.map((_, item): [string, TaskDefinition] => [keyOf(item), taskOf(spec, timeouts, item)]);
  const groups = (spec.edges?.groups ?? []).map(({ onError, race, group }, number): [string, GroupDefinition] => [
    groupName(number),
    {
      onError,
      ...(race !== undefined && { race: keyOf(race) }),
      ...(group !== undefined && { group: groupName(group) }),
    },
  ]);
  return { tasks: Object.fromEntries(tasks), ...(groups.length > 0 && { groups: Object.fromEntries(groups) }) };
}

/** Fewer than ten, so that their names sort as their numbers do. */
const groupName = (number: number): string => `g${number}`;

function taskOf(
  { needs, edges = {}, attemptsMax, unclaimed, undo, verify }: RunSpec,
  timeouts: readonly number[],
  item: number,
): TaskDefinition {
  const conditions = edges.conditions?.[item];
  const when = edges.when?.[item];
  const group = edges.groupOf?.[item];
  const join = edges.joins?.[item];
  const values =
    when === "either"
      ? []
      : (when ?? []).map(({ need, wants }) => [keyOf(need), wants === "output" ? keyOf(need) : "never"]);
  return {
    needs:
      conditions === undefined
        ? needs[item]!.map(keyOf)
        : Object.fromEntries(needs[item]!.map((need, i) => [keyOf(need), conditions[i]!])),
    ...(values.length > 0 && { when: Object.fromEntries(values) as Record<string, string> }),
    ...(group !== undefined && { group: groupName(group) }),
    ...(edges.allowFailure?.[item] === true && { allowFailure: true }),
    ...(undo?.[item] === true && join === undefined && { undo: "undo" }),
    ...(join !== undefined
      ? { join }
      : {
          ...(!(unclaimed ?? []).includes(item) && { run: "x" }),
          ...(verify?.[item] === true && { verify: "check" }),
          attemptsMax,
          timeout: timeouts[item]!,
        }),
  };
}

/** The same edges in the numbers of the plan. */
export function numberedEdges({ needs, edges = {} }: RunSpec, plan: Plan): SpecEdges {
  const old = plan.tasks.map(({ key }) => Number(key.slice(1)));
  const number = (item: number): number => plan.numberOf(keyOf(item))!;
  const taken = <T>(list: readonly T[] | undefined): T[] => old.map((item) => list?.[item] as T);
  return {
    conditions: old.map((item) => edges.conditions?.[item] ?? needs[item]!.map(() => "done" as const)),
    when: taken(edges.when).map((when) =>
      when === undefined || when === "either"
        ? when
        : when.map(({ need, wants }): SpecWhen => ({ need: number(need), wants })),
    ),
    joins: taken(edges.joins),
    allowFailure: taken(edges.allowFailure),
    groupOf: taken(edges.groupOf),
    groups: (edges.groups ?? []).map((group) => ({
      ...group,
      ...(group.race !== undefined && { race: number(group.race) }),
    })),
  };
}

const CONDITIONS: readonly SpecCondition[] = ["done", "settled", "failed", "passed", "missed"];

/** Everything that needs can be, each some of the time. */
export function edgesOf(needs: readonly (readonly number[])[]): fc.Arbitrary<SpecEdges> {
  const each = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: needs.length, maxLength: needs.length });
  const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, value);
  const group = fc.record({
    onError: fc.constantFrom("failFast" as const, "settleAll" as const),
    group: fc.option(fc.nat(1), { nil: undefined }),
    races: fc.boolean(),
  });
  return fc
    .record({
      conditions: each(fc.array(fc.nat(6), { minLength: 3, maxLength: 3 })),
      when: each(
        rarely(fc.tuple(fc.nat(2), fc.constantFrom("output" as const, "output" as const, "another" as const))),
      ),
      joins: each(rarely(fc.constantFrom("all" as const, "any" as const))),
      allowFailure: each(fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, fc.constant(true))),
      groups: fc.array(group, { maxLength: 3 }),
      groupOf: each(fc.option(fc.nat(2), { nil: undefined })),
    })
    .map((drawn): SpecEdges => {
      const joins = drawn.joins.map((join, item) => (join === "any" && needs[item]!.length === 0 ? "all" : join));
      const groupOf = drawn.groupOf.map((at) => (at !== undefined && at < drawn.groups.length ? at : undefined));
      return {
        // Half of them plain, so that something gets done.
        conditions: needs.map((list, item) => list.map((_, i) => CONDITIONS[drawn.conditions[item]![i]!] ?? "done")),
        when: drawn.when.map((when, item) => whenAmong(needs[item]!, when)),
        joins,
        allowFailure: drawn.allowFailure,
        groupOf,
        groups: drawn.groups.map((_, number) => groupAmong(needs, joins, groupOf, drawn.groups, number)),
      };
    });
}

function whenAmong(needs: readonly number[], drawn: [number, SpecWhen["wants"]] | undefined): SpecWhen[] | undefined {
  if (drawn === undefined || needs.length === 0) return undefined;
  return [{ need: needs[drawn[0] % needs.length]!, wants: drawn[1] }];
}

type DrawnGroup = Omit<SpecGroup, "race" | "group"> & { readonly group: number | undefined; readonly races: boolean };

/** Groups stand behind those around them; a race is ended by a join that waits for members only. */
function groupAmong(
  needs: readonly (readonly number[])[],
  joins: readonly ("all" | "any" | undefined)[],
  groupOf: readonly (number | undefined)[],
  groups: readonly DrawnGroup[],
  number: number,
): SpecGroup {
  const around = (at: number): number | undefined => {
    const group = groups[at]!.group;
    return group !== undefined && group < at ? group : undefined;
  };
  const isInside = (item: number): boolean => {
    let at = groupOf[item];
    while (at !== undefined && at !== number) at = around(at);
    return at === number;
  };
  const { onError, races } = groups[number]!;
  const race = races ? joins.findIndex((join, item) => join === "any" && needs[item]!.every(isInside)) : -1;
  const group = around(number);
  return { onError, ...(race >= 0 && { race }), ...(group !== undefined && { group }) };
}
