/**
 * What of a machine was seen happen. One record for what tests have done, and one for what can happen at all.
 *
 * A state counts when the machine was in it, be it for a microstep; a transition when it was taken; a guard for each of its two
 * answers; a pair when its second transition was the next one after its first.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
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

  begin(snapshot: AnyMachineSnapshot, microsteps: readonly Microstep[]): void {
    this.#see(snapshot);
    this.step(microsteps);
  }

  step(microsteps: readonly Microstep[]): void {
    microsteps.forEach((microstep, at) => {
      const { before, event, transitions, after } = microstep;
      for (const transition of transitions) this.#take(transition);
      this.#see(after);
      const isEventless = transitions.some(({ eventType }) => eventType === "");
      if (before !== undefined && !isEventless) this.#judge(before, transitions, candidatesFor(event.type));
      // What happens by itself was looked for now, and is what the next microstep does.
      const next = microsteps[at + 1]?.transitions.filter(({ eventType }) => eventType === "") ?? [];
      if (after.status === "active") this.#judge(after, next, ({ always = [] }) => always);
      if (at > 0) this.follow(microsteps[at - 1]!.transitions, transitions);
    });
  }

  /** These came one after the other. */
  follow(first: readonly AnyTransitionDefinition[], second: readonly AnyTransitionDefinition[]): void {
    for (const one of this.#names(first)) for (const two of this.#names(second)) this.pairs.add(pairOf(one, two));
  }

  #names(transitions: readonly AnyTransitionDefinition[]): readonly string[] {
    return transitions.flatMap((each) => this.#declared.transitions.get(each)?.name ?? []);
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
  return ({ transitions }) => [...transitions].flatMap(([descriptor, each]) => (takes(descriptor, type) ? each : []));
}

function takes(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === "*") return true;
  return descriptor.endsWith(".*") && (type.startsWith(descriptor.slice(0, -1)) || type === descriptor.slice(0, -2));
}

export const pairOf = (first: string, second: string): string => `${first}, then ${second}`;
export const guardOf = (transition: string, answer: boolean): string =>
  `${transition} — guard ${answer ? "let it" : "did not"}`;

const records = new WeakMap<AnyStateMachine, CoverageRecord>();

/** What the tests of this process have done with the machine so far. */
export function recordOf(machine: AnyStateMachine): CoverageRecord {
  const known = records.get(machine) ?? new CoverageRecord(machine);
  records.set(machine, known);
  return known;
}
