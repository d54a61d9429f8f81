/**
 * Every state that a run can come to, nearest first, so that the way to a fault that is found is a shortest one.
 *
 * E1 A state is looked at once: `#number` knows every text that was ever put into `#states`, and texts are canonical.
 * E2 Every event is tried in every state that was expanded, also those that should be refused.
 * E3 `#from[n]` and `#by[n]` are the state and the event by which state n was first reached; both are older than n.
 */
import { isTerminal, type RunSpec, type RunSpecState } from "../../machines/run-spec.ts";
import type { Env } from "../base/env.ts";
import { StateCodec } from "./encode.ts";
import {
  brokenByStep,
  brokenIn,
  isAnonymous,
  isProgress,
  stepWorld,
  worldEvents,
  type SpecEvent,
  type SpecRules,
} from "./rules.ts";
import { canonical, sortedPlaces, type Classes } from "./symmetry.ts";

export interface ExploreOptions {
  readonly spec: RunSpec;
  readonly rules: SpecRules;
  readonly env: Env;
  readonly statesMax: number;
  /** By the monotonic clock. */
  readonly endAt: number;
  readonly classes: Classes;
}

export interface Fault {
  readonly promise: string;
  /** What happened, in order, from the planned run on. */
  readonly path: readonly SpecEvent[];
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Why it ended: everything was seen, or a limit was reached. */
  readonly ended: "complete" | "states" | "time" | "fault";
  /** How many states each outcome has. */
  readonly ends: ReadonlyMap<string, number>;
  /** Items that were claimed on some way. */
  readonly started: ReadonlySet<number>;
  readonly fault: Fault | undefined;
}

export const STUCK = "I6: from every state the run can come to an end without being stopped";
/** States between two looks at the clock. */
const STATES_A_TURN = 256;

export function explore(options: ExploreOptions): Promise<Exploration> {
  return new Explorer(options).run();
}

class Explorer {
  readonly #options: ExploreOptions;
  readonly #codec = new StateCodec();
  readonly #events: readonly SpecEvent[];
  readonly #states: string[] = [];
  readonly #number = new Map<string, number>();
  readonly #from: number[] = [];
  readonly #by: number[] = [];
  /** Pairs of states: the second can be reached from the first without anybody's help. */
  readonly #progress: number[] = [];
  readonly #ends = new Map<string, number>();
  readonly #started = new Set<number>();
  #expanded = 0;
  #transitions = 0;
  #fault: Fault | undefined;

  constructor(options: ExploreOptions) {
    this.#options = options;
    this.#events = worldEvents(options.rules, options.spec);
  }

