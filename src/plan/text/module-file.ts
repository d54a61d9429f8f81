import { pathToFileURL } from "node:url";
import { SignalboxError } from "../../base/errors.ts";
import { checkDefinition, errorOf } from "../check-plan.ts";
import type { PlanSource } from "../check/draft.ts";
import { isPlan } from "../execution.ts";
import { Findings, problemOf, problemsOf } from "../check/findings.ts";
import { makePlan } from "../check/make-plan.ts";
import { describe, isMap } from "../check/names.ts";
import type { PlanInput } from "../combine/combined-plan.ts";
import type { Plan } from "../plan.ts";
import { PlanInvalidError, type PlanProblems } from "../problems.ts";

/** The plan that a module exports as its default: one made by `definePlan`, or a definition. Loading a module runs its code. */
export async function loadModule(path: string, shown: string, source: PlanSource): Promise<Plan> {
  const exported = await defaultExport(path, shown);
  // Anything may be exported; both shapes are looked at before they are used.
  if (isMap(exported) && isPlan(exported as unknown as Plan | PlanInput))
    return withFile(exported as unknown as Plan, source);
  const result = checkDefinition(exported, source);
  if ("refusal" in result) throw errorOf(result.refusal, inFile(problemsOf(result.refusal.findings), shown));
  return result.plan;
}

async function defaultExport(path: string, shown: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await importOrStall(path, shown);
  } catch (cause) {
    if (cause instanceof SignalboxError) throw cause;
    throw refusal(
      shown,
      "a module that can be loaded",
      `an error: ${cause instanceof Error ? cause.message : describe(cause)}`,
      "correct the module",
      cause,
    );
  }
  const exported = isMap(module) ? module["default"] : undefined;
  if (exported !== undefined) return exported;
  throw refusal(
    shown,
    "a default export that is a plan",
    "no default export",
    "write `export default definePlan({ tasks: { … } })`",
  );
}

/** A top-level `await` that nothing can settle any more would end the process without a word: Node tells that it is idle first. */
async function importOrStall(path: string, shown: string): Promise<unknown> {
  const stalled = Promise.withResolvers<never>();
  const onIdle = (): void =>
    stalled.reject(
      refusal(
        shown,
        "a module that ends loading",
        "a top-level `await` that waits for nothing that can still happen",
        "settle it, or remove it",
      ),
    );
  process.once("beforeExit", onIdle);
  try {
    return await Promise.race([import(/* @vite-ignore */ pathToFileURL(path).href), stalled.promise]);
  } finally {
    process.off("beforeExit", onIdle);
  }
}

function withFile(plan: Plan, source: PlanSource): Plan {
  return makePlan({ ...plan, name: plan.name === UNNAMED ? source.name : plan.name, file: source.file });
}

/** The name that `definePlan` gives to a plan without one. */
const UNNAMED = "plan";

function inFile({ problems, total }: PlanProblems, file: string): PlanProblems {
  return { problems: problems.map((problem) => ({ ...problem, file })), total };
}

function refusal(file: string, expected: string, got: string, fix: string, cause?: unknown): PlanInvalidError {
  const findings = new Findings();
  findings.add(expected, got, fix);
  return new PlanInvalidError(
    { problems: findings.kept.map((finding) => problemOf(finding, { file })), total: 1 },
    "invalid_plan",
    { cause },
  );
}
