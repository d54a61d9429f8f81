/**
 * Is there an order of these operations, each at one moment between its call and its return, in which a sequential object would
 * have given the same answers? (Herlihy and Wing's linearizability, decided by following every configuration that is still
 * possible: Lowe's just-in-time search.)
 *
 * C1 An operation takes effect between its call and its return. One whose answer nobody got returns at `Infinity`: it took effect
 *    at some time after its call, or never.
 * C2 `illegal` is said only when no order is left; `unknown` when the search would take more than `configurationsMax`.
 */

export interface Operation<I, O> {
  /** Times of one clock. */
  readonly called: number;
  /** `Infinity`: its answer was never seen. */
  readonly returned: number;
  readonly input: I;
  /** `undefined`: its answer was never seen. */
  readonly output: O | undefined;
}

/** A sequential object. */
export interface Model<S, I, O> {
  readonly first: S;
  /** The state after the operation; `undefined` when it could not have answered this in this state. */
  readonly step: (state: S, input: I, output: O | undefined) => S | undefined;
  /** Equal for equal states. */
  readonly keyOf: (state: S) => string;
  /** Whether an operation without an answer can do nothing any more, whatever comes. Sooner told, less to search. */
  readonly isSpent: (state: S, input: I) => boolean;
}

export type Verdict<I, O> =
  | { readonly verdict: "legal" }
  | { readonly verdict: "unknown" }
  /** `at` is the operation whose return no order explains. */
  | { readonly verdict: "illegal"; readonly at: Operation<I, O> };

interface Configuration<S> {
  readonly state: S;
  /** Operations that are called and have not taken effect: numbers in order. */
  readonly open: readonly number[];
}

interface Edge {
  readonly time: number;
  readonly isReturn: boolean;
  readonly number: number;
}

const CONFIGURATIONS_MAX = 200_000;

export function checkHistory<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
  configurationsMax = CONFIGURATIONS_MAX,
): Verdict<I, O> {
  const search = new Search(model, history, configurationsMax);
  for (const { isReturn, number } of edgesOf(history)) {
    if (!isReturn) search.call(number);
    else if (!search.return(number)) return { verdict: "illegal", at: history[number]! };
    if (search.isTooLarge) return { verdict: "unknown" };
  }
  return { verdict: "legal" };
}

/** Calls before returns of the same moment: what cannot be told apart counts as overlapping. */
function edgesOf(history: readonly Operation<unknown, unknown>[]): Edge[] {
  const edges: Edge[] = history.flatMap(({ called, returned }, number) => {
    const call = { time: called, isReturn: false, number };
    return returned === Infinity ? [call] : [call, { time: returned, isReturn: true, number }];
  });
  return edges.sort((a, b) => a.time - b.time || Number(a.isReturn) - Number(b.isReturn));
}

class Search<S, I, O> {
  readonly #model: Model<S, I, O>;
  readonly #history: readonly Operation<I, O>[];
  readonly #max: number;
  #possible: readonly Configuration<S>[];
  isTooLarge = false;

  constructor(model: Model<S, I, O>, history: readonly Operation<I, O>[], max: number) {
    this.#model = model;
    this.#history = history;
    this.#max = max;
    this.#possible = [{ state: model.first, open: [] }];
  }

  call(number: number): void {
    this.#possible = this.#possible.map(({ state, open }) => ({ state, open: [...open, number] }));
  }

  /** Lets it take effect now at the latest; `false` when it could not have. */
  return(number: number): boolean {
    const reached = new Map<string, Configuration<S>>();
    const left = new Map<string, Configuration<S>>();
    const queue = [...this.#possible];
    for (const each of queue) {
      if (reached.size + left.size > this.#max) {
        this.isTooLarge = true;
        return true;
      }
      if (!each.open.includes(number)) {
        this.#put(left, each);
        continue;
      }
      for (const next of each.open) {
        const after = this.#after(each, next);
        if (after === undefined) continue;
        if (next === number) this.#put(left, after);
        else if (this.#put(reached, after)) queue.push(after);
      }
    }
    this.#possible = [...left.values()];
    return left.size > 0;
  }

  #after({ state, open }: Configuration<S>, number: number): Configuration<S> | undefined {
    const { input, output } = this.#history[number]!;
    const next = this.#model.step(state, input, output);
    return next === undefined ? undefined : { state: next, open: open.filter((other) => other !== number) };
  }

  #put(into: Map<string, Configuration<S>>, { state, open }: Configuration<S>): boolean {
    const live = open.filter((number) => !this.#isSpent(state, number));
    const key = `${this.#model.keyOf(state)}|${live.join()}`;
    if (into.has(key)) return false;
    into.set(key, { state, open: live });
    return true;
  }

  #isSpent(state: S, number: number): boolean {
    const { input, returned } = this.#history[number]!;
    return returned === Infinity && this.#model.isSpent(state, input);
  }
}