  async run(): Promise<Exploration> {
    const { rules, spec, classes } = this.#options;
    const initial = rules.initial(spec);
    this.#add(initial, this.#textOf(initial), -1, -1);
    const limit = await this.#expandAll();
    this.#fault ??= this.#stuck();
    for (const members of classes) {
      if (members.some((item) => this.#started.has(item))) for (const item of members) this.#started.add(item);
    }
    return {
      states: this.#states.length,
      transitions: this.#transitions,
      ended: this.#fault === undefined ? limit : "fault",
      ends: this.#ends,
      started: this.#started,
      fault: this.#fault,
    };
  }

  async #expandAll(): Promise<"complete" | "states" | "time"> {
    const { env, endAt, statesMax } = this.#options;
    for (; this.#expanded < this.#states.length; this.#expanded++) {
      if (this.#states.length >= statesMax) return "states";
      if (this.#expanded % STATES_A_TURN === STATES_A_TURN - 1) {
        await env.timers.nextTurn();
        if (env.clock.monotonic() >= endAt) return "time";
      }
      this.#expand(this.#expanded);
      if (this.#fault !== undefined) break;
    }
    return "complete";
  }

  #expand(from: number): void {
    const { rules, spec } = this.#options;
    const before = this.#codec.decode(this.#states[from]!);
    for (const [by, event] of this.#events.entries()) {
      const after = stepWorld(rules, spec, before, event);
      if (after === undefined) continue;
      this.#transitions++;
      if (event.type === "claim") this.#started.add(event.item);
      const text = this.#textOf(after);
      const known = this.#number.get(text);
      const to = known ?? this.#add(after, text, from, by);
      if (isProgress(event)) this.#progress.push(from, to);
      const promise =
        brokenByStep(spec, before, after) ?? (known === undefined ? brokenIn(rules, spec, after) : undefined);
      if (promise === undefined) continue;
      this.#fault = { promise, path: this.#path(from, by) };
      return;
    }
  }

  #textOf(state: RunSpecState): string {
    const text = this.#codec.encode(state);
    return isAnonymous(state) ? canonical(text, this.#options.classes) : text;
  }

  /** `state` need not be canonical: only what does not change with the order of items is read. */
  #add(state: RunSpecState, text: string, from: number, by: number): number {
    const number = this.#states.push(text) - 1;
    this.#number.set(text, number);
    this.#from.push(from);
    this.#by.push(by);
    if (isTerminal(state)) this.#ends.set(state.run, (this.#ends.get(state.run) ?? 0) + 1);
    return number;
  }

  /** The first state from which no end can be reached. Where exploration stopped early, an end may lie beyond. */
  #stuck(): Fault | undefined {
    const into = new Rows(this.#states.length, this.#progress);
    const saved = new Uint8Array(this.#states.length);
    const open: number[] = [];
    const save = (state: number): void => {
      if (saved[state] === 1) return;
      saved[state] = 1;
      open.push(state);
    };
    for (const [state, text] of this.#states.entries()) {
      if (state >= this.#expanded || isTerminal(this.#codec.decode(text))) save(state);
    }
    for (let state = open.pop(); state !== undefined; state = open.pop()) into.each(state, save);
    const stuck = saved.indexOf(0);
    return stuck < 0 ? undefined : { promise: STUCK, path: this.#path(this.#from[stuck]!, this.#by[stuck]!) };
  }

  /**
   * The way to a state and one event more, with the items as the plan has them: every state on the way was exchanged for the one
   * that is taken for it, and `names` keeps account of which item stands where after that.
   */
  #path(last: number, by: number): SpecEvent[] {
    const way: number[] = [];
    for (let state = last; state > 0; state = this.#from[state]!) way.unshift(this.#by[state]!);
    const { rules, spec, classes } = this.#options;
    let state = rules.initial(spec);
    let names = spec.needs.map((_, item) => item);
    return [...way, by].map((number) => {
      const event = this.#events[number]!;
      const named = "item" in event ? { ...event, item: names[event.item]! } : event;
      state = stepWorld(rules, spec, state, event)!;
      if (isAnonymous(state)) {
        const places = sortedPlaces(this.#codec.encode(state), classes);
        names = places.map((place) => names[place]!);
        state = { ...state, items: places.map((place) => state.items[place]!) };
      }
      return named;
    });
  }
}

/** Edges by their target. */
class Rows {
  readonly #start: Int32Array;
  readonly #values: Int32Array;

  constructor(size: number, pairs: readonly number[]) {
    this.#start = new Int32Array(size + 1);
    for (let at = 1; at < pairs.length; at += 2) this.#start[pairs[at]! + 1]!++;
    for (let row = 0; row < size; row++) this.#start[row + 1]! += this.#start[row]!;
    const free = this.#start.slice();
    this.#values = new Int32Array(pairs.length / 2);
    for (let at = 0; at < pairs.length; at += 2) this.#values[free[pairs[at + 1]!]!++] = pairs[at]!;
  }

  each(row: number, take: (value: number) => void): void {
    for (let at = this.#start[row]!; at < this.#start[row + 1]!; at++) take(this.#values[at]!);
  }
}
