/**
 * The plan that a step turns into, while it grows.
 *
 * E1 Every key is given once; who asks for one that is taken is noted as a problem, with both places.
 * E2 Tasks are added in the order in which they are written, each join after what it joins: so the plan keeps that order.
 */
import { combinedKey, type MatrixFrame } from "./combination-keys.ts";
import { markCombination } from "../check/matrix.ts";
import { pathText, type Findings } from "../check/findings.ts";
import { quote } from "../check/names.ts";
import type { GroupDefinition, GroupPolicy, JoinKind, PlanDefinition, TaskDefinition } from "../plan.ts";
import type { Gate } from "./gate.ts";
import { stepsTo, type Place } from "./place.ts";
import type { RetryNode, TaskNode } from "./step.ts";

/** What a step is told by those around it. */
export interface Around {
  readonly place: Place;
  readonly group: string | undefined;
  /** What the nearest group does when a member fails. */
  readonly policy: GroupPolicy | undefined;
  readonly retry: RetryNode | undefined;
  readonly matrix: MatrixFrame | undefined;
  /** A failure is one, whatever the task says. */
  readonly mustBeDone: boolean;
}

/** Where an id was used first, and with values of which axes. */
interface FirstUse {
  readonly place: Place;
  readonly axes: string;
}

export class Emission {
  readonly tasks: Record<string, TaskDefinition> = Object.create(null);
  readonly groups: Record<string, GroupDefinition> = Object.create(null);
  /** Something was noted: not every key means what it should. */
  broken = false;
  readonly #findings: Findings;
  readonly #keys = new Map<string, Place>();
  readonly #ids = new Map<string, FirstUse>();
  readonly #noted = new WeakSet<Place>();
  readonly #counts = new Map<string, number>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** The number of the next step of this kind, from 1. */
  count(kind: string): number {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count;
  }

  /** Adds a task that a user wrote. Answers its key. */
  addTask(node: TaskNode, gate: Gate, around: Around): string {
    const { key, values, axisTwice } = combinedKey(node.id, around.matrix);
    if (axisTwice !== undefined) this.#axisTwice(around.place, axisTwice);
    const axes = Object.keys(values ?? {}).join();
    const first = this.#ids.get(node.id);
    if (first === undefined) this.#ids.set(node.id, { place: around.place, axes });
    else if (first.axes !== axes) this.#again(node.id, around.place, first.place);
    if (!this.claim(key, around.place)) return key;
    const definition: TaskDefinition = {
      ...node.definition,
      ...retriesOf(node, around.retry),
      ...edgesOf(gate, around),
      ...(node.definition.allowFailure === true && around.mustBeDone && { allowFailure: false }),
    };
    this.tasks[key] = values === undefined ? definition : markCombination(definition, { id: node.id, values });
    return key;
  }

  /** Adds a task that does nothing itself. Answers its key. */
  addJoin(key: string, join: JoinKind, gate: Gate, around: Around): string {
    if (this.claim(key, around.place)) this.tasks[key] = { join, ...edgesOf(gate, around) };
    return key;
  }

  /** The group that a task was put into. */
  groupOf(key: string): string | undefined {
    return this.tasks[key]?.group;
  }

  addGroup(name: string, group: GroupDefinition, around: Around): void {
    if (this.claim(name, around.place))
      this.groups[name] = around.group === undefined ? group : { ...group, group: around.group };
  }

  /** Takes a key for the step at this place; false when another step has it, which is then noted. */
  claim(key: string, place: Place): boolean {
    const before = this.#keys.get(key);
    if (before === undefined) this.#keys.set(key, place);
    else if (before !== place) this.#again(key, place, before);
    return before === undefined || before === place;
  }

  #again(name: string, place: Place, first: Place): void {
    if (this.#noted.has(place)) return;
    this.#noted.add(place);
    this.broken = true;
    if (this.#findings.countOnly()) return;
    this.#findings.addAt(
      stepsTo(place),
      "each id once",
      `${quote(name)} again, which is taken at ${pathText(stepsTo(first)) || "the top"}`,
      "rename one of the two",
    );
  }

  #axisTwice(place: Place, axis: string): void {
    this.broken = true;
    this.#findings.addAt(
      stepsTo(place),
      "each axis once in matrices inside each other",
      quote(axis),
      "rename one of the two",
    );
  }
}

/** The definition of a plan with these tasks and groups. Of a broken one only what can still be judged: each task by itself. */
export function definitionOf({ tasks, groups, broken }: Emission): Pick<PlanDefinition, "tasks" | "groups"> {
  if (broken) return { tasks: Object.fromEntries(Object.entries(tasks).flatMap(aloneOf)) };
  return Object.keys(groups).length === 0 ? { tasks } : { tasks, groups };
}

function aloneOf([key, task]: [string, TaskDefinition]): [string, TaskDefinition][] {
  if (task.join !== undefined) return [];
  const { needs: _needs, when: _when, group: _group, ...alone } = task;
  return [[key, alone]];
}

function edgesOf({ needs, when }: Gate, { group }: Around): TaskDefinition {
  const allDone = [...needs.values()].every((condition) => condition === "done");
  const written = allDone ? [...needs.keys()] : mapOf(needs);
  return {
    ...(needs.size > 0 && { needs: written }),
    ...(when !== undefined && { when: mapOf(when) }),
    ...(group !== undefined && { group }),
  };
}

/** Keys are the user's words. */
function mapOf<T>(entries: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  const map: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** The nearest `retry` around a task, unless the task says itself how often it is tried. */
function retriesOf({ definition }: TaskNode, retry: RetryNode | undefined): TaskDefinition {
  if (retry === undefined || definition.attemptsMax !== undefined) return {};
  const backoff = definition.backoff ?? retry.backoff;
  return { attemptsMax: retry.attemptsMax, ...(backoff !== undefined && { backoff }) };
}
