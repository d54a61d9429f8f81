import { expect, test } from "vitest";
import { served } from "../support/served.ts";

test("a plan file as it is: its defaults reach its tasks, what it says of a run is told to be ignored, a strange key is refused", async () => {
  const s = await served();
  const plan = {
    $schema: "./plan.schema.json",
    version: 1,
    name: "release",
    liveItemsMax: 2,
    onFailure: "fail-fast",
    pools: {},
    defaults: { attemptsMax: 3, priority: 2, backoff: { initial: "1s", max: "2s" }, env: { A: "1", B: "1" } },
    tasks: { a: { env: { B: "2" }, backoff: { max: "9s" } }, b: { attemptsMax: 1 } },
  };
  const path = "/api/projects/default/plans";
  const loaded = await s.call("plan", path, plan);
  expect(loaded).toMatchObject({ status: 201, body: { keys: ["a", "b"] } });
  expect(loaded.body.ignored.toSorted()).toEqual(["liveItemsMax", "onFailure", "pools"]);
  expect((await s.call("read", "/api/work-items")).body.items).toMatchObject([
    { key: "a", attempts_max: 3, priority: 2 },
    { key: "b", attempts_max: 1, priority: 2 },
  ]);
  const [a] = s.server.coordinator.project().run.plan.tasks;
  expect([a?.env, a?.backoff]).toMatchObject([
    { A: "1", B: "2" },
    { initialMs: 1_000, maxMs: 9_000 },
  ]);
  const refused = async (body: object): Promise<string> => (await s.call("plan", path, body)).body.code;
  expect(await refused({ tasks: { c: {} }, frobnicate: 1 })).toBe("invalid_request");
  expect(await refused({ tasks: { c: {} }, version: 2 })).toBe("invalid_request");
  for (const defaults of [{ run: "touch pwned" }, { needs: ["a"] }, { verify: "x" }, { attemptsMax: 0 }])
    expect(await refused({ tasks: { c: {} }, defaults }), JSON.stringify(defaults)).toBe("invalid_plan");
  expect((await s.call("read", "/api/work-items")).body.items).toHaveLength(2);
});
