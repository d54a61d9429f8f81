import { Findings, problemsOf, type Step } from "./check/findings.ts";
import { demandsOf } from "./demands.ts";
import type { Plan, Task } from "./plan.ts";
import { PlanUnsupportedError, type PlanProblems } from "./problems.ts";

/** Something that the plan format knows and this version does not run yet. */
interface Unsupported {
  /** As a message names it. */
  readonly what: string;
  /** Where it stands below a task. */
  readonly steps: readonly Step[];
  readonly inTask: (task: Task) => boolean;
}

const UNSUPPORTED: readonly Unsupported[] = [
  {
    what: "worktree: true without run",
    steps: ["worktree"],
    inTask: ({ worktree, run, join }) => worktree && run === undefined && join === undefined,
  },
];

type Tasks = Pick<Plan, "tasks">;

/** Problems that loading a file has located already, for the plan and for parts of it. */
const located = new WeakMap<Tasks, PlanProblems>();

/** What of a plan this version does not run, as problems; with positions when the plan came from a text. `check` shows them as warnings. */
export function unsupportedProblems(plan: Tasks): PlanProblems {
  return located.get(plan) ?? problemsOf(unsupportedFindings(plan));
}

/**
 * Refuses to run what would silently be left out.
 * @throws PlanUnsupportedError (`unsupported_feature`) with every such place.
 */
export function refuseUnsupported(plan: Tasks): void {
  const { problems, total } = unsupportedProblems(plan);
  if (problems.length > 0) throw new PlanUnsupportedError({ problems, total });
}

export function unsupportedFindings(plan: Tasks): Findings {
  const findings = new Findings();
  if (!demandsOf(plan.tasks).worktree) return findings;
  let last: string | undefined;
  for (const task of plan.tasks) {
    // The items of a matrix stand for one task in the file, mostly side by side.
    if (task.matrix !== undefined && task.id === last) continue;
    last = task.id;
    for (const row of UNSUPPORTED) if (row.inTask(task)) note(findings, row.what, ["tasks", task.id, ...row.steps]);
  }
  return findings;
}

/** Keeps the positions of `unsupportedFindings(plan)`. */
export function rememberUnsupported(plan: Plan, problems: PlanProblems): void {
  located.set(plan, problems);
}

/** A part of a plan keeps the positions that the whole has. */
export function carryUnsupported(whole: Plan, part: Plan): void {
  const known = located.get(whole);
  if (known === undefined) return;
  const paths = new Set(problemsOf(unsupportedFindings(part)).problems.map((problem) => problem.path));
  const problems = known.problems.filter((problem) => paths.has(problem.path));
  located.set(part, { problems, total: problems.length });
}

function note(findings: Findings, what: string, steps: readonly Step[]): void {
  findings.addAt(steps, "a plan that this version runs", what, "remove it: this version would not do it", "key");
}
