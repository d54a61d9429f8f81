/** What has to be true of the states of a machine: in each, and in the order in which they come. */
import type { AnyMachineSnapshot } from "xstate";
import { messageOf } from "../../base/error-message.ts";
import type { StateGraph } from "../model/explore.ts";

/** `false`, or an error thrown, says that it is not so. */
export type Predicate<TSnapshot = AnyMachineSnapshot> = (snapshot: TSnapshot) => unknown;

/** What has to be true of whole walks; made by `always`, `never`, `eventually` and `until`. */
export interface Temporal<TSnapshot = AnyMachineSnapshot> {
  readonly words: string;
  /** The first node that breaks it. Every way has been looked at: this decides. */
  readonly brokenIn: (graph: StateGraph) => number | undefined;
  /** The place in a walk at which it is broken. `ended`: nothing can follow. Where more may follow, what is still to come is no fault. */
  readonly brokenAt: (walk: readonly TSnapshot[], ended: boolean) => number | undefined;
}

/** In every state. */
export function always<TSnapshot = AnyMachineSnapshot>(is: Predicate<TSnapshot>): Temporal<TSnapshot> {
  const breaks = (snapshot: unknown): boolean => !holds(is, snapshot);
  return { words: "to be so always", ...stateByState(breaks) };
}

/** In no state. */
export function never<TSnapshot = AnyMachineSnapshot>(is: Predicate<TSnapshot>): Temporal<TSnapshot> {
  return { words: "to be so never", ...stateByState((snapshot) => holds(is, snapshot)) };
}

/** From every state some way leads to one in which it is so: nothing is a trap. A walk that has ended must have come to one. */
export function eventually<TSnapshot = AnyMachineSnapshot>(is: Predicate<TSnapshot>): Temporal<TSnapshot> {
  return {
    words: "to be so sooner or later",
    brokenIn: ({ nodes }) => {
      const into = nodes.map((): number[] => []);
      for (const { edges } of nodes) for (const { from, to } of edges) into[to]!.push(from);
      const saved = new Set(nodes.filter(({ state }) => holds(is, state.snapshot)).map(({ number }) => number));
      // Goes on to what is added meanwhile.
      for (const number of saved) for (const from of into[number]!) saved.add(from);
      return nodes.find(({ number }) => !saved.has(number))?.number;
    },
    brokenAt: (walk, ended) => (ended && !walk.some((snapshot) => holds(is, snapshot)) ? walk.length - 1 : undefined),
  };
}

/** `is` holds in every state until one comes in which `end` does, if one comes. */
export function until<TSnapshot = AnyMachineSnapshot>(
  is: Predicate<TSnapshot>,
  end: Predicate<TSnapshot>,
): Temporal<TSnapshot> {
  return {
    words: "to be so until the other is",
    brokenIn: ({ nodes }) => {
      const reached = new Set([0]);
      for (const number of reached) {
        const { state, edges } = nodes[number]!;
        if (holds(end, state.snapshot)) continue;
        if (!holds(is, state.snapshot)) return number;
        for (const { to } of edges) reached.add(to);
      }
      return undefined;
    },
    brokenAt: (walk) => {
      const first = walk.findIndex((snapshot) => holds(end, snapshot) || !holds(is, snapshot));
      return first < 0 || holds(end, walk[first]) ? undefined : first;
    },
  };
}

function stateByState(breaks: (snapshot: unknown) => boolean): Pick<Temporal<unknown>, "brokenIn" | "brokenAt"> {
  const first = (found: number): number | undefined => (found < 0 ? undefined : found);
  return {
    brokenIn: ({ nodes }) => first(nodes.findIndex(({ state }) => breaks(state.snapshot))),
    brokenAt: (walk) => first(walk.findIndex(breaks)),
  };
}

function holds<TSnapshot>(is: Predicate<TSnapshot>, snapshot: unknown): boolean {
  try {
    return is(snapshot as TSnapshot) !== false;
  } catch {
    return false;
  }
}

export interface Oracles {
  readonly invariant?: Predicate<never> | Readonly<Record<string, Predicate<never>>> | undefined;
  readonly temporal?: Readonly<Record<string, Temporal<never>>> | undefined;
}

/** What the invariants say of a state: the first that does not hold, in words. */
export function brokenInvariant({ invariant }: Oracles, snapshot: AnyMachineSnapshot): string | undefined {
  const named = typeof invariant === "function" ? { "the invariant": invariant } : (invariant ?? {});
  for (const [name, is] of Object.entries(named)) {
    try {
      if (is(snapshot as never) === false) return `${name} to hold`;
    } catch (error) {
      return `${name} to hold: ${messageOf(error)}`;
    }
  }
  return undefined;
}
