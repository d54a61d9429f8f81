/**
 * What of a machine was seen happen. One record for what tests have done, and one for what can happen at all.
 *
 * A state counts when the machine was in it, be it for a microstep; a transition when it was taken; a guard for each of its two
 * answers; a pair when its second transition was the next one after its first, however long that took.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { matches } from "../model/descriptors.ts";
import type { Microstep } from "../model/pure-machine.ts";
import { declaredBy, type Declared } from "./declared.ts";

export class CoverageRecord {
  readonly machine: AnyStateMachine;
  readonly states = new Set<string>();
  readonly transitions = new Map<string, number>();
  readonly guards = new Set<string>();
  readonly pairs = new Set<string>();
  readonly #declared: Declared;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.#declared = declaredBy(machine);
  }

  /** Answers the transitions that came last, by name. */
  begin(snapshot: AnyMachineSnapshot, microsteps: readonly Microstep[]): readonly string[] {
    this.#see(snapshot);
    return this.step(microsteps, []);
  }

  /** `last`: what came before it, by name. Answers what came last now. */
  step(microsteps: readonly Microstep[], last: readonly string[]): readonly string[] {
    microsteps.forEach((microstep, at) => {
      const { before, event, transitions, after } = microstep;
      for (const transition of transitions) this.#take(transition);
      this.#see(after);
      const isEventless = transitions.some(({ eventType }) => eventType === "");
      if (before !== undefined && !isEventless) this.#judge(before, transitions, candidatesFor(event.type));
      // What happens by itself was looked for now, and is what the next microstep does.
      const next = microsteps[at + 1]?.transitions.filter(({ eventType }) => eventType === "") ?? [];
      if (after.status === "active") this.#judge(after, next, ({ always = [] }) => always);
    });
    const { first, end, inside } = takenIn(this.machine, microsteps);
    for (const pair of [...pairsOf(last, first), ...inside]) this.pairs.add(pair);
    return end ?? last;
  }

  /** These came one after the other. */
  follow(last: readonly string[], first: readonly string[]): void {
    for (const pair of pairsOf(last, first)) this.pairs.add(pair);
  }

  #see({ _nodes }: AnyMachineSnapshot): void {
    for (const node of _nodes) this.#enter(node);
  }

  #enter(node: AnyStateNode): void {
    const path = this.#declared.states.get(node);
    if (path !== undefined) this.states.add(path);
  }

  #take(transition: AnyTransitionDefinition): void {
    const name = this.#declared.transitions.get(transition)?.name;
    if (name !== undefined) this.transitions.set(name, (this.transitions.get(name) ?? 0) + 1);
    // Where a machine begins it may leave a state in the step in which it came to it.
    for (let node: AnyStateNode | undefined = transition.source; node !== undefined; node = node.parent)
      this.#enter(node);
  }

  /** The candidates of a state before the one that was taken had guards that said no; further out, when none was taken. */
  #judge(
    { _nodes }: AnyMachineSnapshot,
    taken: readonly AnyTransitionDefinition[],
    candidatesOf: (node: AnyStateNode) => readonly AnyTransitionDefinition[],
  ): void {
    for (const leaf of _nodes.filter(({ states }) => Object.keys(states as object).length === 0)) {
      for (let node: AnyStateNode | undefined = leaf; node !== undefined; node = node.parent)
        if (this.#judgeOne(candidatesOf(node), taken)) break;
    }
  }

  #judgeOne(candidates: readonly AnyTransitionDefinition[], taken: readonly AnyTransitionDefinition[]): boolean {
    for (const candidate of candidates) {
      const isTaken = taken.includes(candidate);
      const name = this.#declared.transitions.get(candidate)?.name;
      if (candidate.guard !== undefined && name !== undefined) this.guards.add(guardOf(name, isTaken));
      if (isTaken || candidate.guard === undefined) return true;
    }
    return false;
  }
}

function candidatesFor(type: string): (node: AnyStateNode) => readonly AnyTransitionDefinition[] {
  return ({ transitions }) => [...transitions].flatMap(([descriptor, each]) => (matches(descriptor, type) ? each : []));
}

/** The transitions of a step, by name. */
export interface TakenTransitions {
  /** Those that came first. */
  readonly first: readonly string[];
  /** Those that came last; `undefined` when there were none, and what came before is still the last. */
  readonly end: readonly string[] | undefined;
  readonly inside: readonly string[];
}

export function takenIn(machine: AnyStateMachine, microsteps: readonly Microstep[]): TakenTransitions {
  const { transitions } = declaredBy(machine);
  const inside: string[] = [];
  let first: readonly string[] = [];
  let end: readonly string[] | undefined;
  for (const microstep of microsteps) {
    const names = microstep.transitions.flatMap((each) => transitions.get(each)?.name ?? []);
    if (names.length === 0) continue;
    if (end === undefined) first = names;
    else inside.push(...pairsOf(end, names));
    end = names;
  }
  return { first, end, inside };
}

export function pairsOf(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.flatMap((one) => second.map((two) => `${one}, then ${two}`));
}

export const guardOf = (transition: string, answer: boolean): string =>
  `${transition} — guard ${answer ? "let it" : "did not"}`;

const records = new WeakMap<AnyStateMachine, CoverageRecord>();

/** What the tests of this process have done with the machine so far. */
export function recordOf(machine: AnyStateMachine): CoverageRecord {
  const known = records.get(machine) ?? new CoverageRecord(machine);
  records.set(machine, known);
  return known;
}
