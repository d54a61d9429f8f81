/**
 * Goal: who asks for an item with the tag that it has is spared the body only when it has that very body; the tag names the version
 * beside it. The bug would be an item that has become ready, or a lease that has moved, and a poller that is told 304 for ever.
 * Method: a real server; what an item shows is changed by what happens to others, and by a heartbeat, which write nothing of it.
 */
import { expect, test } from "vitest";
import { create, served, type Served } from "../support/served.ts";

async function claimed(s: Served, id: string, lease_ms = 60_000): Promise<{ readonly fencing_token: number }> {
  const { body } = await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada", lease_ms });
  return { fencing_token: body.fencing_token };
}

test("an item that another one has made ready has another tag, of the same version; then it is known again", async () => {
  const s = await served();
  const a = await create(s, { title: "a" });
  const b = await create(s, { title: "b", dependencies: [a.id] });
  const path = `/api/work-items/${b.id}`;
  const waiting = await s.call("read", path);
  const old = waiting.headers.get("etag")!;
  const known = await s.call("read", path, undefined, { "if-none-match": old });
  expect([known.status, known.headers.get("etag")]).toEqual([304, old]);
  const report = { ...(await claimed(s, a.id)), result_summary: "", files_modified: [] };
  await s.call("worker", `/api/work-items/${a.id}/complete`, report);

  const ready = await s.call("read", path, undefined, { "if-none-match": old });
  expect([ready.status, ready.body]).toMatchObject([200, { ready: true, blocked_by: [], seq: waiting.body.seq }]);
  const tag = ready.headers.get("etag")!;
  expect(tag).not.toBe(old);
  expect([old, tag].map((one) => /^"(\d+)\.[0-9a-f]+"$/.exec(one)?.[1])).toEqual([`${b.seq}`, `${b.seq}`]);
  for (const same of [tag, `W/${tag}`, `${old}, ${tag}`, "*"])
    expect((await s.call("read", path, undefined, { "if-none-match": same })).status).toBe(304);
});

test("a lease that a heartbeat has moved is shown to who knows the item as it was before", async () => {
  const s = await served();
  const { id } = await create(s, { title: "a" });
  const token = await claimed(s, id);
  const path = `/api/work-items/${id}`;
  const before = await s.call("read", path);
  await s.call("worker", `${path}/heartbeat`, { ...token, lease_ms: 3_600_000 });
  const after = await s.call("read", path, undefined, { "if-none-match": before.headers.get("etag")! });
  expect(after.status).toBe(200);
  expect(after.body.lease_expires_at > before.body.lease_expires_at).toBe(true);
});

test("a version alone tells nobody's body, so it spares none; a change takes it, alone or in front of a checksum", async () => {
  const s = await served();
  const { id, seq } = await create(s, { title: "a" });
  const path = `/api/work-items/${id}`;
  expect((await s.call("read", path, undefined, { "if-none-match": `"${seq}"` })).status).toBe(200);
  const noted = await s.call("worker", `${path}/notes`, { agent_id: "ada", note: "n" }, { "if-match": `"${seq}"` });
  expect([noted.status, noted.headers.get("etag")]).toEqual([200, `"${noted.body.seq}"`]);
  const cancel = (tag: string) => s.call("plan", `${path}/cancel`, {}, { "if-match": tag });
  const now: number = noted.body.seq;
  for (const other of [`"${seq}"`, `"${seq}.1a2b"`, `"${now}.x"`, `"${now}."`, `${now}.1a2b`, `W/"${now}.1a2b"`, '""'])
    expect([other, (await cancel(other)).body.code]).toEqual([other, "precondition_failed"]);
  expect((await cancel(`"0", "${now}.1a2b"`)).status).toBe(200);
});
