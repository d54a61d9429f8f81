/**
 * Goal: when an item was last changed is one answer, before a restart and after it; its ETag names the same body then.
 * Method: a real server that is stopped and started on the same state, after each way to change an item that moves it nowhere.
 */
import { expect, test } from "vitest";
import { ItemTimes } from "../../src/server/item-times.ts";
import { create, served } from "../support/served.ts";

/** Longer than a millisecond, so that what happens next is later by the clock. */
async function later(): Promise<void> {
  const began = Date.now();
  while (Date.now() <= began + 1) await new Promise((resolve) => setImmediate(resolve));
}

test("updated_at is the same after a restart: of items with notes, heartbeats, an end with notes behind it, and of new ones", async () => {
  let s = await served();
  for (const key of ["noted", "held", "ended", "fresh"]) await create(s, { key, title: key });
  const post = (path: string, body: object) => s.call("worker", `/api/work-items/${path}`, body);
  await later();
  await post("noted/notes", { agent_id: "ada", note: "n" });
  const { fencing_token } = (await post("held/claim", { agent_id: "ada" })).body;
  const end = (await post("ended/claim", { agent_id: "ada" })).body;
  await later();
  await post("held/heartbeat", { fencing_token, note: "half" });
  await post("ended/complete", { fencing_token: end.fencing_token, result_summary: "", files_modified: [] });
  await later();
  await post("ended/notes", { agent_id: "bob", note: "well done" });

  const shown = async () => {
    const { items } = (await s.call("read", "/api/work-items")).body;
    return items.map(({ key, created_at, updated_at }: Record<string, string>) => [key, created_at, updated_at]);
  };
  const before = await shown();
  const { headers } = await s.call("read", "/api/work-items/noted");
  s = await s.restart();
  expect(await shown()).toEqual(before);
  const known = { "if-none-match": headers.get("etag")! };
  expect((await s.call("read", "/api/work-items/noted", undefined, known)).status).toBe(304);
});

test("it is the time of the item's last entry, also where a clock was set back", () => {
  const times = new ItemTimes(1);
  times.take({ item: 0, at: 20, from: "new" });
  times.take({ item: 0, at: 30, from: "todo" });
  times.take({ item: 0, at: 25, from: "todo" });
  expect(times.of(0)).toEqual({ createdAt: 20, updatedAt: 25 });
  expect(times.of(7)).toEqual({ createdAt: 1, updatedAt: 1 });
});
