/**
 * Looks at what may become of a plan before it is run: every order in which its items may start, end, fail, run out of time or
 * vanish, with people who pause and cancel and processes that crash, on the specification of a run (`machines/run-spec.ts`).
 */
import { availableParallelism } from "node:os";
import type { RunSpec } from "../../machines/run-spec.ts";
import { seededRandom } from "../base/seeded-random.ts";
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { nodeEnv } from "../base/node-env.ts";
import { layersOf } from "../graph/layers.ts";
import type { FailurePolicy, Plan, Schedule } from "../plan/plan.ts";
import { explore, STUCK, type Exploration, type Fault } from "./explore.ts";
import { layered } from "./layered.ts";
import { EXPLAINED, RUN_RULES, stepPromises, type SpecRules } from "./rules.ts";
import { notLookedAt, specOfPlan } from "./spec-of-plan.ts";
import { interchangeable } from "./symmetry.ts";
import { walkAtRandom } from "./walk.ts";
import { stepsInWords, type VerifyStep } from "./words.ts";

/** How far to look, and at which world. */
export interface VerifyOptions {
  /** States that are looked at in each world, at most. Default 200,000. */
  readonly statesMax?: number;
  /** A plan with more items is only walked at random. Default 100. */
  readonly itemsMax?: number;
  /** Random walks through a plan of which not every state was looked at. Default 1,000. */
  readonly walksMax?: number;
  /** Milliseconds for each world, at most; half of them for the random walks. Default 60,000. */
  readonly timeMsMax?: number;
  /** Of the random walks: the same seed, the same walks. Default 1. */
  readonly seed?: number;
  /** Default: the plan's, else one for each processor. */
  readonly liveItemsMax?: number;
  /** Default: the plan's. */
  readonly schedule?: Schedule;
  /** Default: the plan's. */
  readonly onFailure?: FailurePolicy;
  /** Default: the real clock. */
  readonly env?: Env;
}

/** What was looked at under one assumption about the world. */
export interface VerifiedWorld {
  /** `claimed`: somebody claims the tasks without `run` · `unclaimed`: nobody does · `run`: the plan has none of these. */
  readonly name: "run" | "claimed" | "unclaimed";
  readonly states: number;
  /** Steps between these states. */
  readonly transitions: number;
  /** Every state there is was looked at. Else `limit` says what ended it: the number of states, of items, or the time. */
  readonly complete: boolean;
  readonly limit: "states" | "items" | "time" | undefined;
  /** Random walks beside that, and all their steps. */
  readonly walks: number;
  readonly walkSteps: number;
  /** Outcomes that a run may come to, with the number of states in which it has; by `complete` these are all. */
  readonly ends: Readonly<Record<string, number>>;
  /** Keys of items that start on no way at all; empty unless `complete` and somebody claims what has to be claimed. */
  readonly neverStarted: readonly string[];
  /** Groups of items that may change places, so that one order of each was enough. */
  readonly interchangeable: readonly (readonly string[])[];
}

/** The shortest way found to a state that breaks a rule. */
export interface Counterexample {
  /** The sentence that does not hold. */
  readonly promise: string;
  readonly world: VerifiedWorld["name"];
  /** The way there: a shortest one, unless it was found by a random walk. */
  readonly steps: readonly VerifyStep[];
  /** Where it leads, in words. */
  readonly end: string;
}

/** What verification saw: whether everything held, and how much of all there is was looked at. */
export interface VerifyResult {
  readonly ok: boolean;
  /** Every state of every world was looked at. */
  readonly complete: boolean;
  readonly counterexample: Counterexample | undefined;
  readonly worlds: readonly VerifiedWorld[];
  /** The sentences that were held against every state and step. */
  readonly promises: readonly string[];
  /** Keys of the plan that the specification does not know: nothing is said about them. */
  readonly notLookedAt: readonly string[];
  readonly seed: number;
}

/**
 * Explores a plan with its policies in every order of events, and answers what held, or the shortest way to where it does not.
 * @throws SignalboxError (`invalid_usage`) when a limit is not a whole number from 1 on
 */
export function verifyPlan(plan: Plan, options: VerifyOptions = {}): Promise<VerifyResult> {
  return verifyWith(RUN_RULES, plan, options);
}

