/** What commands print, as it happens and after. */
import { z } from "zod";
import type { Coordinator } from "../coordinator.ts";
import { lastLines, OUTPUT_LINES_MAX, outputOf, type Outputs } from "../outputs.ts";
import { route, type Route } from "../route.ts";
import { ItemOutput, ItemPath, LastLines, ProjectPath } from "../schemas.ts";

const LINES_DEFAULT = 100;

/** `outputs` are those of a run of this process; a coordinator hands work out and has none. */
export function outputRoutes(coordinator: Coordinator, outputs: Outputs | undefined): Route[] {
  const one = route({
    method: "get",
    path: "/api/work-items/{id}/output",
    summary: "The last lines that the latest attempt of a work item printed, where its commands run in this process.",
    role: "read",
    params: ItemPath,
    query: z.strictObject({
      lines: z.coerce
        .number()
        .int()
        .min(1)
        .max(OUTPUT_LINES_MAX)
        .optional()
        .describe(`At most so many. Default ${LINES_DEFAULT}.`),
    }),
    answers: { 200: ItemOutput },
    problems: ["not_found"],
    handle: async ({ params, query }) => {
      const { project, number } = coordinator.item(params.id);
      return { status: 200, body: await outputOf(outputs, project, number, query.lines ?? LINES_DEFAULT) };
    },
  });
  const live = route({
    method: "get",
    path: "/api/projects/{id}/output",
    summary: "The last line that each live work item printed, where its commands run in this process.",
    role: "read",
    params: ProjectPath,
    answers: { 200: LastLines },
    problems: ["not_found"],
    handle: ({ params }) => ({ status: 200, body: lastLines(outputs, coordinator.project(params.id)) }),
  });
  return [one, live];
}
