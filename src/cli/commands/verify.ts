import { EXIT_CODES } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import { verifyPlan, type Counterexample, type VerifiedWorld, type VerifyResult } from "../../verify/verify-plan.ts";
import type { Command, Io } from "../io.ts";
import { paintFor } from "../terminal/style.ts";
import { countOf, formatCount, formatList } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface VerifyCommandOptions {
  readonly plan: string;
  readonly statesMax: number;
  readonly itemsMax: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Explores what may become of a plan. Exit 0: it held · 1: a counterexample was found · 3: the plan is invalid. */
export const verifyCommand: Command<VerifyCommandOptions> = async (io, options) => {
  const plan = await loadPlan(options.plan);
  const { statesMax, itemsMax, seed } = options;
  const result = await verifyPlan(plan, { statesMax, itemsMax, seed, env: io.env });
  return tellVerified(io, { name: plan.name, items: plan.graph.size, json: options.json === true }, result);
};

/** Prints what was found, and answers the exit code. */
export function tellVerified(io: Pick<Io, "stdout">, about: About, result: VerifyResult): number {
  io.stdout.write(about.json ? jsonDocument(onWire(about, result)) : inWords(io, about, result));
  return result.ok ? 0 : EXIT_CODES.run_failed;
}

interface About {
  readonly json: boolean;
  readonly name: string;
  readonly items: number;
}

function inWords(io: Pick<Io, "stdout">, { name, items }: About, result: VerifyResult): string {
  const paint = paintFor(io.stdout.color);
  const { counterexample, complete } = result;
  const verdict =
    counterexample !== undefined
      ? paint("bad", "does not hold")
      : paint("good", complete ? "holds" : "holds as far as was looked");
  const lines = [
    `${harmless(name)}: ${verdict}. ${countOf(items, "item")}, ${countOf(result.promises.length, "promise")}.`,
    ...result.worlds.flatMap((world) => worldInWords(world, result.seed)),
    ...(result.notLookedAt.length > 0 ? [`  Not looked at: ${result.notLookedAt.join(", ")}.`] : []),
    ...(counterexample === undefined ? [] : counterexampleInWords(counterexample)),
  ];
  return `${lines.join("\n")}\n`;
}

const WORLD_WORDS: Readonly<Record<VerifiedWorld["name"], string>> = {
  run: "",
  claimed: "When somebody claims what waits to be claimed: ",
  unclaimed: "When nobody does: ",
};

function worldInWords(world: VerifiedWorld, seed: number): string[] {
  const steps = `with ${countOf(world.transitions, "step")} between them`;
  const states = world.complete
    ? `all ${countOf(world.states, "state")}, ${steps}`
    : `the first ${countOf(world.states, "state")}, ${steps}`;
  const walks =
    world.walks > 0
      ? `${countOf(world.walks, "random walk")} of ${countOf(world.walkSteps, "step")}, seed ${seed}`
      : "";
  const looked = [world.states > 0 ? states : "", walks].filter((text) => text !== "").join(", and ");
  const ends = Object.keys(world.ends);
  const groups = world.interchangeable.map((keys) => formatList(keys.map((key) => harmless(key))));
  return [
    `  ${WORLD_WORDS[world.name]}${looked}.`,
    ...(ends.length > 0
      ? [`  ${world.complete ? "A run may end as" : "Ends that were seen:"} ${ends.sort().join(" · ")}.`]
      : []),
    ...(groups.length > 0 ? [`  One order stands for all of: ${formatList(groups.map((keys) => `(${keys})`))}.`] : []),
    ...(world.neverStarted.length > 0
      ? [`  These start on no way at all: ${formatList(world.neverStarted.map((key) => harmless(key)))}.`]
      : []),
  ];
}

function counterexampleInWords({ promise, steps, end }: Counterexample): string[] {
  return [
    "",
    `Expected: ${promise}`,
    ...steps.map(({ words }, at) => `  ${formatCount(at + 1)}. ${harmless(words)}`),
    `Then: ${harmless(end)}`,
    "The rules of signalbox allow this, and they should not: please report it with the plan.",
  ];
}

function onWire({ name, items }: About, result: VerifyResult): object {
  return {
    ok: result.ok,
    name,
    items,
    complete: result.complete,
    seed: result.seed,
    worlds: result.worlds.map((world) => ({
      name: world.name,
      states: world.states,
      transitions: world.transitions,
      complete: world.complete,
      limit: world.limit ?? null,
      walks: world.walks,
      walk_steps: world.walkSteps,
      ends: world.ends,
      never_started: world.neverStarted,
      interchangeable: world.interchangeable,
    })),
    promises: result.promises,
    not_looked_at: result.notLookedAt,
    counterexample: result.counterexample ?? null,
  };
}
