/**
 * Goal: a run of this process is shown over the interface while it goes on, people can act on it there, and it ends as it would have.
 * Method: a real run of functions that end when the test says so, and real requests.
 */
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun, definePlan, memoryJournal } from "../../src/index.ts";
import { serveRun, type ServedRun } from "../../src/server/serve-run.ts";
import type { Role } from "../../src/server/tokens.ts";
import { readEvents } from "../support/event-reader.ts";

async function ask(served: ServedRun, role: Role, path: string, sent?: object) {
  const response = await fetch(`${served.url}${path}`, {
    headers: { authorization: `Bearer ${served.tokens[role]}`, "content-type": "application/json" },
    ...(sent !== undefined && { method: "POST", body: JSON.stringify(sent) }),
  });
  // What a test looks at is what it expects; a wrong shape fails there.
  const body: ReturnType<typeof JSON.parse> = await response.json();
  return { status: response.status, body };
}

test("R2: it is seen, paused, changed and followed to its end, and ends as it would have", async () => {
  const env = nodeEnv();
  const journal = memoryJournal();
  const gate = Promise.withResolvers<string>();
  const plan = definePlan({
    name: "shown",
    tasks: {
      first: { run: () => gate.promise, title: "The first" },
      second: { needs: ["first"], run: () => "second" },
      other: { needs: ["first"], run: () => "other" },
    },
  });
  const run = createRun(plan, { journal, env });
  const problems: Error[] = [];
  const onProblem = (problem: Error): void => void problems.push(problem);
  const served = await serveRun({ run, journal, env, version: "0.0.0", liveItemsMax: 2, onProblem, board: "none" });
  onTestFinished(() => served.close());
  const ended = run.start();
  const path = `/api/projects/${run.id}`;
  await expect
    .poll(async () => (await ask(served, "read", `${path}/progress`)).body)
    .toMatchObject({ claimed: 1, blocked: 2, live_items_max: 2 });
  const { items } = (await ask(served, "read", `${path}/snapshot`)).body;
  expect(items[0]).toMatchObject({ key: "first", title: "The first", status: "claimed", assigned_agent_id: "local" });
  expect((await ask(served, "plan", `${path}/pause`, {})).body).toMatchObject({ status: "paused", name: "shown" });
  expect((await ask(served, "plan", "/api/work-items/other/cancel", {})).body).toMatchObject({ status: "cancelled" });
  const events = readEvents(
    `${served.url}${path}/events?after=0`,
    served.tokens.read,
    (found) => found.at(-1)?.event === "run.finished",
  );
  gate.resolve("done");
  expect((await ask(served, "plan", `${path}/resume`, {})).status).toBe(200);
  expect((await ended).outcome).toBe("cancelled");
  expect((await events).map(({ event }) => event)).toContain("item.cancelled");
  expect((await ask(served, "read", `${path}/progress`)).body).toMatchObject({ done: 2, cancelled: 1 });
  expect(problems).toEqual([]);
});
