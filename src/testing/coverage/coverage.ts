/** How much of a machine the tests have seen, against what it declares and what of that can happen. */
import type { AnyStateMachine } from "xstate";
import { SignalboxError, UsageError } from "../../base/errors.ts";
import { coverageDiagram } from "./coverage-diagram.ts";
import type { Covered } from "./covered.ts";
import { declaredBy } from "./declared.ts";
import { guardOf, recordOf, type CoverageRecord } from "./record.ts";
import { reachableOf } from "./reachable.ts";

/** What the tests of this process have seen of a machine. */
export interface Coverage {
  readonly machine: string;
  /** Whether it is known what can happen at all: `testPaths` and its like explore, walks at random do not. */
  readonly explored: boolean;
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
  /**
   * States and transitions, by name, that may be out of reach with the events and outcomes of the tests: each other one must be within
   * reach. Default: it is not looked at, and what cannot happen need not be covered.
   */
  readonly unreachable?: readonly string[];
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
    explored: reachable !== undefined,
    ...kinds,
    toString: () => inWords(machine.id, kinds),
    toJSON: () => ({
      machine: machine.id,
      explored: reachable !== undefined,
      ...kinds,
      taken: Object.fromEntries(seen.transitions),
    }),
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

/** What keeps the coverage from the goal, in words; nothing when it is reached. */
function shortOf(reached: Coverage, goal: CoverageGoal): readonly string[] {
  checkGoal(reached, goal);
  const less = KINDS.filter((kind) => goal[kind] !== undefined && reached[kind].ratio < goal[kind]);
  const { unreachable: allowed } = goal;
  const cut = [...reached.states.unreachable, ...reached.transitions.unreachable];
  const strange = allowed === undefined ? [] : cut.filter((name) => !allowed.includes(name));
  return [
    ...(less.length > 0 ? [`less ${less.join(" and ")}`] : []),
    ...(strange.length > 0 ? [`${strange.length} out of reach (${strange.join("; ")})`] : []),
  ];
}

/** A goal that is not looked at would be reached whatever happens. */
function checkGoal({ machine, explored }: Coverage, goal: CoverageGoal): void {
  const names: readonly string[] = [...KINDS, "unreachable"];
  const strange = Object.keys(goal).filter((name) => !names.includes(name));
  if (strange.length > 0) throw new UsageError(`expected a goal of ${names.join(", ")}, got ${strange.join(", ")}`);
  for (const kind of KINDS) {
    const ratio = goal[kind];
    if (ratio !== undefined && !(ratio >= 0 && ratio <= 1))
      throw new UsageError(`expected a goal for ${kind} from 0 to 1, got ${ratio}`);
  }
  if (explored || (goal.pairs === undefined && goal.unreachable === undefined)) return;
  const kind = goal.pairs === undefined ? "cannot happen" : "pairs there are";
  throw new UsageError(
    `expected machine ${machine} to be explored before it is asked which ${kind}; \`testPaths\` does that, walks at random do not`,
  );
}

/**
 * Fails when less was covered: the same as `expect(coverage(machine)).toCover(goal)`, for any test runner.
 * @throws SignalboxError (`model_test_failed`) with the report; UsageError (`invalid_usage`) for a goal that cannot be looked at
 */
export function assertCoverage(reached: Coverage, goal: CoverageGoal): void {
  const short = shortOf(reached, goal);
  if (short.length > 0) throw new SignalboxError("model_test_failed", complaint(reached, goal, short));
}

function complaint(reached: Coverage, goal: CoverageGoal, short: readonly string[]): string {
  const wanted = KINDS.flatMap((kind) =>
    goal[kind] === undefined ? [] : [`${Math.ceil(goal[kind] * 100)} % of ${kind}`],
  );
  const all = [...wanted, ...(goal.unreachable === undefined ? [] : ["what is declared to be within reach"])];
  return `expected the tests to cover ${all.join(" and ")}, got ${short.join(" and ")}\n${reached.toString()}`;
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
