/** How much of a machine the tests have seen, against what it declares and what of that can happen. */
import type { AnyStateMachine } from "xstate";
import { SignalboxError } from "../../base/errors.ts";
import { coverageDiagram } from "./coverage-diagram.ts";
import type { Covered } from "./covered.ts";
import { declaredBy } from "./declared.ts";
import { guardOf, recordOf, type CoverageRecord } from "./record.ts";
import { reachableOf } from "./reachable.ts";

/** What the tests of this process have seen of a machine. */
export interface Coverage {
  readonly machine: string;
  /** By path, such as `editing.name`. */
  readonly states: Covered;
  /** Such as `cart: PAY [hasItems] → paying`. */
  readonly transitions: Covered;
  /** Each guard twice: that it let its transition happen, and that it did not. */
  readonly guards: Covered;
  /** Each two transitions that can come one after the other. */
  readonly pairs: Covered;
  /** For people: a line for each kind, and what is missing. */
  toString(): string;
  toJSON(): object;
  /** A Mermaid flowchart: green is covered, red is missing, grey cannot happen; edges say how often they were taken. */
  toMermaid(): string;
}

/** Least ratio of each kind, from 0 to 1. What is not named is not looked at. */
export interface CoverageGoal {
  readonly states?: number;
  readonly transitions?: number;
  readonly guards?: number;
  readonly pairs?: number;
}

const KINDS = ["states", "transitions", "guards", "pairs"] as const;
const MISSING_SHOWN = 20;

/** What the tests of this process have seen of the machine so far. Ask after they ran: in `afterAll`, or in the last test. */
export function coverage(machine: AnyStateMachine): Coverage {
  const declared = declaredBy(machine);
  const reachable = reachableOf(machine);
  const seen = recordOf(machine);
  const transitions = [...declared.transitions.values()];
  const guards = transitions.flatMap(({ name, guard }) =>
    guard === undefined ? [] : [guardOf(name, true), guardOf(name, false)],
  );
  const ofKind = (names: readonly string[], pick: (record: CoverageRecord) => Iterable<string>): Covered =>
    counted(names, new Set(pick(seen)), reachable && new Set(reachable.flatMap((each) => [...pick(each)])));
  const kinds = {
    states: ofKind([...declared.states.values()], ({ states }) => states),
    transitions: ofKind(
      transitions.map(({ name }) => name),
      (record) => record.transitions.keys(),
    ),
    guards: ofKind(guards, (record) => record.guards),
    pairs: ofKind([...new Set(reachable?.flatMap(({ pairs }) => [...pairs]))], ({ pairs }) => pairs),
  };
  return {
    machine: machine.id,
    ...kinds,
    toString: () => inWords(machine.id, kinds),
    toJSON: () => ({ machine: machine.id, ...kinds, taken: Object.fromEntries(seen.transitions) }),
    toMermaid: () => coverageDiagram(machine, kinds, seen.transitions),
  };
}

function counted(
  declared: readonly string[],
  seen: ReadonlySet<string>,
  reachable: ReadonlySet<string> | undefined,
): Covered {
  const can = declared.filter((name) => reachable === undefined || reachable.has(name) || seen.has(name));
  const missing = can.filter((name) => !seen.has(name));
  const covered = can.length - missing.length;
  return {
    covered,
    total: can.length,
    ratio: can.length === 0 ? 1 : covered / can.length,
    missing,
    unreachable: reachable === undefined ? [] : declared.filter((name) => !can.includes(name)),
  };
}

function inWords(machine: string, kinds: Readonly<Record<(typeof KINDS)[number], Covered>>): string {
  const lines = KINDS.flatMap((kind) => {
    const { covered, total, ratio, missing, unreachable } = kinds[kind];
    return [
      `  ${kind.padEnd(11)} ${covered} of ${total} (${Math.floor(ratio * 100)} %)`,
      ...shown(missing, "missing"),
      ...shown(unreachable, "cannot happen"),
    ];
  });
  return [`Coverage of machine ${machine}`, ...lines].join("\n");
}

function shown(names: readonly string[], what: string): readonly string[] {
  const rest = names.length - MISSING_SHOWN;
  const more = rest > 0 ? [`    … and ${rest} more ${what}`] : [];
  return [...names.slice(0, MISSING_SHOWN).map((name) => `    ${what}: ${name}`), ...more];
}

/** What keeps the coverage from the goal; nothing when it is reached. */
function shortOf(reached: Coverage, goal: CoverageGoal): readonly string[] {
  return KINDS.filter((kind) => goal[kind] !== undefined && reached[kind].ratio < goal[kind]);
}

/**
 * Fails when less was covered: the same as `expect(coverage(machine)).toCover(goal)`, for any test runner.
 * @throws SignalboxError (`model_test_failed`) with the report
 */
export function assertCoverage(reached: Coverage, goal: CoverageGoal): void {
  const short = shortOf(reached, goal);
  if (short.length > 0) throw new SignalboxError("model_test_failed", complaint(reached, goal, short));
}

function complaint(reached: Coverage, goal: CoverageGoal, short: readonly string[]): string {
  const wanted = Object.entries(goal).map(([kind, ratio]) => `${Math.ceil(Number(ratio) * 100)} % of ${kind}`);
  return `expected the tests to cover ${wanted.join(" and ")}, got less ${short.join(" and ")}\n${reached.toString()}`;
}

/** For `expect.extend(coverageMatchers)` of vitest: adds `expect(coverage(machine)).toCover({ states: 1, transitions: 1 })`. */
export const coverageMatchers = {
  toCover(received: Coverage, goal: CoverageGoal): { readonly pass: boolean; readonly message: () => string } {
    const short = shortOf(received, goal);
    return {
      pass: short.length === 0,
      message: () =>
        short.length > 0 ? complaint(received, goal, short) : `expected less to be covered\n${received.toString()}`,
    };
  },
};
