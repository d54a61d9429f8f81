/**
 * Goal: no number of runs hides a project, and projects have a limit.
 * Method: coordinators on one journal in memory, one after the other.
 */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { Coordinator } from "../../src/server/coordinator.ts";

const coordinatorOn = (journal: Journal): Coordinator =>
  new Coordinator({ openJournal: async () => journal, env: nodeEnv(), defaultName: "ours", onProblem: () => {} });

test("O2: a start finds every project, however many runs were made in the same place since", async () => {
  const journal = memoryJournal();
  const first = coordinatorOn(journal);
  await first.open();
  const { id } = first.project();
  for (let n = 0; n < 1_100; n++) await createRun({ tasks: { a: { title: "a" } } }, { journal }).cancel("not needed");
  const second = coordinatorOn(journal);
  await second.open();
  expect(second.all().map((project) => [project.id, project.settings.name])).toEqual([[id, "ours"]]);
});

test("projects beyond the limit are refused, and nothing of them is stored", async () => {
  const journal = memoryJournal();
  const coordinator = coordinatorOn(journal);
  await coordinator.open();
  for (let n = 1; n < LIMITS.projectsMax; n++) await coordinator.create({ name: `p${n}` });
  await expect(coordinator.create({ name: "one more" })).rejects.toMatchObject({ code: "cap_reached" });
  expect(await journal.runs()).toHaveLength(LIMITS.projectsMax);
});
