/**
 * Goal: what one holder knows is not lost with its claim (S4-16): whoever holds the item next gets it with the claim itself.
 * Method: a real server with a real journal; holders that leave notes and give up, a restart in between.
 */
import { expect, test } from "vitest";
import { create, served } from "../support/served.ts";

test("S4-16: the next holder gets the notes of the ones before, also after a restart; others can read them", async () => {
  let s = await served();
  const { id } = await create(s, { title: "a", attempts_max: 3 });
  const path = `/api/work-items/${id}`;
  const first = (await s.call("worker", `${path}/claim`, { agent_id: "ada" })).body;
  expect(first.notes).toEqual([]);
  const { fencing_token } = first;
  await s.call("worker", `${path}/heartbeat`, { fencing_token, progress: 0.5, note: "half done, see branch a" });
  await s.call("worker", `${path}/heartbeat`, { fencing_token, progress: 0.6 });
  await s.call("worker", `${path}/notes`, { agent_id: "bob", note: "mind the gap" });
  await s.call("worker", `${path}/release`, { fencing_token });
  const notes = [
    { at: expect.stringMatching(/Z$/), agent_id: "ada", note: "half done, see branch a" },
    { at: expect.stringMatching(/Z$/), agent_id: "bob", note: "mind the gap" },
  ];
  const second = (await s.call("worker", "/api/work-items/claim-next", { agent_id: "eve" })).body;
  expect(second.notes).toEqual(notes);
  await s.call("worker", `${path}/fail`, { fencing_token: second.fencing_token, failure_reason: "no" });
  s = await s.restart();
  const third = (await s.call("worker", `${path}/claim`, { agent_id: "joe" })).body;
  expect(third.notes).toEqual(notes);
  const report = { fencing_token: third.fencing_token, result_summary: "", files_modified: [] };
  await s.call("worker", `${path}/complete`, report);
  expect((await s.call("read", `${path}/notes`)).body).toEqual(notes);
});

test("a claim carries the latest twenty; all of them can be read", async () => {
  const s = await served();
  const { id } = await create(s, { title: "a" });
  for (let n = 1; n <= 25; n++)
    await s.call("worker", `/api/work-items/${id}/notes`, { agent_id: "ada", note: `${n}` });
  const claim = (await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "bob" })).body;
  const read = (await s.call("read", `/api/work-items/${id}/notes`)).body;
  const words = (notes: readonly { readonly note: string }[]) => notes.map(({ note }) => Number(note));
  expect(words(claim.notes)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
  expect(words(read)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1));
});

test("of very many notes the latest thousand of each kind can be read, oldest first", async () => {
  const s = await served();
  const { id } = await create(s, { title: "a" });
  const path = `/api/work-items/${id}`;
  const { fencing_token } = (await s.call("worker", `${path}/claim`, { agent_id: "ada" })).body;
  await s.call("worker", `${path}/heartbeat`, { fencing_token, note: "0" });
  for (let n = 1; n <= 2_100; n += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, more) =>
        s.call("worker", `${path}/notes`, { agent_id: "ada", note: `${n + more}` }),
      ),
    );
  await s.call("worker", `${path}/heartbeat`, { fencing_token, note: "2101" });
  const read: number[] = (await s.call("read", `${path}/notes`)).body.map(({ note }: { note: string }) => Number(note));
  expect([read.length, read[0], read.at(-1)]).toEqual([1_002, 0, 2_101]);
  // Within a hundred that were sent at once any may come first.
  const hundreds = read.slice(1, -1).map((n) => Math.ceil(n / 100));
  expect(hundreds).toEqual(Array.from({ length: 1_000 }, (_, n) => 12 + Math.floor(n / 100)));
  expect(new Set(read).size).toBe(1_002);
});