/** `verifyPlan` with other rules than those of a run. */
export async function verifyWith(rules: SpecRules, plan: Plan, options: VerifyOptions): Promise<VerifyResult> {
  const settings = settle(plan, options);
  const worlds: VerifiedWorld[] = [];
  let counterexample: Counterexample | undefined;
  for (const name of worldsOf(plan)) {
    const looked = await lookAt(rules, plan, settings, name);
    worlds.push(looked.world);
    counterexample = looked.counterexample;
    if (counterexample !== undefined) break;
  }
  return {
    ok: counterexample === undefined,
    complete: worlds.every(({ complete }) => complete),
    counterexample,
    worlds,
    promises: [...Object.keys(rules.invariants), ...Object.keys(stepPromises), EXPLAINED, STUCK],
    notLookedAt: notLookedAt(plan, settings.onFailure),
    seed: settings.seed,
  };
}

type Settings = Required<VerifyOptions>;

function settle(plan: Plan, options: VerifyOptions): Settings {
  const settings: Settings = {
    statesMax: 200_000,
    itemsMax: 100,
    walksMax: 1_000,
    timeMsMax: 60_000,
    seed: 1,
    liveItemsMax: plan.liveItemsMax ?? availableParallelism(),
    schedule: plan.schedule,
    onFailure: plan.onFailure,
    env: nodeEnv(),
    ...options,
  };
  for (const name of ["statesMax", "itemsMax", "walksMax", "timeMsMax", "liveItemsMax"] as const) {
    const value = settings[name];
    if (!Number.isSafeInteger(value) || value < 1)
      throw new UsageError(
        `expected ${name} to be a whole number from 1 on, got ${value}; leave it out for its default`,
      );
  }
  return settings;
}

function worldsOf(plan: Plan): VerifiedWorld["name"][] {
  return plan.tasks.some(({ run, join }) => (run ?? join) === undefined) ? ["claimed", "unclaimed"] : ["run"];
}

interface Looked {
  readonly world: VerifiedWorld;
  readonly counterexample: Counterexample | undefined;
}

async function lookAt(
  planRules: SpecRules,
  plan: Plan,
  settings: Settings,
  name: VerifiedWorld["name"],
): Promise<Looked> {
  const { schedule, onFailure, env, itemsMax, statesMax, timeMsMax } = settings;
  const cap = schedule === "sequential" ? 1 : settings.liveItemsMax;
  const spec = specOfPlan(plan, { liveItemsMax: cap, onFailure, claimed: name !== "unclaimed" });
  const byLayers = schedule === "layers";
  const rules = byLayers ? layered(planRules, layersOf(plan.graph).layerOf) : planRules;
  const isLarge = plan.tasks.length > itemsMax;
  const startedAt = env.clock.monotonic();
  // A layer is a place in the graph that items which may change places share, so the barrier does not tell them apart.
  const classes = isLarge ? [] : interchangeable(spec);
  const explored = isLarge
    ? undefined
    : await explore({ spec, rules, env, statesMax, endAt: startedAt + timeMsMax / 2, classes });
  const complete = explored?.ended === "complete";
  const isOver = complete || explored?.fault !== undefined;
  const walked = isOver
    ? undefined
    : await walkAtRandom({
        spec,
        rules,
        env,
        walksMax: settings.walksMax,
        endAt: env.clock.monotonic() + timeMsMax / 2,
        random: seededRandom(settings.seed),
      });
  const keyOf = (item: number): string => plan.tasks[item]!.key;
  const fault = explored?.fault ?? walked?.fault;
  const world: VerifiedWorld = {
    name,
    states: explored?.states ?? 0,
    transitions: explored?.transitions ?? 0,
    complete,
    limit: isOver ? undefined : explored === undefined ? "items" : explored.ended === "time" ? "time" : "states",
    walks: walked?.walks ?? 0,
    walkSteps: walked?.steps ?? 0,
    ends: Object.fromEntries(explored?.ends ?? []),
    neverStarted: complete ? neverStarted(spec, explored).map(keyOf) : [],
    interchangeable: classes.map((members) => members.map(keyOf)),
  };
  return { world, counterexample: fault && inWords(rules, spec, fault, name, keyOf) };
}

function neverStarted(spec: RunSpec, { started }: Exploration): number[] {
  if (spec.unclaimed !== undefined) return [];
  return spec.needs.flatMap((_, item) => (started.has(item) || spec.edges?.joins?.[item] !== undefined ? [] : [item]));
}

function inWords(
  rules: SpecRules,
  spec: RunSpec,
  { promise, path }: Fault,
  world: VerifiedWorld["name"],
  keyOf: (item: number) => string,
): Counterexample {
  return { promise, world, ...stepsInWords(rules, spec, path, keyOf) };
}
