/** A plan as work for others: its tasks become items of a project. */
import { z } from "zod";
import { PLAN_FIELDS } from "../../plan/fields.ts";
import type { Coordinator } from "../coordinator.ts";
import { ProblemError } from "../problem.ts";
import { route, type Route } from "../route.ts";
import { ProjectPath } from "../schemas.ts";

/** What a plan says of its tasks, or of itself. */
const TAKEN = new Set(["$schema", "version", "name", "defaults", "tasks"]);
const OF_RUNS = PLAN_FIELDS.map(({ name }) => name).filter((name) => !TAKEN.has(name));

/** A plan file as JSON. What it says of the run is left aside, and told to be: a project has its own. */
const PlanBody = z.strictObject({
  $schema: z.string().max(4_096).optional(),
  version: z.literal(1).optional(),
  name: z.string().max(128).optional(),
  defaults: z.looseObject({}).optional().describe("Values for every task of this plan that does not say otherwise."),
  tasks: z.record(z.string(), z.looseObject({})),
  ...Object.fromEntries(OF_RUNS.map((name) => [name, z.unknown().optional()])),
});

const Loaded = z.strictObject({
  keys: z.array(z.string()),
  seq: z.int(),
  ignored: z
    .array(z.string())
    .describe("Keys of the plan that are about a run of its own: a project does not take them."),
});

export function planRoutes(coordinator: Coordinator): Route[] {
  const load = route({
    method: "post",
    path: "/api/projects/{id}/plans",
    summary: "Add the tasks of a plan to a project. Tasks are for workers: a command in them is refused.",
    role: "plan",
    params: ProjectPath,
    body: PlanBody,
    takesKey: true,
    answers: { 201: Loaded },
    problems: ["not_found", "invalid_plan", "dependency_cycle", "journal_unavailable", "idempotency_key_reused"],
    handle: (call) => {
      const project = coordinator.project(call.params.id);
      const { tasks, defaults } = call.body;
      refuseCommands(tasks);
      const ignored = OF_RUNS.filter((name) => Object.hasOwn(call.body, name));
      return project.change(call, (turn) => {
        // The engine checks the rest, as it does for every plan.
        const keys = turn.add(tasks, defaults);
        return { status: 201, body: { keys, seq: turn.seq, ignored } };
      });
    },
  });
  return [load];
}

/** Nothing of a request may reach a shell: the coordinator hands work out, and runs none. */
function refuseCommands(tasks: z.infer<typeof PlanBody>["tasks"]): void {
  for (const [key, task] of Object.entries(tasks)) {
    const word = ["run", "verify", "undo", "prepare"].find((name) => Object.hasOwn(task, name));
    if (word === undefined) continue;
    throw new ProblemError(
      "invalid_plan",
      `tasks/${key}/${word}: expected a task for a worker, got one with a command; leave ${word} out`,
    );
  }
}
