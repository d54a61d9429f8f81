/**
 * Goal: what users of other coordinators of agents complain of most does not happen here. Method: the situation of each complaint with
 * a real server, its journal on disk, and many requests at once; leases end on virtual time. A bug would look like the complaint.
 */
import { expect, test } from "vitest";
import { readEvents } from "../support/event-reader.ts";
import { create, served, type Served } from "../support/served.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const report = { result_summary: "", files_modified: [] };
const codes = (answers: readonly { readonly status: number; readonly body: { readonly code?: string } }[]): string[] =>
  answers.map(({ status, body }) => body?.code ?? String(status)).toSorted();

test("complaint 1: eight agents that reach for one item at once, all of one name: one gets it, seven are told so", async () => {
  const s = await served();
  for (const round of [1, 2, 3, 4]) {
    const { id } = await create(s, { title: `round ${round}` });
    const claims = await Promise.all(
      times(8, () => s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "same" })),
    );
    expect(codes(claims)).toEqual(["200", ...times(7, () => "already_claimed")]);
  }
  const ids = await Promise.all(times(10, async (n) => (await create(s, { title: `${n}` })).id));
  const next = await Promise.all(times(16, () => s.call("worker", "/api/work-items/claim-next", { agent_id: "same" })));
  const got = next.flatMap(({ body }): string[] => body?.item.id ?? []);
  expect(got.toSorted()).toEqual(ids.toSorted());
  expect(codes(next)).toEqual([...times(10, () => "200"), ...times(6, () => "204")]);
  const tokens = next.flatMap(({ body }) => body?.fencing_token ?? []);
  expect(new Set(tokens).size).toBe(10);
});

test("complaint 2: twelve changes at once are twelve changes, also after a restart; who has seen an old version is told", async () => {
  let s = await served();
  const { id, seq } = await create(s, { title: "shared" });
  const made = await Promise.all(times(12, (n) => create(s, { title: `item ${n}` })));
  const notes = await Promise.all(
    times(12, (n) => s.call("worker", `/api/work-items/${id}/notes`, { agent_id: `a${n}`, note: `note ${n}` })),
  );
  expect(codes(notes)).toEqual(times(12, () => "200"));
  const stale = { "if-match": `"${seq}"` };
  expect((await s.call("plan", `/api/work-items/${id}/cancel`, {}, stale)).body.code).toBe("precondition_failed");
  s = await s.restart();
  const { items } = (await s.call("read", "/api/work-items")).body;
  expect(items.map((item: { id: string }) => item.id).toSorted()).toEqual(
    [id, ...made.map((item) => item.id)].toSorted(),
  );
  const kept = (await s.call("read", `/api/work-items/${id}/notes`)).body as { note: string }[];
  expect(kept.map(({ note }) => note).toSorted()).toEqual(times(12, (n) => `note ${n}`).toSorted());
});

/** An item whose first holder has fallen silent, and who holds it now. */
async function takenOver(s: Served, env: VirtualEnv): Promise<{ id: string; old: number; now: number }> {
  const { id } = await create(s, { title: "long work", attempts_max: 2 });
  const first = await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "dead", lease_ms: 1_000 });
  const next = { agent_id: "alive" };
  await env.advance(999);
  expect((await s.call("worker", "/api/work-items/claim-next", next)).status).toBe(204);
  await env.advance(1);
  // The end of the lease is on its way to the disk; whoever waits gets the item as soon as it is there.
  const second = await s.call("worker", "/api/work-items/claim-next", { ...next, wait_ms: 60_000 });
  expect(second.body.item.id).toBe(id);
  return { id, old: first.body.fencing_token, now: second.body.fencing_token };
}

test("complaint 7: the item of a worker that died goes to the next one as soon as its lease ends", async () => {
  const env = virtualEnv();
  const s = await served({ env });
  const { id } = await takenOver(s, env);
  const { rows } = (await s.call("read", "/api/projects/default/audit")).body;
  expect(rows.map(({ event }: { event: string }) => event)).toContain("item.released");
  expect((await s.call("read", `/api/work-items/${id}`)).body).toMatchObject({
    status: "claimed",
    assigned_agent_id: "alive",
  });
});

