/** Ways through what the world may do to a run: random ones, every one up to a length, and some that take every step there is. */
import * as fc from "fast-check";
import type { RunSpec } from "../../machines/run-spec.ts";
import { edgesOf } from "./spec-plan.ts";
import { DrivenRun, type DrivenOptions, type Move, type MoveKinds } from "./driven-run.ts";

export interface Walk {
  readonly spec: RunSpec;
  readonly timeouts: readonly number[];
  /** Each chooses one of the moves that are possible then. */
  readonly picks: readonly number[];
}

/** Mostly of that size, smaller ones too: those are what a failure shrinks to. With `edges`, of plans that ask for all there is. */
export function walks(size: number, movesMax: number, edges = false): fc.Arbitrary<Walk> {
  const sizes = fc.oneof({ withCrossShrink: true }, fc.integer({ min: 1, max: size }), {
    arbitrary: fc.constant(size),
    weight: 4,
  });
  return sizes.chain(needsOf).chain((needs) =>
    fc.record({
      spec: edges
        ? fc.tuple(specs(needs), edgesOf(needs)).map(([spec, more]): RunSpec => ({ ...spec, edges: more }))
        : specs(needs),
      timeouts: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: needs.length, maxLength: needs.length }),
      picks: fc.array(fc.noBias(fc.nat()), { minLength: 1, maxLength: movesMax, size: "max" }),
    }),
  );
}

function specs(needs: readonly (readonly number[])[]): fc.Arbitrary<RunSpec> {
  return fc.record({
    needs: fc.constant(needs),
    liveItemsMax: fc.integer({ min: 1, max: 3 }),
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    onFailure: fc.constantFrom("isolate", "fail-fast", "rollback"),
    undo: fc.array(fc.boolean(), { minLength: needs.length, maxLength: needs.length }),
    verify: fc.array(fc.boolean(), { minLength: needs.length, maxLength: needs.length }),
    unclaimed: fc.oneof(
      { arbitrary: fc.constant([]), weight: 3 },
      fc.uniqueArray(fc.nat(needs.length - 1), { maxLength: 2 }),
    ),
  });
}

function needsOf(size: number): fc.Arbitrary<number[][]> {
  const needs = (item: number): fc.Arbitrary<number[]> =>
    fc.uniqueArray(fc.nat(Math.max(0, item - 1)), { maxLength: Math.min(3, item) });
  return fc.tuple(...Array.from({ length: size }, (_, item) => needs(item)));
}

/**
 * Walks until the run has ended or the picks have.
 * @throws Error with the moves that led there, caused by what the specification did not accept
 */
export async function walk(
  { spec, timeouts, picks }: Walk,
  kinds: MoveKinds,
  options: Partial<DrivenOptions> = {},
): Promise<{ readonly moves: number; readonly entries: number }> {
  const made: Move[] = [];
  try {
    const run = await DrivenRun.start({ ...options, spec, timeouts });
    for (const pick of picks) {
      const move = oneOf(run.moves(kinds), pick);
      if (move === undefined) break;
      made.push(move);
      await run.make(move);
    }
    await run.checkEnd();
    return { moves: made.length, entries: run.follower.count };
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter ${JSON.stringify(made)}`, { cause: error });
  }
}

/** How often each is chosen, so that walks do not end before anything has happened. */
function weightOf(move: Move): number {
  switch (move.type) {
    case "complete":
      return 6;
    case "undone":
    case "undoFail":
      return 3;
    case "fail":
      return move.retryable ? 4 : 1;
    case "ended":
    case "timeout":
      return 3;
    case "vanish":
    case "pause":
    case "resume":
    case "crash":
      return 2;
    case "cancel":
    case "setCap":
    case "stop":
      return 1;
  }
}

function oneOf(moves: readonly Move[], pick: number): Move | undefined {
  const weighted = moves.flatMap((move): Move[] => Array.from({ length: weightOf(move) }, () => move));
  return weighted[pick % Math.max(1, weighted.length)];
}

export interface Coverage {
  readonly states: number;
  readonly steps: number;
}

/** Takes every possible move in every state in which the run can come to rest. */
export async function takeEveryStep(options: DrivenOptions, kinds: MoveKinds): Promise<Coverage> {
  const states = new Map<string, { path: readonly Move[]; readonly left: Move[] }>();
  const visit = (run: DrivenRun, path: readonly Move[]): { readonly left: Move[] } => {
    const state = states.get(run.key) ?? { path, left: run.moves(kinds) };
    if (path.length < state.path.length) state.path = path;
    states.set(run.key, state);
    return state;
  };
  visit(await DrivenRun.start(options), []);
  let steps = 0;
  // The map goes on to the states that are found meanwhile.
  for (const state of states.values()) {
    while (state.left.length > 0) {
      let { path } = state;
      const run = await replay(options, path);
      for (let at = visit(run, path); at.left.length > 0; at = visit(run, path)) {
        const move = at.left.shift()!;
        path = [...path, move];
        await run.make(move);
        steps++;
      }
      await run.checkEnd();
    }
  }
  return { states: states.size, steps };
}

/** Walks every path of at most so many moves. Answers how many there are. */
export async function walkEveryPath(options: DrivenOptions, length: number): Promise<number> {
  let paths = 0;
  const open: Move[][] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const run = await replay(options, path);
    paths++;
    if (path.length < length) for (const move of run.moves()) open.push([...path, move]);
    if (run.ended) await run.checkEnd();
  }
  return paths;
}

async function replay(options: DrivenOptions, path: readonly Move[]): Promise<DrivenRun> {
  const run = await DrivenRun.start(options);
  for (const move of path) await run.make(move);
  return run;
}