test("complaint 7: an item whose last attempt fell silent is not in progress for ever either: it has failed, and says why", async () => {
  const env = virtualEnv();
  const s = await served({ env });
  const { id } = await create(s, { title: "once" });
  await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "dead", lease_ms: 1_000 });
  await env.advance(1_000);
  const item = async () => (await s.call("read", `/api/work-items/${id}`)).body;
  await expect.poll(async () => (await item()).status).toBe("failed");
  expect(await item()).toMatchObject({
    failure_reason: "dead gave no sign of life",
    assigned_agent_id: null,
  });
  expect((await s.call("plan", `/api/work-items/${id}/requeue`, {})).body).toMatchObject({
    status: "todo",
    ready: true,
  });
});

test("complaint 8: whatever the old holder still says is refused and changes nothing; a healthy one is never declared dead", async () => {
  const env = virtualEnv();
  const s = await served({ env });
  const { id, old, now } = await takenOver(s, env);
  const path = `/api/work-items/${id}`;
  const late = await Promise.all([
    s.call("worker", `${path}/complete`, { ...report, fencing_token: old }),
    s.call("worker", `${path}/fail`, { failure_reason: "late", fencing_token: old }),
    s.call("worker", `${path}/release`, { fencing_token: old }),
    s.call("worker", `${path}/heartbeat`, { fencing_token: old }),
  ]);
  expect(codes(late)).toEqual(times(4, () => "stale_fencing_token"));
  // An agent that is told the token in force would try again with it.
  for (const { body } of late) expect(JSON.stringify(body)).not.toMatch(new RegExp(`\\b${now}\\b`));
  expect(now).toBeGreaterThan(old);
  // Longer than its lease, in small steps, each of which renews it.
  for (let beat = 0; beat < 6; beat++) {
    const answer = await s.call("worker", `${path}/heartbeat`, { fencing_token: now, lease_ms: 1_000 });
    expect(answer.body).toMatchObject({ cancel_requested: false });
    await env.advance(900);
  }
  const done = await s.call("worker", `${path}/complete`, { ...report, fencing_token: now });
  expect(done.body).toMatchObject({ status: "done", attempt: 2 });
});

test("complaint 14: two who touch one file hear of it when they claim and while they work, both of them, not at the merge", async () => {
  const s = await served();
  const a = await create(s, { title: "a", files: ["src/api/**"] });
  const b = await create(s, { title: "b", files: ["docs/**"] });
  const c = await create(s, { title: "c", files: ["src/api/routes.ts"] });
  const claim = (id: string, agent_id: string) => s.call("worker", `/api/work-items/${id}/claim`, { agent_id });
  const first = (await claim(a.id, "ada")).body;
  const second = (await claim(b.id, "bob")).body;
  const third = (await claim(c.id, "cyd")).body;
  const holders = ({ conflicts }: { conflicts: { agent_id: string }[] }) => conflicts.map(({ agent_id }) => agent_id);
  expect([holders(first), holders(second), holders(third)]).toEqual([[], [], ["ada"]]);
  const beat = async (id: string, fencing_token: number, files: string[]) =>
    holders((await s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token, files })).body);
  // It strays from what it declared: both sides hear.
  expect(await beat(b.id, second.fencing_token, ["src/api/routes.ts"])).toEqual(["ada", "cyd"]);
  expect(await beat(a.id, first.fencing_token, ["src/api/routes.ts"])).toEqual(["bob", "cyd"]);
  const asked = (await s.call("read", "/api/conflicts", { files: ["src/api/routes.ts"], work_item_id: a.id })).body;
  expect(asked.map(({ agent_id }: { agent_id: string }) => agent_id)).toEqual(["bob", "cyd"]);
});

test("the stale stream: a board that lost its connection comes back with its last id and sees all that happened, once", async () => {
  let s = await served();
  const urlOf = ({ server }: Served): string => `${server.url}/api/projects/default/events`;
  for (const n of [1, 2, 3]) await create(s, { title: `before ${n}` });
  const from = (await s.call("read", "/api/projects/default/progress")).body.seq as number;
  const seen = await readEvents(`${urlOf(s)}?after=0`, s.server.tokens.read, (events) => events.at(-1)?.id === from);
  s = await s.restart();
  for (const n of [1, 2, 3]) await create(s, { title: `while away ${n}` });
  const last = (await s.call("read", "/api/projects/default/progress")).body.seq as number;
  const missed = await readEvents(urlOf(s), s.server.tokens.read, (events) => events.at(-1)?.id === last, {
    "last-event-id": String(seen.at(-1)!.id),
  });
  expect([...seen, ...missed].map(({ id }) => id)).toEqual(times(last, (n) => n + 1));
});
